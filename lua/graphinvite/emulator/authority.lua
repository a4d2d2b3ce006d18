--- Tokens: the token endpoint (reference 7.2 and 7.5) and the bearer of a request (4.4).
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local grants = require "graphinvite.emulator.grants"
local url = require "graphinvite.emulator.url"

local M = {}

local LIFETIME = 3599 -- seconds: reference 7.6 GEN
local ALWAYS = "Bearer emulator" -- the one that never expires
local MANY = 10000 -- tokens; from there on those that have expired are thrown away
local FORM = "application/x-www-form-urlencoded"

-- Client id and secret from a header "Basic <base64>": reference 7.2.
local function basic(header)
  local encoded = (header or ""):match("^[Bb]asic +(%S+)$")
  local id, secret = (core.base64_decode(encoded or "") or ""):match("^([^:]*):(.*)$")
  return id and url.decode(id), secret and url.decode(secret)
end

-- The parameters of a token request; or nil and the error of grants.lua that tells what is wrong
-- with it.
local function parameters(exchange)
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

-- Throws away the tokens that have expired, each time their number has doubled.
local function sweep(tenant, now)
  if tenant.token_count < (tenant.token_limit or MANY) then
    return
  end
  for text, token in pairs(tenant.tokens) do
    if token.expires <= now then
      tenant.tokens[text], tenant.token_count = nil, tenant.token_count - 1
    end
  end
  tenant.token_limit = math.max(MANY, 2 * tenant.token_count)
end

local function issue(emulator, audience)
  local tenant, random, now = emulator.tenant, emulator.random, emulator.clock:wall()
  sweep(tenant, now)
  local text = ("%s.%s.%s"):format(random:guid(), random:guid(), random:guid()):gsub("%-", "")
  tenant.tokens[text] = { expires = now + LIFETIME, audience = audience }
  tenant.token_count = tenant.token_count + 1
  return text
end

local function respond(status, value)
  return {
    status = status,
    headers = {
      ["content-type"] = "application/json; charset=utf-8",
      ["cache-control"] = "no-store",
      pragma = "no-cache",
    },
    body = core.encode(nil, value),
  }
end

-- The error body of reference 7.2.
local function refuse(exchange, key, subject)
  local status, code, number, message = grants.error(key, subject)
  local clock, random = exchange.emulator.clock, exchange.emulator.random
  local timestamp = clock:date():gsub("T", " ")
  local trace = random:guid()
  local correlation = exchange.client_request_id
  return respond(status, {
    error = code,
    error_description = ("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s")
      :format(number, message, trace, correlation, timestamp),
    error_codes = { number },
    timestamp = timestamp,
    trace_id = trace,
    correlation_id = correlation,
    error_uri = ("%s/error?code=%d")
      :format(clouds.rows[exchange.emulator.options.cloud].authority, number),
  })
end

--- Answers the token endpoint.
---@param exchange graphinvite.emulator.Exchange
---@param tenant_name string what the path says
---@return table response
function M.token(exchange, tenant_name)
  local emulator = exchange.emulator
  local form, key, subject = parameters(exchange)
  local audience
  if form then
    audience, key, subject = grants.check(emulator.options.cloud, tenant_name, form)
  end
  if not audience then
    return refuse(exchange, key, subject)
  end
  return respond(200, {
    token_type = "Bearer", expires_in = LIFETIME, ext_expires_in = LIFETIME,
    access_token = issue(emulator, audience),
  })
end

--- Checks the bearer of a request; refuses it as reference 4.4 says.
---@param exchange graphinvite.emulator.Exchange
function M.check(exchange)
  local header = exchange.headers.authorization
  if header == ALWAYS then
    return
  end
  local scheme, text = (header or ""):match("^(%a+) +(%S+)%s*$")
  if not text or scheme:lower() ~= "bearer" then
    errors.refuse("token_empty")
  elseif "Bearer " .. text == ALWAYS then
    return
  end
  local token = exchange.tenant.tokens[text]
  if not token then
    errors.refuse(text:find(".", 1, true) and "token_unknown" or "token_no_jwt")
  elseif token.expires <= exchange.emulator.clock:wall() then
    errors.refuse("token_expired")
  elseif token.audience ~= clouds.rows[exchange.emulator.options.cloud].graph then
    errors.refuse("token_audience")
  end
  exchange.app_only = true -- a token of the client-credentials grant has no user
end

return M
