--- JSON Web Tokens in their compact form (reference 6.3 and 7.3). The algorithms are OpenSSL's.
local cjson = require("cjson").new()
local core = require "graphinvite.core"

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

local function object(text)
  local bytes = text:find("^[%w_-]+$") and core.base64_decode(text)
  local ok, value = pcall(cjson.decode, bytes or "")
  return ok and type(value) == "table" and value[1] == nil and value or nil
end

---@class graphinvite.Jwt
---@field header table
---@field claims table nobody has vouched for them yet
---@field input string what was signed
---@field signature string

--- Takes a token apart. Verifies nothing.
---@param text string
---@return graphinvite.Jwt?
---@return string? why
function M.decode(text)
  if #text > LONGEST then
    return nil, "the token is too long"
  end
  local head, body, signature = text:match("^([%w_-]+)%.([%w_-]+)%.([%w_-]*)$")
  local header, claims = object(head or ""), object(body or "")
  local bytes = signature and (signature == "" and "" or core.base64_decode(signature))
  if not header or not claims or not bytes then
    return nil, "not a JSON Web Token"
  end
  return { header = header, claims = claims, input = head .. "." .. body, signature = bytes }
end

--- Checks the signature. The token does not choose: its algorithm must be one of those given.
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
