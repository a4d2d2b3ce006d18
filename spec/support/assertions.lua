--- Client assertions, made by the openssl command with the files of spec/support/keys.lua.
local process = require "spec.support.process"

local M = {}

local BASE64 = "openssl base64 -A | tr '+/' '-_' | tr -d '='"

local SIGN = {
  RS256 = "openssl dgst -sha256 -sign %s",
  PS256 = "openssl dgst -sha256 -sign %s -sigopt rsa_padding_mode:pss"
    .. " -sigopt rsa_pss_saltlen:digest",
  HS256 = "openssl dgst -sha256 -binary -mac HMAC"
    .. " -macopt hexkey:$(od -An -v -tx1 %s | tr -d ' \\n')",
  none = ": %s; cat > /dev/null",
}

-- JSON of a flat object. No fraction is wanted.
local function encode(object)
  local parts = {}
  for name, value in pairs(object) do
    local text = type(value) == "number" and ("%d"):format(value) or '"' .. tostring(value) .. '"'
    parts[#parts + 1] = value ~= false and ('"%s":%s'):format(name, text) or nil
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- The thumbprint of a certificate as a header has it.
---@param keys table of spec/support/keys.lua
---@param name string file
---@param digest "sha256"|"sha1"
---@return string
function M.thumbprint(keys, name, digest)
  return keys:run(("openssl x509 -in %s -outform DER | openssl dgst -%s -binary | %s"):format(
    name, digest, BASE64))
end

--- Makes a JSON Web Token.
---@param keys table
---@param key string file with the key
---@param header table its alg says how it is signed; a member that is false is left out
---@param claims table
---@param algorithm string? in place of the header's
---@return string
function M.make(keys, key, header, claims, algorithm)
  local sign = SIGN[algorithm or header.alg] or SIGN.RS256
  return keys:run(([[input=$(printf %%s %s | %s).$(printf %%s %s | %s)
printf %%s.%%s "$input" "$(printf %%s "$input" | { %s; } | %s)"]]):format(
    process.quote(encode(header)), BASE64, process.quote(encode(claims)), BASE64,
    sign:format(key), BASE64))
end

return M
