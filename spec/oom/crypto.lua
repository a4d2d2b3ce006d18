--- Keys, signatures and certificates: OpenSSL's memory counts as C's.
local frame = ...
local case, always, faults = frame.case, frame.always, frame.faults

local function read(name)
  local file = assert(io.open("spec/fixtures/" .. name, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

local RSA, ENCRYPTED, BOX = read "rsa-key.pem", read "ec-key-encrypted.pem", read "ec-key.p12"

-- A case whose work is steps: each gets what the one before has returned. make(crypto) gives them.
local function steps(title, make)
  case(title, function()
    return always(function()
      local crypto = require "graphinvite.crypto"
      local list = { make(crypto) }
      return function()
        local value, why
        for _, step in ipairs(list) do
          value, why = step(value)
          if value == nil then
            return nil, why
          end
        end
        return value
      end
    end)
  end)
end

-- A step that calls a method.
local function method(name, argument)
  return function(object)
    return object[name](object, argument)
  end
end

steps("a private key", function(crypto)
  return function() return crypto.private_key(RSA) end, method "pem"
end)

steps("a private key that is encrypted", function(crypto)
  return function() return crypto.private_key(ENCRYPTED, "sesame") end, method "private_pem"
end)

steps("a public key", function(crypto)
  local pem = crypto.private_key(RSA):pem()
  return function() return crypto.public_key(pem) end, method "jwk"
end)

steps("a JWK", function(crypto)
  local jwk = crypto.private_key(RSA):jwk()
  return function() return crypto.jwk(jwk) end, method "pem"
end)

for _, algorithm in ipairs { "PS256", "RS256" } do
  steps("sign and verify " .. algorithm, function(crypto)
    local key = crypto.private_key(RSA)
    return function() return crypto.sign(algorithm, key, "data") end,
      function(signature) return crypto.verify(algorithm, key, "data", signature) end
  end)

  steps("refuse a signature as " .. algorithm, function(crypto)
    local key = crypto.private_key(RSA)
    local signature = crypto.sign(algorithm, key, "data")
    return function() return crypto.verify(algorithm, key, "date", signature) end
  end)
end

steps("PKCS#12", function(crypto)
  return function() return crypto.pkcs12(BOX, "sesame") end,
    function(box) return box.chain[1]:subject() end
end)

steps("a certificate", function(crypto)
  local pem = crypto.pkcs12(BOX, "sesame").certificate:pem()
  return function() return crypto.certificate(pem) end, method "pem"
end)

for _, call in ipairs {
  { "der" }, { "thumbprint", "sha1" }, { "thumbprint", "sha256" }, { "subject" },
} do
  steps("of a certificate, " .. table.concat(call, " "), function(crypto)
    local certificate = crypto.pkcs12(BOX, "sesame").certificate
    return function() return certificate[call[1]](certificate, call[2]) end
  end)
end

steps("of a certificate, the public key", function(crypto)
  local certificate = crypto.pkcs12(BOX, "sesame").certificate
  return function() return certificate:public_key() end, method "pem"
end)

-- Another one each time, so nothing is compared.
case("a certificate that signs itself", function()
  local crypto = require "graphinvite.crypto"
  return function()
    return crypto.self_signed { names = { "localhost", "127.0.0.1" }, days = 1, now = 0 }
  end, function(made, why)
    assert(made, why)
    assert(made.certificate:find "BEGIN CERTIFICATE" and made.key:find "BEGIN PRIVATE KEY")
  end
end)

case("random bytes", function()
  return always(function()
    local crypto = require "graphinvite.crypto"
    return function()
      local bytes, why = crypto.random(32)
      return bytes and #bytes, why
    end
  end)
end)

steps("a digest", function(crypto)
  return function() return crypto.digest("sha256", "data") end
end)

case("what is refused", function()
  return always(function()
    local crypto = require "graphinvite.crypto"
    local ec = crypto.private_key(ENCRYPTED, "sesame")
    return faults {
      { crypto.private_key, "rubbish" }, { crypto.private_key, ENCRYPTED },
      { crypto.private_key, ENCRYPTED, "open" }, { crypto.public_key, RSA },
      { crypto.certificate, RSA }, { crypto.pkcs12, RSA }, { crypto.pkcs12, BOX, "open" },
      { crypto.jwk, { kty = "EC" } }, { crypto.jwk, { kty = "RSA", n = "AQAB", e = "AQAB" } },
      { crypto.sign, "PS256", ec, "data" }, { crypto.sign, "none", ec, "data" },
      { crypto.self_signed, { names = { "a b" }, days = 1 } },
      { crypto.self_signed, { names = { "a" }, days = 1, common_name = "" } },
    }
  end)
end)
