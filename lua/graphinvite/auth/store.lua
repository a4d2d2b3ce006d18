--- Keeps tokens in a file for the next program, as the command line needs it. Two programs may
--- share one: who asks for a token holds a lock meanwhile, and the file is only ever replaced.
local cjson = require("cjson").new()
local errors = require "graphinvite.errors"
local lifetime = require "graphinvite.auth.lifetime"
local scheduler = require "graphinvite.scheduler"

local M = {}

local PATIENCE = 60 -- seconds to wait for another program's sign-in
local LOOK_FIRST, LOOK_LAST = 0.002, 0.1 -- seconds between two looks at the lock; they double

local Stored = { renewable = true }
Stored.__index = Stored

-- What the file holds. One that is damaged, of another kind, or not private is begun anew.
local function load(path)
  local mode = require("graphinvite.sys").mode(path)
  local file = mode and mode % 64 == 0 and io.open(path, "rb") -- nothing for group and others
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  local ok, value = pcall(cjson.decode, text)
  return ok and type(value) == "table" and type(value.tokens) == "table" and value
    or { tokens = {} }
end

-- What is kept for a source: nothing where it began with another secret.
local function entry_of(contents, key, source)
  local entry = contents.tokens[key]
  return type(entry) == "table" and entry.origin == source.origin and entry or {}
end

-- The token of an entry, where it is still good and not the one that was refused.
local function usable(entry, context)
  local text, wall = entry.access_token, context.transport.wall()
  local ends, renew = tonumber(entry.expires_on) or 0, tonumber(entry.renew_on) or 0
  if type(text) ~= "string" or wall >= renew or text == context.rejected or context.claims then
    return nil
  end
  local offset = context.transport.now() - wall
  return { access_token = text, expires = ends + offset, renew = renew + offset }
end

-- Writes what the next program can use: of a token whose end is not known, its refresh token.
local function keep(self, contents, token, context)
  local transport = context.transport
  local left, wall = (token.expires or math.huge) - transport.now(), transport.wall()
  local entry = { origin = self.source.origin, refresh_token = token.refresh_token }
  if left < math.huge then
    entry.access_token = token.access_token
    entry.expires_on = math.floor(wall + left)
    entry.renew_on = math.floor(wall + left - lifetime.early(left))
  elseif not token.refresh_token then
    return true
  end
  contents.tokens[context.token_key] = entry
  return require("graphinvite.sys").write_private(self.path, cjson.encode(contents))
end

local function locked(self, context)
  local contents = load(self.path)
  local entry = entry_of(contents, context.token_key, self.source)
  local known = usable(entry, context)
  if known then
    return known
  end
  local refresh_token = type(entry.refresh_token) == "string" and entry.refresh_token or nil
  local token, err = self.source:acquire(setmetatable({ refresh_token = refresh_token },
    { __index = context }))
  if token then
    local kept, why = keep(self, contents, token, context)
    if not kept then
      return errors.fail("auth", "the token store cannot be written: " .. tostring(why))
    end
  end
  return token, err
end

-- Waits for the lock, while other tasks run: one of them may be holding it.
local function lock(self, context)
  local transport = context.transport
  local patience, pause = math.min(context.deadline, transport.now() + PATIENCE), LOOK_FIRST
  while true do
    local held, why = require("graphinvite.sys").lock(self.path .. ".lock", 0)
    if held then
      return held
    end
    local passes = why:find("is locked by another process", 1, true) ~= nil
    if not passes or transport.now() >= patience then
      return errors.fail(passes and patience == context.deadline and "deadline" or "auth",
        "the token store is not to be had: " .. why, { retriable = passes })
    end
    transport.sleep(math.min(pause, math.max(0, patience - transport.now())))
    pause = math.min(2 * pause, LOOK_LAST)
  end
end

function Stored:acquire(context)
  local held, err = lock(self, context)
  if not held then
    return nil, err
  end
  local ok, token, why = scheduler.pcall(locked, self, context)
  held:release()
  if not ok then
    error(token, 0)
  end
  return token, why
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
    source = source, path = path, key = source.key, origin = source.origin, proof = source.proof,
    authority = source.authority, renewable = source.renewable, interactive = source.interactive,
  }, Stored)
end

return M
