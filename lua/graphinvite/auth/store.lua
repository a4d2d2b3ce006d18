--- Keeps tokens in a file for the next program, as the command line needs it. Two programs may
--- share one: who asks for a token holds a lock meanwhile, and the file is only ever replaced.
local cjson = require("cjson").new()
local errors = require "graphinvite.errors"
local lifetime = require "graphinvite.auth.lifetime"
local scheduler = require "graphinvite.scheduler"

local M = {}

local PATIENCE = 60 -- seconds to wait for another program's sign-in

local Stored = { renewable = true }
Stored.__index = Stored

-- What the file holds. One that is damaged or of another kind is begun anew.
local function load(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  local ok, value = pcall(cjson.decode, text)
  return ok and type(value) == "table" and type(value.tokens) == "table" and value
    or { tokens = {} }
end

local function entry_of(contents, key)
  local entry = contents.tokens[key]
  return type(entry) == "table" and entry or {}
end

-- The token of an entry, where it is still good and not the one that was refused.
local function usable(entry, context)
  local text, wall = entry.access_token, context.transport.wall()
  local ends, renew = tonumber(entry.expires_on) or 0, tonumber(entry.renew_on) or 0
  if type(text) ~= "string" or wall >= renew or text == context.rejected or context.claims then
    return nil
  end
  return { access_token = text, expires = context.transport.now() + ends - wall }
end

local function keep(path, contents, key, token, context)
  local left, wall = token.expires - context.transport.now(), context.transport.wall()
  contents.tokens[key] = {
    access_token = token.access_token,
    expires_on = math.floor(wall + left),
    renew_on = math.floor(wall + left - lifetime.early(left)),
    refresh_token = token.refresh_token,
  }
  return require("graphinvite.sys").write_private(path, cjson.encode(contents))
end

local function locked(self, context, key)
  local contents = load(self.path)
  local entry = entry_of(contents, key)
  local known = usable(entry, context)
  if known then
    return known
  end
  local refresh_token = type(entry.refresh_token) == "string" and entry.refresh_token or nil
  local token, err = self.source:acquire(setmetatable({ refresh_token = refresh_token },
    { __index = context }))
  if token then
    local kept, why = keep(self.path, contents, key, token, context)
    if not kept then
      return errors.fail("auth", ("the token store %s cannot be written: %s"):format(self.path,
        tostring(why)))
    end
  end
  return token, err
end

function Stored:acquire(context)
  local lock, why = require("graphinvite.sys").lock(self.path .. ".lock", PATIENCE)
  if not lock then
    return errors.fail("auth", ("the token store %s is not to be had: %s"):format(self.path, why))
  end
  local ok, token, err = scheduler.pcall(locked, self, context, context.token_key)
  lock:release()
  if not ok then
    error(token, 0)
  end
  return token, err
end

--- A source that remembers its tokens in a file, mode 0600. The lock is a file beside it.
---@param source graphinvite.TokenSource one that has a key
---@param path string
---@return graphinvite.TokenSource
function M.new(source, path)
  if type(source) ~= "table" or type(source.acquire) ~= "function" or not source.key then
    errors.misuse "auth.stored takes a token source of graphinvite.auth, and the path of a file"
  elseif type(path) ~= "string" or path == "" then
    errors.misuse "auth.stored: the path is a string"
  end
  return setmetatable({
    source = source, path = path, key = source.key, authority = source.authority,
    renewable = source.renewable, interactive = source.interactive,
  }, Stored)
end

return M
