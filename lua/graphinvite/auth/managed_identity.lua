--- Managed identity (reference 7.4): the machine's own endpoint gives the token. Three hosts have
--- one: a virtual machine (IMDS), App Service with Functions, and Azure Arc.
local assertion = require "graphinvite.auth.assertion"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local exchange = require "graphinvite.exchange"
local identity_host = require "graphinvite.auth.identity_host"
local lifetime = require "graphinvite.auth.lifetime"
local merge = require("graphinvite.options").merge
local options = require "graphinvite.auth.options"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local ROW = { name = "managed identity", method = "GET", safe = true }
local WAITS = { 2, 6, 14, 30 } -- seconds before the second to the fifth attempt
local UPDATING = 70 -- seconds that an endpoint which answers 410 may be away
local ABSENT = { connect = true, resolve = true, timeout = true } -- what says that none is there
local PASSING = { closed = true, timeout = true } -- what an endpoint that is there may do
local KEY_DIRECTORY = "/var/opt/azcmagent/tokens" -- where Arc's agent keeps its keys (LIB)
local LARGEST_KEY = 4096 -- bytes of Arc's key file (LIB)

local NOBODY = "nothing answers there: is this a machine of Azure, with an identity?"

M.HINTS = {
  bad_request_102 = "the header Metadata is missing: is something between here and the endpoint?",
  unknown_source = "the endpoint does not know who asks",
  invalid_resource = "the endpoint does not know the resource: check the cloud",
  unauthorized_client = "the identity is not assigned to this machine",
  unknown = "the endpoint cannot give a token just now: try again later",
}

local ManagedIdentity = { renewable = true }
ManagedIdentity.__index = ManagedIdentity

-- The endpoint's own rules: 404, 410, 429 and 5xx pass, all else stays. One to which nothing could
-- be sent will not come: this is no such host.
local function delay(input, attempt, policy)
  local status, wait = input.status, policy and WAITS[attempt]
  local passes = status == nil and input.sent ~= false and PASSING[input.reason]
    or status == 404 or status == 410 or status == 429 or status ~= nil and status >= 500
  if not passes or not wait then
    return nil, passes or false
  end
  if status == 410 and attempt == #WAITS then
    wait = UPDATING - (WAITS[1] + WAITS[2] + WAITS[3])
  end
  return math.max(input.retry_after or 0, wait), true
end

-- App Service's expires_in may lie; expires_on is the time on the clock, as a number or a text.
local function read(answer, context, asked)
  local ends = lifetime.seconds(answer.expires_on)
  local left = ends and ends - context.transport.wall() or lifetime.seconds(answer.expires_in)
  if type(answer.access_token) ~= "string" or not left then
    return nil
  end
  return { access_token = answer.access_token, expires = asked + left }
end

-- The key file that Arc names, of which only a process with the right to read it can tell.
local function arc_key(self, headers)
  local path = (headers["www-authenticate"] or "")
    :match('^[Bb][Aa][Ss][Ii][Cc]%s+[Rr]ealm="?([^"]-)"?%s*$')
  local folder, name = (path or ""):match("^(.*)/([^/]+)$")
  if folder ~= self.key_directory or not name:find("%.key$") then
    return errors.fail("auth", "the Arc agent names no key file in " .. self.key_directory, {
      hint = "set key_directory if the agent keeps its keys elsewhere",
    })
  end
  local bytes, err = assertion.read_file("key_directory", path, LARGEST_KEY + 1)
  if not bytes then
    return nil, err
  end
  local key = #bytes <= LARGEST_KEY and bytes:match("^%s*([^%s%c]+)%s*$")
  if not key then
    return errors.fail("auth", "the Arc agent's key file is empty or too large, or holds no key")
  end
  return key
end

local function url(self, context)
  local host = identity_host.rows[self.host]
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

-- Arc's first answer says where the key lies; each key is good once.
local function prove(self, call, err)
  local headers = call.request.headers
  local proven = headers.Authorization
  headers.Authorization = nil
  if self.host ~= "arc" or err.status ~= 401 or proven then
    err.hint = err.hint or ABSENT[err.reason] and err.sent == false and NOBODY
      or M.HINTS[err.code]
    return nil, err
  end
  local key, why = arc_key(self, err.headers)
  if not key then
    return nil, why, "stop"
  end
  headers.Authorization = "Basic " .. key
  return nil, err, "now"
end

local function once(self, context)
  return function(call, last)
    local asked = call.transport.now()
    local response, err = token_request.once(call, last)
    if not response then
      return prove(self, call, err)
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
  local headers = identity_host.rows[self.host].headers(self)
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
  local ids = {}
  for _, name in ipairs(IDS) do
    ids[#ids + 1] = source[name] and name .. " " .. source[name]
  end
  if #ids > 1 then
    errors.misuse "auth.managed_identity takes one of client_id, object_id and resource_id"
  end
  identity_host.locate(source, options.environment(source.getenv))
  source.key_directory = (source.key_directory or KEY_DIRECTORY):gsub("/+$", "")
  source.key = options.key("managed_identity", source.host, source.endpoint, ids[1])
  source.proof = "this machine"
  return setmetatable(source, ManagedIdentity)
end

return M
