--- The authority: which of its endpoints a request is for, and what each answers (reference 7.2).
local authority_reply = require "graphinvite.emulator.authority_reply"
local core = require "graphinvite.core"
local credentials = require "graphinvite.emulator.credentials"
local device_page = require "graphinvite.emulator.device_page"
local devices = require "graphinvite.emulator.devices"
local discovery = require "graphinvite.emulator.discovery"
local errors = require "graphinvite.emulator.errors"
local grants = require "graphinvite.emulator.grants"
local identity = require "graphinvite.emulator.identity"
local keys = require "graphinvite.emulator.keys"
local refresh_tokens = require "graphinvite.emulator.refresh_tokens"
local tokens = require "graphinvite.emulator.tokens"
local url = require "graphinvite.emulator.url"

local M = {}

local FORM = "application/x-www-form-urlencoded"

--- Begins anew.
---@param emulator graphinvite.Emulator
function M.start(emulator)
  local tenant = emulator.tenant
  tenant.token_failures = {} -- what the next token requests are refused with
  for _, module in ipairs { tokens, refresh_tokens, devices, credentials } do
    module.start(tenant)
  end
  identity.start(emulator)
  keys.start(emulator)
end

--- Refuses the next token requests.
---@param tenant table
---@param key string in authority_errors.lua
---@param count integer
function M.fail_next(tenant, key, count)
  table.insert(tenant.token_failures, { key = key, left = count })
end

local function planned_failure(tenant)
  local rule = tenant.token_failures[1]
  if not rule then
    return nil
  end
  rule.left = rule.left - 1
  if rule.left == 0 then
    table.remove(tenant.token_failures, 1)
  end
  return rule.key
end

-- Client id and secret from a header "Basic <base64>": reference 7.2.
local function basic(header)
  local encoded = (header or ""):match("^[Bb]asic +(%S+)$")
  local id, secret = (core.base64_decode(encoded or "") or ""):match("^([^:]*):(.*)$")
  return id and url.decode(id), secret and url.decode(secret)
end

-- The form of a request; or nil and the error of authority_errors.lua that tells what is wrong
-- with it.
local function read_form(exchange)
  local media = (exchange.headers["content-type"] or ""):match("^%s*([^%s;]*)"):lower()
  if exchange.method ~= "POST" then
    return nil, "method", exchange.method
  elseif media ~= FORM then
    return nil, "parameter_missing", "grant_type"
  end
  local form, why = url.parameters(exchange.body or "")
  if not form then
    return nil, "malformed", why
  end
  local id, secret = basic(exchange.headers.authorization)
  form.client_id, form.client_secret = form.client_id or id, form.client_secret or secret
  return form
end

-- Answers an endpoint that takes a form: with what a function makes of it, or with its refusal.
local function answer_form(exchange, tenant_name, read, respond)
  local form, key, subject = read_form(exchange)
  local result
  if form then
    result, key, subject = read {
      emulator = exchange.emulator, origin = exchange.origin, tenant = tenant_name, form = form,
    }
  end
  if not result then
    return authority_reply.refuse(exchange, key, subject)
  end
  return authority_reply.json(200, respond and respond(exchange.emulator, result) or result)
end

local function token_of(emulator, grant)
  local text, lifetime = tokens.issue(emulator, grant)
  return {
    token_type = "Bearer", expires_in = lifetime, ext_expires_in = lifetime,
    access_token = text, scope = grant.scope,
    refresh_token = grant.offline and refresh_tokens.issue(emulator, grant) or nil,
  }
end

local function token(exchange, tenant_name)
  local key = planned_failure(exchange.tenant)
  if key then
    return authority_reply.refuse(exchange, key)
  end
  return answer_form(exchange, tenant_name, grants.check, token_of)
end

local function device_code(exchange, tenant_name)
  return answer_form(exchange, tenant_name, grants.device)
end

-- A path; what answers it; whether it is read.
local ENDPOINTS = {
  { "^/([^/]+)/oauth2/v2%.0/token$", token },
  { "^/([^/]+)/oauth2/v2%.0/devicecode$", device_code },
  { "^/devicelogin$", device_page.answer },
  { "^/metadata/identity/oauth2/token$", identity.machine, true },
  { "^/msi/token$", identity.app_service, true },
  { "^/([^/]+)/v2%.0/%.well%-known/openid%-configuration$", discovery.configuration, true },
  { "^/([^/]+)/discovery/v2%.0/keys$", discovery.keys, true },
  { "^/v1/%.well%-known/OpenIdConfiguration$", discovery.of_notifications, true },
  { "^/v1/%.well%-known/keys$", discovery.keys, true },
}

--- What answers a path that is the authority's; it needs no token.
---@param path string
---@return (fun(exchange: graphinvite.emulator.Exchange): table)?
function M.endpoint(path)
  if path:find("^/v1%.0/") or path:find("^/beta/") then
    return nil
  end
  for _, row in ipairs(ENDPOINTS) do
    local argument = path:match(row[1])
    if argument then
      return function(exchange)
        if row[3] and exchange.method ~= "GET" then
          errors.refuse("method")
        end
        return row[2](exchange, argument)
      end
    end
  end
end

return M
