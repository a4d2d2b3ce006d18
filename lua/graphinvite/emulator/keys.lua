--- What the emulator signs with: the bearers of notifications (reference 6.3).
local core = require "graphinvite.core"
local jwt = require "graphinvite.jwt"

local M = {}

M.ISSUER = "https://api.botframework.com" -- 6.3 docs
--- Whom a notification is for where the call was made with no application's token: GEN.
M.APPLICATION = "00001111-aaaa-2222-bbbb-3333cccc4444"

local LIFETIME = 3900 -- seconds: 6.3 docs
local ALGORITHM, BITS = "RS256", 2048
local MISSING = "graphinvite.crypto is not installed: build it with OpenSSL (Debian: libssl-dev), "
  .. "or install the rock graphinvite-crypto"

--- The module that signs and verifies. Loaded only by what does.
---@return table? crypto
---@return string? why
function M.crypto()
  local ok, crypto = pcall(require, "graphinvite.crypto")
  if ok then
    return crypto
  end
  return nil, crypto:find("module 'graphinvite.crypto' not found", 1, true) and MISSING or crypto
end

-- A new key and its public half; the kid is its thumbprint (RFC 7638).
local function generate()
  local crypto, why = M.crypto()
  local key
  if crypto then
    key, why = crypto.generate(BITS)
  end
  if not key then
    return nil, why
  end
  local jwk = assert(key:jwk())
  local canonical = ('{"e":"%s","kty":"RSA","n":"%s"}'):format(jwk.e, jwk.n)
  jwk.kid = core.base64_encode(assert(crypto.digest("sha256", canonical)), true)
  jwk.alg, jwk.use = ALGORITHM, "sig"
  return { key = key, jwk = jwk }
end

local first -- of every emulator in this process: it takes a tenth of a second to make one

-- The keys of an emulator, the one that signs first.
local function keys_of(emulator)
  if not emulator.signing then
    local why
    if not first then
      first, why = generate()
    end
    if not first then
      return nil, why
    end
    emulator.signing = { first }
  end
  return emulator.signing
end

---@param emulator graphinvite.Emulator
function M.start(emulator)
  emulator.signing = nil
end

--- Signs with a new key from now on; the ones before are still told.
---@param emulator graphinvite.Emulator
---@return boolean? done
---@return string? why
function M.rotate(emulator)
  local list, why = keys_of(emulator)
  local made
  if list then
    made, why = generate()
  end
  if not made then
    return nil, why
  end
  table.insert(list, 1, made)
  return true
end

--- The public halves of the keys.
---@param emulator graphinvite.Emulator
---@return table[]? jwks
---@return string? why
function M.list(emulator)
  local list, why = keys_of(emulator)
  if not list then
    return nil, why
  end
  local public = {}
  for i, entry in ipairs(list) do
    public[i] = entry.jwk
  end
  return public
end

--- A token that says who is told, and of which tenant.
---@param emulator graphinvite.Emulator
---@param audience string client id of an application
---@param tenant_id string
---@return string? token
---@return string? why
function M.bearer(emulator, audience, tenant_id)
  local list, why = keys_of(emulator)
  if not list then
    return nil, why
  end
  local signer, now = list[1], math.floor(emulator.clock:wall())
  return jwt.encode({ typ = "JWT", alg = ALGORITHM, kid = signer.jwk.kid }, {
    iss = M.ISSUER, aud = audience, tid = tenant_id, nbf = now, iat = now, exp = now + LIFETIME,
  }, signer.key)
end

return M
