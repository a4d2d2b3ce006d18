--- Token sources and their cache. A source is a table whose acquire(context) returns a token.
local errors = require "graphinvite.errors"
local scheduler = require "graphinvite.scheduler"

---@class graphinvite.Token
---@field access_token string
---@field expires number? on the transport's monotonic clock; nil never

---@class graphinvite.TokenSource
---@field key string? what its token depends on, without secrets; nil is not cached
---@field renewable boolean? asking again can give another token
---@field acquire fun(self: table, context: graphinvite.AuthContext): graphinvite.Token?, any

---@class graphinvite.AuthContext
---@field transport graphinvite.Transport
---@field authority string root of the token endpoint
---@field scope string e.g. "https://graph.microsoft.com/.default"
---@field timeout number seconds for one request

local M = {
  static = require("graphinvite.auth.static").new,
  client_secret = require("graphinvite.auth.client_secret").new,
}

local EARLY = 300 -- seconds before its end in which a token is no longer used, at the most

local Cache = {}
Cache.__index = Cache

---@return table cache one per client and those derived from it
function M.cache()
  return setmetatable({ tokens = {}, waiting = {} }, Cache)
end

-- Asks the source. An error raised in it is an error of sign-in: others may be waiting.
local function acquire(source, context)
  local ok, token, err = scheduler.pcall(source.acquire, source, context)
  if not ok then
    return errors.fail("auth", "the token source failed: " .. tostring(token))
  end
  if not token then
    return nil, err
  end
  if type(token.access_token) ~= "string" or token.access_token:find("[%c%s]") then
    return errors.fail("auth", "the token is not one that can stand in a header")
  end
  return token
end

local function remember(self, key, token, now)
  if token.expires then
    token.use_until = token.expires - math.min(EARLY, (token.expires - now) / 10)
    self.tokens[key] = token
  end
end

--- Returns a token that is good now, asking the source where there is none. Tasks that need the
--- same token at the same time cause one request.
---@param source graphinvite.TokenSource
---@param context graphinvite.AuthContext
---@param rejected string? a token that the service has refused
---@return string? access_token
---@return graphinvite.Error?
function Cache:token(source, context, rejected)
  local key = source.key and table.concat({ context.authority, context.scope, source.key }, "\n")
  local known = key and self.tokens[key]
  if known and known.access_token ~= rejected and context.transport.now() < known.use_until then
    return known.access_token
  end
  local waiting = key and self.waiting[key]
  if waiting and scheduler.current() then
    waiting[#waiting + 1] = scheduler.current()
    return scheduler.suspend()
  end
  waiting = {}
  if key then
    self.waiting[key] = waiting
  end
  local token, err = acquire(source, context)
  if key then
    self.waiting[key] = nil
    if token then
      remember(self, key, token, context.transport.now())
    end
  end
  local text = token and token.access_token
  for _, task in ipairs(waiting) do
    scheduler.resume(task, text, err)
  end
  return text, err
end

return M
