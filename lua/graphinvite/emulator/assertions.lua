--- Client assertions: signed by a certificate of the application, or by an issuer that it trusts
-- (reference 7.3 and 7.5).
local clouds = require "graphinvite.clouds"
local jwt = require "graphinvite.jwt"
local stores = require "graphinvite.emulator.store"

local M = {}

local TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
local ALGORITHMS = { PS256 = true, RS256 = true }
local SKEW = 300 -- seconds that clocks may differ: INF, after 6.3
local OTHER_AUTHORITY = { china = "https://login.partner.microsoftonline.cn" } -- 7.1

---@param tenant table
function M.start(tenant)
  tenant.assertions = stores.new() -- those that were used, by client and jti
end

-- Tells whether a token is good at a time; only its end must be told.
local function in_time(claims, now)
  local first, last = claims.nbf, claims.exp
  return type(last) == "number" and now < last + SKEW
    and (first == nil or type(first) == "number" and first <= now + SKEW)
end

-- The registered certificate that a header names; the newer thumbprint counts.
local function certificate_of(application, header)
  local name = header["x5t#S256"] ~= nil and "x5t#S256" or "x5t"
  for _, certificate in ipairs(application.certificates) do
    if certificate[name] == header[name] then
      return certificate
    end
  end
end

-- Who has signed it, in the order in which a verifier may believe it.
local function check_signature(application, token, now)
  local certificate = certificate_of(application, token.header)
  if not certificate then
    return nil, "assertion_certificate"
  elseif certificate.expired or certificate.ends <= now then
    return nil, "assertion_expired"
  elseif not ALGORITHMS[token.header.alg] then
    return nil, "assertion_algorithm"
  elseif not jwt.verify(token, certificate.key, ALGORITHMS) then
    return nil, "assertion_signature"
  end
  return true
end

-- Tells whether a token is for the endpoint that it came to.
local function is_for(audience, request)
  local cloud = request.emulator.options.cloud
  for _, authority in ipairs {
    request.origin, clouds.rows[cloud].authority, OTHER_AUTHORITY[cloud],
  } do
    if audience == ("%s/%s/oauth2/v2.0/token"):format(authority, request.tenant) then
      return true
    end
  end
  return false
end

-- Checks a token that the client, who is its issuer, has signed.
local function check_own(request, application, token)
  local claims, id = token.claims, request.form.client_id
  local now, used = request.emulator.clock:wall(), request.emulator.tenant.assertions
  local ok, key = check_signature(application, token, now)
  if not ok then
    return nil, key
  elseif claims.sub ~= id then
    return nil, "assertion_client"
  elseif not is_for(claims.aud, request) then
    return nil, "assertion_audience"
  elseif claims.nbf == nil or not in_time(claims, now) then
    return nil, "assertion_time"
  elseif type(claims.jti) ~= "string" or claims.jti == "" then
    return nil, "assertion_malformed", "Its 'jti' is missing."
  end
  local name = id .. "\n" .. claims.jti
  local before = used:get(name)
  if before and before.expires > now then
    return nil, "assertion_repeated"
  end
  used:put(name, { expires = claims.exp + SKEW }, now)
  return true
end

-- The trust that a token meets; or nil and how far it came.
local function find_trust(application, claims)
  local key, subject = "federation_issuer", claims.iss
  for _, trust in ipairs(application.federated) do
    if trust.issuer == claims.iss and trust.subject ~= claims.sub then
      if key == "federation_issuer" then
        key, subject = "federation_subject", claims.sub
      end
    elseif trust.issuer == claims.iss and trust.audience ~= claims.aud then
      key, subject = "federation_audience", claims.aud
    elseif trust.issuer == claims.iss then
      return trust
    end
  end
  return nil, key, tostring(subject)
end

-- INF: the issuer's keys are out of reach, so without a registered one nobody asks who has signed.
-- Such a token comes from a file and is sent again and again: its jti may repeat.
local function check_outside(request, application, token)
  if not application.federated[1] then
    return nil, application.certificates[1] and "assertion_client" or "federation"
  end
  local trust, key, subject = find_trust(application, token.claims)
  if not trust then
    return nil, key, subject
  elseif trust.key and not jwt.verify(token, trust.key, ALGORITHMS) then
    return nil, "assertion_signature"
  elseif not in_time(token.claims, request.emulator.clock:wall()) then
    return nil, "assertion_time"
  end
  return true
end

--- Checks the assertion of a token request.
---@param request graphinvite.emulator.TokenRequest
---@param application table? what is registered for the client
---@return boolean? ok
---@return string? key in authority_errors.lua
---@return string? subject
function M.check(request, application)
  local form = request.form
  if (form.client_assertion_type or "") == "" then
    return nil, "parameter_missing", "client_assertion_type"
  elseif form.client_assertion_type ~= TYPE then
    return nil, "malformed", "The 'client_assertion_type' must be " .. TYPE .. "."
  elseif not application then
    return nil, "assertion_certificate"
  end
  local token, why = jwt.decode(form.client_assertion)
  if not token then
    return nil, "assertion_malformed", why
  end
  local check = token.claims.iss == form.client_id and check_own or check_outside
  return check(request, application, token)
end

return M
