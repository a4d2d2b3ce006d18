--- How others learn where the authority's endpoints are, and the emulator's keys.
local authority_reply = require "graphinvite.emulator.authority_reply"
local core = require "graphinvite.core"
local grants = require "graphinvite.emulator.grants"
local keys = require "graphinvite.emulator.keys"

local M = {}

local RS256 = core.array { "RS256" }

--- Answers the configuration of a tenant's authority. Members are GEN; there is none for what the
--- emulator does not serve.
---@param exchange graphinvite.emulator.Exchange
---@param tenant_name string
---@return table response
function M.configuration(exchange, tenant_name)
  local ok, key, subject = grants.check_tenant(tenant_name, true)
  if not ok then
    return authority_reply.refuse(exchange, key, subject)
  end
  local root = exchange.origin .. "/" .. tenant_name
  return authority_reply.json(200, {
    issuer = root .. "/v2.0",
    authorization_endpoint = root .. "/oauth2/v2.0/authorize", -- clients look for it (7.1)
    token_endpoint = root .. "/oauth2/v2.0/token",
    device_authorization_endpoint = root .. "/oauth2/v2.0/devicecode",
    jwks_uri = root .. "/discovery/v2.0/keys",
    token_endpoint_auth_methods_supported = core.array {
      "client_secret_post", "private_key_jwt", "client_secret_basic",
    },
    token_endpoint_auth_signing_alg_values_supported = core.array { "PS256", "RS256" },
    grant_types_supported = grants.names(),
    subject_types_supported = core.array { "pairwise" },
    id_token_signing_alg_values_supported = RS256,
  })
end

--- Answers where the keys of notifications are: reference 6.3.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.of_notifications(exchange)
  return authority_reply.json(200, {
    issuer = keys.ISSUER,
    jwks_uri = exchange.origin .. "/v1/.well-known/keys",
    id_token_signing_alg_values_supported = RS256,
  })
end

--- Answers the keys that the emulator signs with.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.keys(exchange)
  local list, why = keys.list(exchange.emulator)
  if not list then
    return authority_reply.refuse(exchange, "unable", why)
  end
  return authority_reply.json(200, { keys = core.array(list) })
end

return M
