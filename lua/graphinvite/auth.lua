--- Token sources and their cache. A source is a table whose acquire(context) returns a token.
local errors = require "graphinvite.errors"

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
  return setmetatable({ tokens = {} }, Cache)
end

--- Returns a token that is good now, asking the source where there is none.
---@param source graphinvite.TokenSource
---@param context graphinvite.AuthContext
---@param fresh boolean? true asks the source in any case
---@return string? access_token
---@return graphinvite.Error?
function Cache:token(source, context, fresh)
  local key = source.key and table.concat({ context.authority, context.scope, source.key }, "\n")
  local known = key and self.tokens[key]
  if known and not fresh and context.transport.now() < known.use_until then
    return known.access_token
  end
  local token, err = source:acquire(context)
  if not token then
    return nil, err
  end
  if type(token.access_token) ~= "string" or token.access_token:find("[%c%s]") then
    return errors.fail("auth", "the token is not one that can stand in a header")
  end
  if key and token.expires then
    local left = token.expires - context.transport.now()
    token.use_until = token.expires - math.min(EARLY, left / 10)
    self.tokens[key] = token
  end
  return token.access_token
end

return M
