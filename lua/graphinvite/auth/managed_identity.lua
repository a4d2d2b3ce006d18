--- Managed identity (reference 7.4): the machine's own endpoint gives the token. Three hosts have
--- one: a virtual machine (IMDS), App Service with Functions, and Azure Arc.
local assertion = require "graphinvite.auth.assertion"
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local exchange = require "graphinvite.exchange"
local merge = require("graphinvite.options").merge
local options = require "graphinvite.auth.options"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local ROW = { name = "managed identity", method = "GET", safe = true }
local WAITS = { 2, 6, 14, 30 } -- seconds before the second to the fifth attempt
local UPDATING = 70 -- seconds that an endpoint which answers 410 may be away
local LARGEST_KEY = 4096 -- bytes of Arc's key file (LIB)

-- What each host is asked, and what ids are called there.
local HOSTS = {
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

local HINTS = {
  bad_request_102 = "the header Metadata is missing: is something between here and the endpoint?",
  unknown_source = "the endpoint does not know who asks",
  invalid_resource = "the endpoint does not know the resource: check the cloud",
  unauthorized_client = "the identity is not assigned to this machine",
}

local ManagedIdentity = { renewable = true }
ManagedIdentity.__index = ManagedIdentity

-- The endpoint's own rules: 404, 410, 429 and 5xx pass, all else stays. One that is not there at
-- all will not come: this is no such host.
local function delay(input, attempt)
  local status, wait = input.status, WAITS[attempt]
  local passes = status == nil and input.reason ~= "connect" and input.reason ~= "resolve"
    or status == 404 or status == 410 or status == 429 or status ~= nil and status >= 500
  if not passes or not wait then
    return nil, passes
  end
  if status == 410 and attempt == #WAITS then
    wait = UPDATING - (WAITS[1] + WAITS[2] + WAITS[3])
  end
  return math.max(input.retry_after or 0, wait), true
end

-- App Service's expires_in may lie; expires_on is the time on the clock, as a number or a text.
local function read(answer, context, asked)
  local ends = tonumber(answer.expires_on)
  local lifetime = ends and ends - context.transport.wall() or tonumber(answer.expires_in)
  if type(answer.access_token) ~= "string" or not lifetime or lifetime ~= lifetime then
    return nil
  end
  return { access_token = answer.access_token, expires = asked + lifetime }
end

-- The key file that Arc names, of which only a process with the right to read it can tell.
local function arc_key(self, headers)
  local path = (headers["www-authenticate"] or ""):match('^[Bb]asic%s+realm="?([^"]+)"?%s*$')
  local folder, name = (path or ""):match("^(.*)/([^/]+)$")
  if folder ~= self.key_directory or not name:find("%.key$") then
    return errors.fail("auth", "the Arc agent names no key file in " .. self.key_directory, {
      hint = "set key_directory if the agent keeps its keys elsewhere",
    })
  end
  local key, err = assertion.read_file("key_directory", path)
  if key and #key > LARGEST_KEY then
    return errors.fail("auth", "the Arc agent's key file is too large")
  end
  return key, err
end

local function url(self, context)
  local host = HOSTS[self.host]
  local parts = {
    self.endpoint, "?api-version=", host.version, "&resource=",
    core.url_encode((context.scope:gsub("/%.default$", ""))),
  }
  for option, name in pairs {
    client_id = "client_id", object_id = "object_id", resource_id = host.resource_id,
  } do
    if self[option] then
      parts[#parts + 1] = ("&%s=%s"):format(name, core.url_encode(self[option]))
    end
  end
  return table.concat(parts)
end

-- Such an endpoint is never asked through a proxy.
local function direct(context)
  local settings = merge(context.settings, { proxy = "" })
  settings.unix_socket = nil
  return context.connect(settings)
end

local function once(self, context)
  return function(call, last)
    local asked = call.transport.now()
    local response, err = token_request.once(call, last)
    if not response and self.host == "arc" and err.status == 401
      and not call.request.headers.Authorization then
      local key, why = arc_key(self, err.headers)
      if not key then
        return nil, why, "stop"
      end
      call.request.headers.Authorization = "Basic " .. key
      return nil, err, "now"
    elseif not response then
      err.hint = err.hint or HINTS[err.code]
      return nil, err
    end
    local answer = token_request.decode(response.body)
    local token = answer and read(answer, context, asked)
    if not token then
      return errors.fail("auth", "the managed identity endpoint's answer has no token",
        { status = 200 })
    end
    return token
  end
end

function ManagedIdentity:acquire(context)
  if self.unusable then
    return errors.fail("auth", self.unusable)
  end
  local transport, err = direct(context)
  if not transport then
    return nil, err
  end
  local headers = HOSTS[self.host].headers(self)
  headers.Accept = "application/json"
  headers["client-request-id"] = context.request.headers["client-request-id"]
  return exchange.repeated({
    transport = transport,
    settings = context.settings,
    deadline = context.deadline,
    delay = delay,
    request = { method = "GET", url = url(self, context), headers = headers, op = ROW },
  }, once(self, context))
end

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
  if not scheme or endpoint:find("[?#]") then
    return "endpoint is an http or https URL without ? and #"
  elseif scheme == "http" and not clouds.is_local(host) then
    return "endpoint: a token would come from " .. host .. " in clear text; use https"
  end
end

local IDS = { "client_id", "object_id", "resource_id" }

---@class graphinvite.ManagedIdentityOptions
---@field client_id string? of a user-assigned identity; at most one of the three
---@field object_id string?
---@field resource_id string?
---@field host "imds"|"app_service"|"arc"|nil unset: what the environment says
---@field endpoint string? URL of the token endpoint; unset: the host's own
---@field identity_header string? App Service's secret; unset: IDENTITY_HEADER
---@field key_directory string? where the Arc agent keeps its keys
---@field getenv fun(name: string): string? unset: os.getenv

---@param given graphinvite.ManagedIdentityOptions?
---@return graphinvite.TokenSource
function M.new(given)
  local source = options.check("auth.managed_identity", given or {}, {}, {
    client_id = "string", object_id = "string", resource_id = "string", host = "string",
    endpoint = "string", identity_header = "string", key_directory = "string",
    getenv = "function",
  })
  local getenv = source.getenv or os.getenv
  local ids = {}
  for _, name in ipairs(IDS) do
    ids[#ids + 1] = source[name] and name .. " " .. source[name]
  end
  if #ids > 1 then
    errors.misuse "auth.managed_identity takes one of client_id, object_id and resource_id"
  end
  local host, endpoint, unusable = detect(getenv)
  if source.host and not HOSTS[source.host] then
    errors.misuse 'auth.managed_identity: host is "imds", "app_service" or "arc"'
  elseif source.host then
    endpoint = source.host == host and endpoint or source.host ~= "imds"
      and getenv "IDENTITY_ENDPOINT" or nil
    host, unusable = source.host, nil
  end
  source.host = host
  source.endpoint = source.endpoint or endpoint or HOSTS[host].endpoint
  source.identity_header = source.identity_header or getenv "IDENTITY_HEADER"
  source.key_directory = (source.key_directory or "/var/opt/azcmagent/tokens"):gsub("/+$", "")
  source.unusable = unusable
  if not source.endpoint then
    errors.misuse("auth.managed_identity needs endpoint, or the environment's IDENTITY_ENDPOINT")
  elseif host == "app_service" and not source.identity_header then
    errors.misuse("auth.managed_identity needs identity_header, or the environment's "
      .. "IDENTITY_HEADER")
  end
  local why = endpoint_fault(source.endpoint)
  if why then
    errors.misuse("auth.managed_identity: " .. why)
  end
  source.key = options.key("managed_identity", host, source.endpoint, ids[1])
  return setmetatable(source, ManagedIdentity)
end

return M
