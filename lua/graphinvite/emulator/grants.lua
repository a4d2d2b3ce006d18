--- What the authority accepts: the client-credentials grant and its errors. Reference 7.2, 7.5.
local clouds = require "graphinvite.clouds"
local errors = require "graphinvite.emulator.errors"

local M = {}

-- key = { status, error, AADSTS number, message, source }
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
  assertion = {
    401, "invalid_client", 700027,
    "The certificate with which the client assertion is signed is not registered on application.",
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
}

-- Every application and every secret is good but these (INF): so that each error can be had.
local NIL_GUID = "00000000-0000-0000-0000-000000000000"
local REFUSED_SECRETS = { wrong = "secret_wrong", expired = "secret_expired" }
-- Tenants that stand for several: not for an application. Reference 7.1.
local SHARED = { common = true, organizations = true, consumers = true }
-- A resource besides Graph, whose tokens Graph refuses (INF).
local OTHER_RESOURCES = { ["https://management.azure.com"] = true }
local GRAPH_ID = "00000003-0000-0000-c000-000000000000" -- Graph's application id (GEN)

--- An error of the token endpoint.
---@return integer status
---@return string code
---@return integer number
---@return string message
function M.error(key, subject)
  local row = M.ROWS[key]
  local message = subject and row[4]:format(errors.printable(subject)) or row[4]
  return row[1], row[2], row[3], message
end

local GUID = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(3) .. "%-" .. ("%x"):rep(12) .. "$"
local DNS_NAME = "^[%w-]+%.[%w.-]+$"

local function check_tenant(name)
  if SHARED[name] or not name:find(GUID) and not name:find(DNS_NAME) then
    return nil, "tenant_malformed", name
  elseif name == NIL_GUID or name:find("%.invalid$") then
    return nil, "tenant_unknown", name
  end
  return true
end

local function check_client(form)
  if form.client_id == NIL_GUID then
    return nil, "client_unknown", form.client_id
  elseif form.client_assertion then
    return nil, "assertion"
  elseif (form.client_secret or "") == "" then
    return nil, "secret_missing"
  end
  local refused = REFUSED_SECRETS[form.client_secret]
  return not refused, refused
end

-- The resource of a scope: reference 7.1 and 7.2.
local function check_scope(cloud, scope)
  local resource = scope:match("^(%S+)/%.default$")
  if scope:find("%s") then
    return nil, "scope_malformed"
  elseif not resource then
    return nil, "scope_default", scope
  end
  local graph = clouds.rows[cloud].graph
  resource = resource:gsub("/$", "")
  if resource == graph or resource == GRAPH_ID then
    return graph
  elseif OTHER_RESOURCES[resource] then
    return resource
  end
  return nil, "resource", resource
end

local REQUIRED = { "grant_type", "client_id", "scope" }

--- Checks a token request.
---@param cloud string
---@param tenant string what the path says
---@param form table<string, string>
---@return string? audience of the token
---@return string? key of the error
---@return string? subject of the error
function M.check(cloud, tenant, form)
  local ok, key, subject = check_tenant(tenant)
  if not ok then
    return nil, key, subject
  end
  for _, name in ipairs(REQUIRED) do
    if (form[name] or "") == "" then
      return nil, "parameter_missing", name
    end
  end
  if form.grant_type ~= "client_credentials" then
    return nil, "grant", form.grant_type
  end
  ok, key, subject = check_client(form)
  if not ok then
    return nil, key, subject
  end
  return check_scope(cloud, form.scope)
end

return M
