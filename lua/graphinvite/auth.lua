--- Token sources and their cache. A source is a table whose acquire(context) returns a token.
local errors = require "graphinvite.errors"
local scheduler = require "graphinvite.scheduler"

---@class graphinvite.Token
---@field access_token string
---@field expires number? on the transport's monotonic clock; nil is never

---@class graphinvite.TokenSource
---@field key string? what its token depends on, without secrets; nil is not cached
---@field renewable boolean? asking again can give another token
---@field acquire fun(self: table, context: graphinvite.AuthContext): graphinvite.Token?, any

--- The call that needs a token, and what the token is for.
---@class graphinvite.AuthContext: graphinvite.Exchange
---@field authority string root of the token endpoint
---@field scope string e.g. "https://graph.microsoft.com/.default"

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
local function acquire(source, call)
  local settings = call.settings
  local ok, token, err = scheduler.pcall(source.acquire, source, {
    transport = call.transport,
    settings = settings,
    request = call.request,
    deadline = call.deadline,
    authority = settings.authority,
    scope = settings.scope,
  })
  if not ok then
    return errors.fail("auth", "the token source failed: " .. tostring(token))
  end
  if not token then
    if errors.is(err) then
      return nil, err
    end
    return errors.fail("auth", "the token source gave none: " .. tostring(err))
  end
  local text = type(token) == "table" and token.access_token
  if type(text) ~= "string" or text:find("[%c%s]") then
    return errors.fail("auth", "the token is not one that can stand in a header")
  end
  return token
end

local function remember(self, key, token, now)
  local left = (token.expires or math.huge) - now
  token.use_until = now + left - math.min(EARLY, left / 10)
  self.tokens[key] = token
end

--- Returns a token that is good now, asking the source where there is none. Tasks that need the
--- same token at the same time cause one request.
---@param source graphinvite.TokenSource
---@param call graphinvite.Exchange rejected in it is a token that the service has refused
---@return string? access_token
---@return graphinvite.Error?
function Cache:token(source, call)
  local key, rejected = call.settings.token_key, call.rejected
  local known = key and self.tokens[key]
  if known and known.access_token ~= rejected and call.transport.now() < known.use_until then
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
  local token, err = acquire(source, call)
  if key then
    self.waiting[key] = nil
    if token then
      remember(self, key, token, call.transport.now())
    end
  end
  local text = token and token.access_token
  for _, task in ipairs(waiting) do
    scheduler.resume(task, text, err)
  end
  return text, err
end

return M
