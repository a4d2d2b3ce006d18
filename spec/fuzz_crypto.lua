--- Judges one input of fuzz_script.c: the first byte chooses who reads the rest. Whatever that is,
-- it is read as something that is whole, or its refusal is explained.
local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"

-- The value; or nil, and then there must be a reason.
local function explained(value, why)
  if value == nil then
    assert(type(why) == "string" and #why > 0, "a refusal without a reason")
  end
  return value
end

local function judge_key(key)
  local pem = explained(key:pem())
  if pem then
    assert(crypto.public_key(pem):pem() == pem, "another key came back")
  end
  explained(key:private_pem())
  local jwk = explained(key:jwk())
  local again = jwk and explained(crypto.jwk(jwk))
  if again then
    assert(again:pem() == pem, "the JWK is another key")
  end
  explained(crypto.sign("PS256", key, "data"))
  explained(crypto.verify("RS256", key, "data", "signature"))
end

local function judge_certificate(certificate)
  local der = assert(certificate:der())
  assert(crypto.digest("sha256", der) == certificate:thumbprint "sha256", "another thumbprint")
  assert(crypto.certificate(certificate:pem()):der() == der, "another certificate came back")
  for _, method in ipairs { "subject", "not_before", "not_after" } do
    explained(certificate[method](certificate))
  end
  local key = explained(certificate:public_key())
  if key then
    judge_key(key)
  end
end

local function certificate(text)
  local value = explained(crypto.certificate(text))
  if value then
    judge_certificate(value)
  end
end

local READERS = {
  c = certificate,
  d = function(bytes)
    certificate("-----BEGIN CERTIFICATE-----\n" .. core.base64_encode(bytes):gsub(
      ("."):rep(64), "%0\n") .. "\n-----END CERTIFICATE-----\n")
  end,
  k = function(text)
    local key = explained(crypto.private_key(text)) -- a passphrase may take hours of rounds
    if key then
      judge_key(key)
    end
  end,
  p = function(text)
    local key = explained(crypto.public_key(text))
    if key then
      judge_key(key)
    end
  end,
  j = function(text)
    local n, e = text:match "^([^.]*)%.(.*)$"
    local key = explained(crypto.jwk { kty = "RSA", n = n, e = e })
    if key then
      judge_key(key)
    end
  end,
  b = function(text)
    local bytes = explained(core.base64_decode(text))
    if bytes then
      assert(core.base64_decode(core.base64_encode(bytes)) == bytes, "other bytes came back")
      assert(core.base64_decode(core.base64_encode(bytes, true)) == bytes, "other bytes came back")
    end
  end,
}

return function(input)
  local reader = READERS[input:sub(1, 1)]
  if reader then
    reader(input:sub(2))
  end
end
