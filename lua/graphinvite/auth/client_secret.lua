--- The client credentials grant with a secret (reference 7.2).
local options = require "graphinvite.auth.options"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local ClientSecret = { renewable = true }
ClientSecret.__index = ClientSecret

function ClientSecret:acquire(context)
  return token_request.send(context, self, {
    { "client_id", self.client_id },
    { "scope", context.scope },
    { "client_secret", self.client_secret },
    { "grant_type", "client_credentials" },
  })
end

---@class graphinvite.ClientSecretOptions
---@field tenant string GUID or a verified domain
---@field client_id string
---@field client_secret string
---@field cae boolean? says that the client can answer a claims challenge (reference 7.6)

---@param given graphinvite.ClientSecretOptions
---@return graphinvite.TokenSource
function M.new(given)
  local source = options.check("auth.client_secret", given, {
    tenant = "string", client_id = "string", client_secret = "string",
  }, { cae = "boolean" })
  source.key = options.key("client_secret", source.tenant, source.client_id, source.cae)
  source.proof = source.client_secret
  return setmetatable(source, ClientSecret)
end

return M
