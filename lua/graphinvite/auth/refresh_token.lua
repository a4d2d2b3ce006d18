--- The refresh token grant (reference 7.2): a token for a person who has signed in before.
local options = require "graphinvite.auth.options"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local RefreshToken = { renewable = true }
RefreshToken.__index = RefreshToken

--- Asks for a token by a refresh token.
---@param context graphinvite.AuthContext
---@param source { tenant: string, client_id: string, scope: string?, client_secret: string? }
---@param refresh_token string
---@return graphinvite.Token? it has the refresh token for the next time
---@return graphinvite.Error?
function M.redeem(context, source, refresh_token)
  local fields = {
    { "client_id", source.client_id },
    { "scope", M.scope(context, source) },
    { "refresh_token", refresh_token },
    { "grant_type", "refresh_token" },
  }
  if source.client_secret then
    fields[#fields + 1] = { "client_secret", source.client_secret }
  end
  local token, err = token_request.send(context, source, fields)
  if token then
    token.refresh_token = token.refresh_token or refresh_token
  end
  return token, err
end

--- What a person's token is asked for: offline_access brings a refresh token.
---@param context graphinvite.AuthContext
---@param source { scope: string? }
---@return string
function M.scope(context, source)
  return source.scope or context.scope .. " offline_access"
end

function RefreshToken:acquire(context)
  local token, err = M.redeem(context, self, context.refresh_token or self.refresh_token)
  if token and token.refresh_token ~= self.refresh_token then
    self.refresh_token = token.refresh_token
    if self.on_refresh then
      self.on_refresh(token.refresh_token)
    end
  end
  return token, err
end

---@class graphinvite.RefreshTokenOptions
---@field tenant string
---@field client_id string
---@field refresh_token string
---@field client_secret string? of a confidential client
---@field scope string? unset: all that was consented to, and offline_access
---@field on_refresh fun(refresh_token: string)? keeps the new one: the old one may soon be void
---@field cae boolean? says that the client can answer a claims challenge (reference 7.6)

---@param given graphinvite.RefreshTokenOptions
---@return graphinvite.TokenSource
function M.new(given)
  local source = options.check("auth.refresh_token", given, {
    tenant = "string", client_id = "string", refresh_token = "string",
  }, {
    client_secret = "string", scope = "string", on_refresh = "function", cae = "boolean",
  })
  source.origin = source.refresh_token
  source.key = options.key("refresh_token", source.tenant, source.client_id, source.scope,
    source.cae)
  source.proof = options.key(source.refresh_token, source.client_secret)
  return setmetatable(source, RefreshToken)
end

return M
