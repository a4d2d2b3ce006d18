--- The client credentials grant with a certificate: an assertion that its key has signed
--- (reference 7.2 and 7.3).
local assertion = require "graphinvite.auth.assertion"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local jwt = require "graphinvite.jwt"
local options = require "graphinvite.auth.options"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local LIFETIME = 600 -- seconds of an assertion
local HASHES = { PS256 = { "x5t#S256", "sha256" }, RS256 = { "x5t", "sha1" } }

local Certificate = { renewable = true }
Certificate.__index = Certificate

-- PEM as it is; else the file of that name, whose PKCS#12 has PEM's place.
local function material(name, text)
  if text:find("-----BEGIN", 1, true) then
    return text
  end
  return assertion.read_file(name, text)
end

local function fail(name, why)
  return errors.fail("auth", ("%s: %s"):format(name, why))
end

-- Certificate and key, from the options as they are now: a file may have been renewed.
local function load(self)
  local crypto = require "graphinvite.crypto"
  local text, err = material("certificate", self.certificate)
  if not text then
    return nil, err
  elseif not text:find("-----BEGIN", 1, true) then
    local both, why = crypto.pkcs12(text, self.passphrase)
    if not both then
      return fail("certificate", why)
    end
    return both
  end
  local certificate, why = crypto.certificate(text)
  if not certificate then
    return fail("certificate", why)
  end
  local key_text = text
  if self.key_pem then
    key_text, err = material("key", self.key_pem)
    if not key_text then
      return nil, err
    end
  end
  local key
  key, why = crypto.private_key(key_text, self.passphrase)
  if not key then
    return fail("key", why)
  end
  return { certificate = certificate, key = key }
end

-- The signed statement of who asks.
local function sign(self, context, both)
  local name, hash = HASHES[self.algorithm][1], HASHES[self.algorithm][2]
  local now = math.floor(context.transport.wall())
  local header = {
    alg = self.algorithm, typ = "JWT",
    [name] = core.base64_encode(both.certificate:thumbprint(hash), true),
  }
  if self.send_x5c then
    header.x5c = { core.base64_encode(both.certificate:der()) }
  end
  return jwt.encode(header, {
    aud = token_request.url(context, self.tenant, "token"),
    iss = self.client_id, sub = self.client_id, jti = core.uuid(),
    nbf = now, iat = now, exp = now + LIFETIME,
  }, both.key)
end

function Certificate:acquire(context)
  if not pcall(require, "graphinvite.crypto") then
    return errors.fail("auth", "graphinvite.crypto is not installed", {
      hint = "build it with OpenSSL (Debian: libssl-dev), or install the rock graphinvite-crypto",
    })
  end
  local both, err = load(self)
  if not both then
    return nil, err
  end
  local text, why = sign(self, context, both)
  if not text then
    return fail("key", why)
  end
  return assertion.send(context, self, text)
end

---@class graphinvite.CertificateOptions
---@field tenant string GUID or a verified domain
---@field client_id string
---@field certificate string PEM, or the path of a PEM or PKCS#12 file; it is read at each use
---@field key string? PEM or the path of its file; unset: it stands in `certificate`
---@field passphrase string? of the key or the PKCS#12 file
---@field algorithm "PS256"|"RS256"|nil unset: PS256
---@field send_x5c boolean? for trust by subject name and issuer
---@field cae boolean? says that the client can answer a claims challenge (reference 7.6)

---@param given graphinvite.CertificateOptions
---@return graphinvite.TokenSource
function M.new(given)
  local source = options.check("auth.certificate", given, {
    tenant = "string", client_id = "string", certificate = "string",
  }, {
    key = "string", passphrase = "string", algorithm = "string", send_x5c = "boolean",
    cae = "boolean",
  })
  source.algorithm = source.algorithm or "PS256"
  if not HASHES[source.algorithm] then
    errors.misuse 'auth.certificate: algorithm is "PS256" or "RS256"'
  end
  source.key_pem = source.key
  source.key = options.key("certificate", source.tenant, source.client_id, source.cae)
  source.proof = options.key(source.certificate, source.key_pem, source.passphrase)
  return setmetatable(source, Certificate)
end

return M
