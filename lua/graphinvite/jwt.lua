--- JSON Web Tokens in their compact form (reference 6.3 and 7.3). The algorithms are OpenSSL's.
local cjson = require("cjson").new()
local core = require "graphinvite.core"

cjson.decode_invalid_numbers(false) -- NaN is before and after every time

local M = {}

local LONGEST = 65536 -- bytes; a token of the service has a few thousand

-- Loaded only by what signs or verifies.
local function crypto()
  local ok, module = pcall(require, "graphinvite.crypto")
  if ok then
    return module
  end
  return nil, "graphinvite.crypto is not installed: build it with OpenSSL (Debian: libssl-dev), "
    .. "or install the rock graphinvite-crypto"
end

---@param header table with `alg`, "PS256" or "RS256"
---@param claims table
---@param key any of graphinvite.crypto
---@return string? token
---@return string? why
function M.encode(header, claims, key)
  local library, why = crypto()
  if not library then
    return nil, why
  end
  local input = core.base64_encode(cjson.encode(header), true) .. "."
    .. core.base64_encode(cjson.encode(claims), true)
  local signature
  signature, why = library.sign(header.alg, key, input)
  if not signature then
    return nil, why
  end
  return input .. "." .. core.base64_encode(signature, true)
end

-- The bytes of a text that is written as base64url in the one way there is.
local function bytes_of(text)
  local bytes = core.base64_decode(text)
  return bytes and core.base64_encode(bytes, true) == text and bytes or nil
end

local function object(text)
  local bytes = bytes_of(text) or ""
  local ok, value = pcall(cjson.decode, bytes:find("^%s*{") and bytes or "")
  return ok and value or nil
end

---@class graphinvite.Jwt
---@field header table
---@field claims table nobody has vouched for them yet
---@field input string what was signed
---@field signature string

--- The public key that a row of a published set describes.
---@param row table kty, n, e
---@return any key of graphinvite.crypto
---@return string? why
function M.key(row)
  local library, why = crypto()
  if not library then
    return nil, why
  end
  local ok, key, fault = pcall(library.jwk, { kty = row.kty, n = row.n, e = row.e })
  if ok then
    return key, fault
  end
  return nil, key
end

--- Takes a token apart. Verifies nothing.
---@param text string
---@return graphinvite.Jwt?
---@return string? why
function M.decode(text)
  if type(text) ~= "string" or #text > LONGEST then
    return nil, "no text, or too long for a token"
  end
  local head, body, signature = text:match("^([%w_-]+)%.([%w_-]+)%.([%w_-]*)$")
  local header, claims = object(head or ""), object(body or "")
  local bytes = signature and bytes_of(signature)
  if not header or not claims or not bytes then
    return nil, "not a JSON Web Token"
  end
  return { header = header, claims = claims, input = head .. "." .. body, signature = bytes }
end

--- Checks the signature. The token does not choose: its algorithm must be one of those given. One
--- that must not be taken without knowing its extensions (`crit`, RFC 7515) is refused.
---@param token graphinvite.Jwt
---@param key any of graphinvite.crypto, a public one
---@param algorithms table<string, boolean> e.g. { RS256 = true }
---@return boolean?
---@return string? why
function M.verify(token, key, algorithms)
  local algorithm = token.header.alg
  if type(algorithm) ~= "string" or not algorithms[algorithm] then
    return nil, ("the algorithm %s is not allowed"):format(tostring(algorithm):sub(1, 20))
  end
  if token.header.crit ~= nil then
    return nil, "the token has extensions that are not known here"
  end
  local library, why = crypto()
  if not library then
    return nil, why
  end
  local good
  good, why = library.verify(algorithm, key, token.input, token.signature)
  if good then
    return true
  end
  return nil, why or "the signature is not the key's"
end

return M
