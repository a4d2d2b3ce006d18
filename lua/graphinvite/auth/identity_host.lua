--- The hosts that have an endpoint for managed identities (reference 7.4), and which of them this
--- machine is.
local clouds = require "graphinvite.clouds"
local errors = require "graphinvite.errors"

local M = {}

-- What each host is asked, and what ids are called there.
M.rows = {
  imds = {
    version = "2018-02-01", resource_id = "msi_res_id",
    endpoint = "http://169.254.169.254/metadata/identity/oauth2/token",
    headers = function() return { Metadata = "true" } end,
  },
  app_service = {
    version = "2019-08-01", resource_id = "mi_res_id",
    headers = function(self) return { ["X-IDENTITY-HEADER"] = self.identity_header } end,
  },
  arc = {
    version = "2020-06-01", resource_id = "msi_res_id",
    headers = function() return { Metadata = "true" } end,
  },
}

-- Which host this is, as its environment tells; and what keeps us from using it.
local function detect(getenv)
  local endpoint = getenv "IDENTITY_ENDPOINT"
  if endpoint and getenv "IDENTITY_SERVER_THUMBPRINT" then
    return "imds", nil, "this is Service Fabric, whose endpoint has a certificate that must be "
      .. "pinned: it is not supported; use a certificate or a federated token"
  elseif endpoint and getenv "IDENTITY_HEADER" then
    return "app_service", endpoint
  elseif endpoint and getenv "IMDS_ENDPOINT" then
    return "arc", endpoint
  end
  return "imds"
end

-- What is wrong with an endpoint, or nil.
local function endpoint_fault(endpoint)
  local _, scheme, host = clouds.origin(endpoint)
  if not scheme or endpoint:find("[?#%s%c]") then
    return "endpoint is an http or https URL without ? and #"
  elseif scheme == "http" and not clouds.is_local(host) then
    return "endpoint: a token would come from " .. host .. " in clear text; use https"
  end
end

-- What the options lack, or nil.
local function lacking(source)
  if not source.endpoint then
    return "needs endpoint, or the environment's IDENTITY_ENDPOINT"
  elseif source.host == "app_service" and not source.identity_header then
    return "needs identity_header, or the environment's IDENTITY_HEADER"
  end
end

--- Fills in host, endpoint and identity_header of a source's options; unusable, where the
--- environment is at fault: that is told at the first call.
---@param source graphinvite.ManagedIdentityOptions
---@param getenv fun(name: string): string?
function M.locate(source, getenv)
  local host, endpoint, unusable = detect(getenv)
  if source.host and not M.rows[source.host] then
    errors.misuse 'auth.managed_identity: host is "imds", "app_service" or "arc"'
  elseif source.host and source.host ~= host then
    endpoint = source.host ~= "imds" and getenv "IDENTITY_ENDPOINT" or nil
  end
  local why = source.endpoint and endpoint_fault(source.endpoint)
  if why then
    errors.misuse("auth.managed_identity: " .. why)
  elseif source.host or source.endpoint then
    unusable = nil
  end
  why = not source.endpoint and endpoint and endpoint_fault(endpoint)
  source.unusable = why and "the environment's IDENTITY_ENDPOINT: " .. why or unusable
  source.host = source.host or host
  source.endpoint = source.endpoint or endpoint or M.rows[source.host].endpoint
  source.identity_header = source.identity_header or getenv "IDENTITY_HEADER"
  why = lacking(source)
  if why then
    errors.misuse("auth.managed_identity " .. why)
  end
end

return M
