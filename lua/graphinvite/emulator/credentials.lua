--- Who asks for a token: applications, and the secrets, certificates and issuers that are
-- registered for them (reference 7.2 and 7.3).
local assertions = require "graphinvite.emulator.assertions"
local core = require "graphinvite.core"
local keys = require "graphinvite.emulator.keys"

local M = {}

-- Every application and every secret is good but these (INF), where nothing is registered: so that
-- each error can be had.
local NIL_GUID = "00000000-0000-0000-0000-000000000000"
local REFUSED_SECRETS = { wrong = "secret_wrong", expired = "secret_expired" }

---@param tenant table
function M.start(tenant)
  tenant.applications = {} -- by client id in lower case
  assertions.start(tenant)
end

local function application_of(tenant, id)
  return tenant.applications[id:lower()]
end

-- What a certificate is to a verifier.
local function read_certificate(pem)
  local crypto, why = keys.crypto()
  local certificate, key, ends
  if crypto then
    certificate, why = crypto.certificate(pem)
  end
  if certificate then
    key, why = certificate:public_key()
  end
  if key then
    ends, why = certificate:not_after()
  end
  if not ends then
    return nil, "certificate: " .. why
  end
  return {
    key = key, ends = ends,
    ["x5t#S256"] = core.base64_encode(certificate:thumbprint("sha256"), true),
    ["x5t"] = core.base64_encode(certificate:thumbprint("sha1"), true),
  }
end

local TRUST = { issuer = true, subject = true, audience = true, key = false } -- true: required

local function read_trust(given)
  local trust = {}
  for name, value in pairs(given) do
    if TRUST[name] == nil or type(value) ~= "string" or value == "" then
      return nil, "federated: it has issuer, subject, audience and perhaps key, all of them texts"
    end
    trust[name] = value
  end
  for name, required in pairs(TRUST) do
    if required and not trust[name] then
      return nil, "federated: " .. name .. " is required"
    end
  end
  if trust.key then
    local crypto, why = keys.crypto()
    if crypto then
      trust.key, why = crypto.public_key(trust.key)
    end
    if why then
      return nil, "federated: key: " .. why
    end
  end
  return trust
end

-- The field of a credential, the list that it goes to, what reads it.
local KINDS = {
  { "secret", "secrets", function(text) return { text = text } end },
  { "certificate", "certificates", read_certificate },
  { "federated", "federated", read_trust },
}

-- The only kind that is given; nil for none and for several.
local function kind_of(given)
  local found, count = nil, 0
  for _, kind in ipairs(KINDS) do
    if given[kind[1]] then
      found, count = kind, count + 1
    end
  end
  return count == 1 and found or nil
end

--- Registers one credential of an application. From then on it needs one of those registered.
---@param tenant table
---@param given table client_id; secret, certificate or federated; expired
---@return boolean? done
---@return string? why
function M.register(tenant, given)
  local kind = kind_of(given)
  if (given.client_id or "") == "" then
    return nil, "client_id: required"
  elseif not kind then
    return nil, "one of secret, certificate and federated is required"
  elseif given.expired and given.federated then
    return nil, "expired: a secret or a certificate expires, trust does not"
  end
  local entry, why = kind[3](given[kind[1]])
  if not entry then
    return nil, why
  end
  entry.expired = given.expired
  local id = given.client_id:lower()
  local application = tenant.applications[id] or { secrets = {}, certificates = {}, federated = {} }
  tenant.applications[id] = application
  table.insert(application[kind[2]], entry)
  return true
end

local function check_secret(application, secret)
  if not application then
    local refused = REFUSED_SECRETS[secret]
    return not refused, refused
  end
  local key = "secret_wrong"
  for _, entry in ipairs(application.secrets) do
    if entry.text == secret and not entry.expired then
      return true
    elseif entry.text == secret then
      key = "secret_expired"
    end
  end
  return nil, key
end

--- Checks that the client is one of the tenant's.
---@param form table<string, string>
---@return boolean? ok
---@return string? key in authority_errors.lua
---@return string? subject
function M.check_client(form)
  if form.client_id == NIL_GUID then
    return nil, "client_unknown", form.client_id
  end
  return true
end

--- Checks what a client proves itself with.
---@param request graphinvite.emulator.TokenRequest
---@param needed "always"|"registered"|"never" whether it may be left out; registered: not by a
---client that has a credential
---@return boolean? ok
---@return string? key
---@return string? subject
function M.check(request, needed)
  local form = request.form
  local application = application_of(request.emulator.tenant, form.client_id)
  if form.client_assertion then
    return assertions.check(request, application)
  elseif (form.client_secret or "") ~= "" then
    return check_secret(application, form.client_secret)
  elseif needed == "always" or needed == "registered" and application then
    return nil, "secret_missing"
  end
  return true
end

return M
