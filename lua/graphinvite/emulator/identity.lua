--- Managed identities: IMDS of a virtual machine, App Service, and Azure Arc (reference 7.4).
local authority_reply = require "graphinvite.emulator.authority_reply"
local errors = require "graphinvite.emulator.errors"
local scopes = require "graphinvite.emulator.scopes"
local tokens = require "graphinvite.emulator.tokens"
local url = require "graphinvite.emulator.url"

local M = {}

-- key = { status, error, message, source = }
M.ROWS = {
  header = {
    400, "bad_request_102", "Required metadata header not specified",
    source = "7.4 docs, status GEN",
  },
  address = { 401, "unknown_source", "Unknown Source %s", source = "7.4 docs, status GEN" },
  resource = {
    400, "invalid_resource", "The application named %s was not found in the tenant.",
    source = "7.4 docs, status GEN",
  },
  identity = {
    400, "unauthorized_client", "The identity %s is not assigned to this resource.",
    source = "7.4 docs, status and case INF",
  },
  unknown = {
    500, "unknown", "Failed to retrieve token from the Active directory.",
    source = "7.4 docs, status GEN, case INF",
  },
  arc_missing = {
    404, "unknown_source", "The emulator has no arc_directory, so it is no Arc machine.",
    source = "emulator's own",
  },
  arc_key = {
    401, "unauthorized_client", "Send the content of the key file as Basic authorization.",
    source = "7.4 docs, text INF",
  },
  arc_unwritable = {
    500, "unknown", "The key file cannot be written: %s", source = "emulator's own",
  },
}

-- App Service has one sentence for all that it refuses: { status, message, source = }
M.APP_SERVICE = {
  header = { 401, "The X-IDENTITY-HEADER is missing or wrong.", source = "INF" },
  version = { 400, "The api-version is not supported.", source = "INF" },
  other = { 500, "An internal error has occurred.", source = "7.4 docs, text INF" },
}

local IMDS, ARC, APP_SERVICE = "2018-02-01", "2020-06-01", "2019-08-01" -- api-version: 7.4
local SYSTEM_ASSIGNED = "5e1f0a57-0000-4000-8000-000000000001" -- client id where none is named: INF
-- Identities that are refused, so that each error can be had (INF).
local REFUSED = {
  ["00000000-0000-0000-0000-000000000000"] = "identity",
  ["ffffffff-ffff-ffff-ffff-ffffffffffff"] = "unknown",
}
local MOST_KEYS = 16 -- key files that wait to be sent: INF

local function forget_key(emulator, place)
  os.remove(table.remove(emulator.arc_keys, place).path)
end

---@param emulator graphinvite.Emulator
function M.start(emulator)
  emulator.arc_keys = emulator.arc_keys or {}
  while emulator.arc_keys[1] do
    forget_key(emulator, 1)
  end
end

local function refuse(key, subject)
  local row = M.ROWS[key]
  return authority_reply.json(row[1], {
    error = row[2],
    error_description = subject and row[3]:format(errors.printable(subject)) or row[3],
  })
end

-- The identity that is asked for, by the parameters that may name it; nil where two do.
local function identity_of(query, names)
  local found
  for _, name in ipairs(names) do
    if query[name] and found then
      return nil
    end
    found = query[name] or found
  end
  return found or SYSTEM_ASSIGNED
end

-- What every host says of a token: numbers as strings.
local function describe(exchange, resource, audience, identity)
  local emulator = exchange.emulator
  local now = math.floor(emulator.clock:wall())
  local text, lifetime = tokens.issue(emulator, {
    audience = audience, client_id = identity, app_only = true,
  })
  return {
    access_token = text, client_id = identity, resource = resource, token_type = "Bearer",
    expires_on = ("%d"):format(now + lifetime),
  }, lifetime, now
end

-- Lets the caller prove that it may read files: 401 with the path of one.
local function arc_challenge(exchange)
  local emulator = exchange.emulator
  local content = tokens.text(emulator.random)
  local path = ("%s/%s.key"):format(emulator.options.arc_directory, emulator.random:guid())
  local written, why = require("graphinvite.sys").write_private(path, content)
  if not written then
    return refuse("arc_unwritable", why)
  end
  table.insert(emulator.arc_keys, { content = content, path = path })
  if #emulator.arc_keys > MOST_KEYS then
    forget_key(emulator, 1)
  end
  local response = refuse("arc_key")
  response.headers["www-authenticate"] = "Basic realm=" .. path
  return response
end

-- Answers who has not proved it, else nothing. A key is good for one request (INF).
local function check_arc(exchange)
  local emulator = exchange.emulator
  if not emulator.options.arc_directory then
    return refuse("arc_missing")
  end
  local content = (exchange.headers.authorization or ""):match("^[Bb]asic +(%S+)$")
  for place, key in ipairs(emulator.arc_keys) do
    if key.content == content then
      forget_key(emulator, place)
      return nil
    end
  end
  return arc_challenge(exchange)
end

--- Answers IMDS and Azure Arc, which are told apart by their api-version.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.machine(exchange)
  local query = url.parameters(exchange.query) or {}
  local version = query["api-version"]
  local identity = identity_of(query, { "client_id", "object_id", "msi_res_id" })
  if (exchange.headers.metadata or ""):lower() ~= "true" then
    return refuse("header")
  elseif version ~= IMDS and version ~= ARC or not identity then
    return refuse("address", exchange.path)
  end
  local challenge = version == ARC and check_arc(exchange)
  if challenge then
    return challenge
  end
  local resource = query.resource or ""
  local audience = scopes.resource(exchange.emulator.options.cloud, resource)
  if not audience then
    return refuse("resource", resource)
  elseif REFUSED[identity] then
    return refuse(REFUSED[identity], identity)
  end
  local value, lifetime, now = describe(exchange, resource, audience, identity)
  value.expires_in, value.not_before = ("%d"):format(lifetime), ("%d"):format(now)
  value.refresh_token = "" -- GEN
  return authority_reply.json(200, value)
end

local function refuse_app_service(key)
  local row = M.APP_SERVICE[key]
  return authority_reply.json(row[1], { statusCode = row[1], message = row[2] })
end

--- Answers App Service.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.app_service(exchange)
  local options = exchange.emulator.options
  local query = url.parameters(exchange.query) or {}
  if exchange.headers["x-identity-header"] ~= options.identity_header then
    return refuse_app_service("header")
  elseif query["api-version"] ~= APP_SERVICE then
    return refuse_app_service("version")
  end
  local identity = identity_of(query, { "client_id", "object_id", "mi_res_id" })
  local audience = scopes.resource(options.cloud, query.resource or "")
  if not audience or not identity or REFUSED[identity] then
    return refuse_app_service("other")
  end
  return authority_reply.json(200, (describe(exchange, query.resource, audience, identity)))
end

return M
