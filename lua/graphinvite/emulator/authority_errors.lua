--- The refusals of the authority: one row each, so that a correction is one row. Reference 7.2
-- and 7.5; where 7.5 has no number for a case, the row's source says where it is from.
local errors = require "graphinvite.emulator.errors"

local M = {}

local CONDITION = '{"access_token":{"capolids":{"essential":true,"values":'
  .. '["c0d1f1e5-0000-4000-8000-000000000001"]}}}' -- INF

-- key = { status, error, AADSTS number, message, source =, claims =, retry_after = seconds }
M.ROWS = {
  method = {
    400, "invalid_request", 900561,
    "The endpoint only accepts POST requests. Received a %s request.", source = "GEN",
  },
  malformed = {
    400, "invalid_request", 9000411, "The request is not properly formatted. %s", source = "GEN",
  },
  parameter_missing = {
    400, "invalid_request", 900144,
    "The request body must contain the following parameter: '%s'.", source = "GEN",
  },
  grant = {
    400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.",
    source = "GEN",
  },
  tenant_unknown = {
    400, "invalid_request", 90002, "Tenant '%s' not found.", source = "7.5 GEN",
  },
  tenant_malformed = {
    400, "invalid_request", 900023,
    "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.",
    source = "7.5 GEN",
  },
  client_unknown = {
    400, "unauthorized_client", 700016,
    "Application with identifier '%s' was not found in the directory.", source = "7.5 GEN",
  },
  secret_missing = {
    401, "invalid_client", 7000218,
    "The request body must contain the following parameter: 'client_assertion' or"
      .. " 'client_secret'.",
    source = "7.5 GEN",
  },
  secret_wrong = {
    401, "invalid_client", 7000215, "Invalid client secret provided.", source = "7.5 GEN",
  },
  secret_expired = {
    401, "invalid_client", 7000222, "The provided client secret keys are expired.",
    source = "7.5 GEN",
  },
  assertion_malformed = {
    401, "invalid_client", 50027, "The client assertion is invalid or malformed. %s",
    source = "GEN",
  },
  assertion_certificate = {
    401, "invalid_client", 700027,
    "The certificate with which the client assertion is signed is not registered on application.",
    source = "7.5 GEN",
  },
  assertion_expired = {
    401, "invalid_client", 700027,
    "The certificate with which the client assertion is signed has expired.",
    source = "7.5 GEN, case INF",
  },
  assertion_algorithm = {
    401, "invalid_client", 700027,
    "The client assertion is signed by another algorithm than RS256 and PS256.",
    source = "7.5 GEN, case INF",
  },
  assertion_signature = {
    401, "invalid_client", 700027,
    "Client assertion failed signature validation.", source = "7.5 GEN",
  },
  assertion_time = {
    401, "invalid_client", 700024, "Client assertion is not within its valid time range.",
    source = "7.5 GEN",
  },
  assertion_client = {
    401, "invalid_client", 700021,
    "Client assertion application identifier doesn't match 'client_id' parameter.",
    source = "GEN",
  },
  assertion_audience = {
    401, "invalid_client", 700023,
    "Client assertion audience claim does not match Realm issuer.", source = "GEN",
  },
  assertion_repeated = {
    401, "invalid_client", 50013, "Assertion is invalid: its 'jti' has been used before.",
    source = "GEN, case INF",
  },
  federation = {
    400, "invalid_request", 70021,
    "No matching federated identity record found for presented assertion.", source = "7.5 GEN",
  },
  federation_issuer = {
    401, "invalid_client", 700211,
    "No matching federated identity record found for presented assertion issuer '%s'.",
    source = "7.5 GEN",
  },
  federation_audience = {
    401, "invalid_client", 700212,
    "No matching federated identity record found for presented assertion audience '%s'.",
    source = "7.5 GEN",
  },
  federation_subject = {
    401, "invalid_client", 700213,
    "No matching federated identity record found for presented assertion subject '%s'.",
    source = "7.5 GEN",
  },
  scope_malformed = {
    400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.",
    source = "7.5 docs",
  },
  scope_default = {
    400, "invalid_scope", 1002012,
    "The provided value for scope %s is not valid. Client credential flows must have a scope"
      .. " value with /.default suffixed to the resource identifier (application ID URI).",
    source = "7.5 GEN",
  },
  resource = {
    400, "invalid_resource", 500011,
    "The resource principal named %s was not found in the tenant.", source = "7.5 GEN",
  },
  device_pending = {
    400, "authorization_pending", 70016,
    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    source = "7.2 docs, 7.5 GEN",
  },
  device_slow_down = {
    400, "slow_down", 70016, "OAuth 2.0 device flow error. Polling is too frequent.",
    source = "7.2 docs, number INF",
  },
  device_declined = {
    400, "authorization_declined", 65004,
    "User declined to consent to access the app.", source = "7.2 docs, number GEN",
  },
  device_unknown = {
    400, "bad_verification_code", 70018,
    "Invalid verification code: it was not issued to this client, or was redeemed before.",
    source = "7.2 docs, 7.5 GEN",
  },
  device_expired = {
    400, "expired_token", 70020, "The provided value for 'device_code' has expired.",
    source = "7.2 docs, 7.5 GEN",
  },
  refresh_unknown = {
    400, "invalid_grant", 70000,
    "The provided value for the 'refresh_token' parameter is not valid.", source = "GEN",
  },
  refresh_expired = {
    400, "invalid_grant", 70008, "The refresh token has expired.", source = "7.5 GEN",
  },
  refresh_unused = {
    400, "invalid_grant", 700082, "The refresh token has expired due to inactivity.",
    source = "7.5 GEN",
  },
  refresh_revoked = {
    400, "invalid_grant", 50173,
    "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    source = "7.5 GEN",
  },
  consent = {
    400, "invalid_grant", 65001,
    "The user or administrator has not consented to use the application.", source = "7.5 GEN",
  },
  mfa = {
    400, "interaction_required", 50076,
    "You must use multi-factor authentication to access the resource.",
    source = "7.5 GEN", claims = CONDITION,
  },
  mfa_setup = {
    400, "interaction_required", 50079,
    "You must enroll in multi-factor authentication to access the resource.", source = "7.5 GEN",
  },
  access_blocked = {
    400, "interaction_required", 53003, "Access has been blocked by Conditional Access policies.",
    source = "7.5 GEN", claims = CONDITION,
  },
  looping = {
    400, "invalid_grant", 50196,
    "The server terminated an operation because it encountered a client request loop.",
    source = "7.5 GEN",
  },
  busy = {
    503, "temporarily_unavailable", 90033,
    "A transient error has occurred. Please try again.", source = "7.5 GEN, header INF",
    retry_after = 2,
  },
  unable = { 501, "server_error", 0, "%s", source = "emulator's own" },
}

--- The row of a number: one of 7.5 means several cases.
---@param number integer AADSTS number
---@return string? key
function M.key_of(number)
  local found
  for key, row in pairs(M.ROWS) do
    if row[3] == number and (not found or key < found) then
      found = key
    end
  end
  return found
end

--- The text of a row.
---@param key string
---@param subject string? what its %s stands for
---@return string
function M.message(key, subject)
  return (M.ROWS[key][4]:gsub("%%s", (errors.printable(subject or ""):gsub("%%", "%%%%"))))
end

return M
