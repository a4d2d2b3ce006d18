local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"
local keys = require "spec.support.keys"
local process = require "spec.support.process"
local rubbish = require "spec.support.rubbish"

local ENCRYPTED = "encrypted: give its passphrase"
local WRONG = "passphrase does not open"
local NO_KEY = "not a private key in PEM"

-- file, passphrase, and a part of why it is refused
local PRIVATE = {
  { "rsa.pem" }, { "rsa.pem", "not needed" }, { "rsa-pkcs1.pem" }, { "ec.pem" }, { "bundle.pem" },
  { "rsa-encrypted.pem", "sesame" }, { "rsa-pkcs1-encrypted.pem", "sesame" },
  { "rsa-encrypted.pem", nil, ENCRYPTED }, { "rsa-pkcs1-encrypted.pem", nil, ENCRYPTED },
  { "rsa-encrypted.pem", "open", WRONG }, { "rsa-pkcs1-encrypted.pem", "open", WRONG },
  { "rsa-encrypted.pem", "", WRONG }, { "rsa-pkcs1-encrypted.pem", "", WRONG },
  { "rsa-encrypted.pem", "sesame\0x", WRONG }, { "rsa-encrypted.pem", ("x"):rep(5000), WRONG },
  { "rsa.pub", nil, NO_KEY }, { "rsa.crt", nil, NO_KEY }, { "chain.p12", nil, NO_KEY },
}

local PUBLIC = {
  { "rsa.pub" }, { "rsa.crt" }, { "bundle.pem" },
  { "rsa.pem", "not a public key in PEM" }, { "rsa-encrypted.pem", "not a public key in PEM" },
  { "rsa-pkcs1-encrypted.pem", "not a public key in PEM" },
}

describe("crypto: keys", function()
  local files, rsa

  setup(function()
    files = keys.make()
    rsa = assert(crypto.private_key(files:read "rsa.pem"))
  end)

  teardown(function()
    files:remove()
  end)

  for _, row in ipairs(PRIVATE) do
    local name, passphrase, refusal = row[1], row[2], row[3]
    local how = passphrase and ("with the passphrase %q"):format(passphrase:sub(1, 10)) or "alone"
    local verb = refusal and "reads no" or "reads the"
    it(("%s private key from %s %s"):format(verb, name, how), function()
      local key, why = crypto.private_key(files:read(name), passphrase)
      if refusal then
        assert.is_nil(key)
        assert.matches(refusal, why, 1, true)
      else
        local expected = files:run(("openssl pkey -in %s -pubout -passin pass:sesame"):format(name))
        assert.equal(expected .. "\n", assert(key, why):pem())
      end
    end)
  end

  for _, row in ipairs(PUBLIC) do
    local name, refusal = row[1], row[2]
    it(("%s public key from %s"):format(refusal and "reads no" or "reads the", name), function()
      local key, why = crypto.public_key(files:read(name))
      if refusal then
        assert.is_nil(key)
        assert.matches(refusal, why, 1, true)
      else
        assert.equal(files:read "rsa.pub", assert(key, why):pem())
        local text, why_not = key:private_pem()
        assert.is_nil(text)
        assert.matches("no private half", why_not)
      end
    end)
  end

  it("asks nobody for a passphrase", function()
    files:write("ask.lua", ([[
      package.cpath = %q
      local crypto = require "graphinvite.crypto"
      for _, name in ipairs { "rsa-encrypted.pem", "rsa-pkcs1-encrypted.pem" } do
        local text = io.open(%q .. "/" .. name):read "*a"
        print(crypto.private_key(text), crypto.public_key(text), crypto.certificate(text))
      end]]):format(package.cpath, files.directory))
    -- without a terminal whoever asks reads standard input: one that never says anything
    local said = process.output(([[mkfifo %s/silence && exec 3<>%s/silence &&
      timeout 20 setsid -w %s <&3]]):format(files.directory, files.directory,
      process.lua(files.directory .. "/ask.lua")))
    local lines = 0
    for line in said:gmatch "[^\r\n]+" do
      lines = lines + 1
      assert.matches("^nil\tnil\tnil\t", line)
    end
    assert.equal(2, lines)
  end)

  it("writes a private key that the openssl command reads", function()
    files:write("written.pem", assert(rsa:private_pem()))
    assert.equal(files:read "rsa.pem", files:run "openssl pkey -in written.pem" .. "\n")
  end)

  it("makes new keys", function()
    local key = assert(crypto.generate(2048))
    assert.not_equal(key:pem(), assert(crypto.generate(2048)):pem())
    files:write("new.pem", assert(key:private_pem()))
    assert.matches("^RSA key ok", files:run "openssl rsa -in new.pem -check -noout")
    assert.matches("2048 bit", files:run "openssl rsa -in new.pem -text -noout")
    local signature = assert(crypto.sign("PS256", key, "x"))
    assert.is_true(crypto.verify("PS256", assert(crypto.public_key(key:pem())), "x", signature))
  end)

  for _, bits in ipairs { 0, 1024, 2047, 16385, -1, 0 / 0, 1 / 0 } do
    it(("raises for a new key of %s bits"):format(bits), function()
      assert.has_error(function() crypto.generate(bits) end)
    end)
  end

  describe("JWK", function()
    it("has the numbers that the openssl command tells", function()
      local jwk = assert(rsa:jwk())
      local modulus = core.base64_decode(jwk.n):gsub(".", function(byte)
        return ("%02X"):format(byte:byte())
      end)
      assert.equal(files:run "openssl rsa -in rsa.pem -modulus -noout", "Modulus=" .. modulus)
      assert.same({ kty = "RSA", n = jwk.n, e = "AQAB" }, jwk)
      assert.is_nil(jwk.n:find "[^%w_-]")
    end)

    it("comes and goes, other members do not matter", function()
      local jwk = assert(rsa:jwk())
      jwk.kid, jwk.use, jwk.x5c, jwk.d = "1", "sig", { "x" }, "secret"
      local key = assert(crypto.jwk(jwk))
      assert.equal(rsa:pem(), key:pem())
      assert.is_nil((key:private_pem()))
      assert.is_true(crypto.verify("RS256", key, "x", crypto.sign("RS256", rsa, "x")))
    end)

    it("is not made of a key that is no RSA key", function()
      local jwk, why = assert(crypto.private_key(files:read "ec.pem")):jwk()
      assert.is_nil(jwk)
      assert.matches("not an RSA key", why)
    end)

    local function number(bytes)
      return core.base64_encode(bytes, true)
    end

    local ODD = "\255" .. ("\1"):rep(255) -- 2048 bits
    local MUCH = ("A"):rep(2 ^ 20)
    local SHORT = ("\0"):rep(200) .. ODD:sub(1, 128)
    local REFUSED = {
      ["nothing"] = { {}, "another kty" },
      ["another kty"] = { { kty = "EC", n = number(ODD), e = "AQAB" }, "another kty" },
      ["a symmetric key"] = { { kty = "oct", k = "AQAB" }, "another kty" },
      ["a kty that is no text"] = { { kty = {}, n = number(ODD), e = "AQAB" }, "another kty" },
      ["a kty with a NUL"] = { { kty = "RSA\0", n = number(ODD), e = "AQAB" }, "another kty" },
      ["no n"] = { { kty = "RSA", e = "AQAB" }, "lacks n or e" },
      ["no e"] = { { kty = "RSA", n = number(ODD) }, "lacks n or e" },
      ["an n that is no text"] = { { kty = "RSA", n = {}, e = "AQAB" }, "lacks n or e" },
      ["an e that is a number"] = { { kty = "RSA", n = number(ODD), e = 65537 }, "lacks n or e" },
      ["an n that is no base64"] = { { kty = "RSA", n = "*", e = "AQAB" }, "n of the JWK is not" },
      ["an e that is no base64"] = { { kty = "RSA", n = number(ODD), e = "A" }, "e of the JWK is" },
      ["an empty n"] = { { kty = "RSA", n = "", e = "AQAB" }, "too short" },
      ["an n of 2047 bits"] =
        { { kty = "RSA", n = number("\127" .. ODD:sub(2)), e = "AQAB" }, "too short" },
      ["an n of 1024 bits after zeros"] =
        { { kty = "RSA", n = number(SHORT), e = "AQAB" }, "too short" },
      ["an n of 16392 bits"] =
        { { kty = "RSA", n = number("\1" .. ODD:rep(8)), e = "AQAB" }, "too long" },
      ["an n of a megabyte"] = { { kty = "RSA", n = MUCH, e = "AQAB" }, "too long" },
      ["an e of a megabyte"] = { { kty = "RSA", n = number(ODD), e = MUCH }, "too long" },
      ["an even n"] =
        { { kty = "RSA", n = number(ODD:sub(1, -2) .. "\2"), e = "AQAB" }, "no RSA key" },
      ["an even e"] = { { kty = "RSA", n = number(ODD), e = number "\4" }, "no RSA key" },
      ["an empty e"] = { { kty = "RSA", n = number(ODD), e = "" }, "no RSA key" },
      ["an e of 1"] = { { kty = "RSA", n = number(ODD), e = "AQ" }, "no RSA key" },
      ["an e of 72 bits"] =
        { { kty = "RSA", n = number(ODD), e = number(("\1"):rep(9)) }, "no RSA key" },
    }
    for name, row in pairs(REFUSED) do
      it("refuses " .. name, function()
        local key, why = crypto.jwk(row[1])
        assert.is_nil(key)
        assert.matches(row[2], why, 1, true)
      end)
    end

    it("raises for what is no table", function()
      assert.has_error(function() crypto.jwk "RSA" end)
    end)
  end)

  it("answers rubbish with a reason", function()
    for _, name in ipairs { "rsa.pem", "rsa-encrypted.pem", "rsa.pub", "rsa.crt" } do
      rubbish.each(files:read(name), function(what, bytes)
        for reader, read in pairs { private = crypto.private_key, public = crypto.public_key } do
          local key, why = read(bytes, "sesame")
          if key == nil then
            assert.equal("string", type(why), name .. " " .. what)
            assert.is_nil(why:find("memory", 1, true), name .. " " .. what .. " " .. reader)
          else
            assert.matches("^%-%-%-%-%-BEGIN PUBLIC KEY", assert(key:pem()))
          end
        end
      end)
    end
  end)

  it("answers a JWK of rubbish with a reason", function()
    rubbish.each(assert(rsa:jwk()).n, function(what, bytes)
      local key, why = crypto.jwk { kty = "RSA", n = bytes, e = "AQAB" }
      assert.is_true(key ~= nil or type(why) == "string", what)
      key, why = crypto.jwk { kty = "RSA", n = rsa:jwk().n, e = bytes }
      assert.is_true(key ~= nil or type(why) == "string", what)
    end)
  end)
end)
