local crypto = require "graphinvite.crypto"
local keys = require "spec.support.keys"
local rubbish = require "spec.support.rubbish"

local function hex(bytes)
  return (bytes:gsub(".", function(byte)
    return ("%02X"):format(byte:byte())
  end))
end

describe("crypto: certificates", function()
  local files, certificate

  setup(function()
    files = keys.make()
    certificate = assert(crypto.certificate(files:read "rsa.crt"))
  end)

  teardown(function()
    files:remove()
  end)

  -- what the openssl command tells of a certificate
  local function told(option, name)
    return files:run(("openssl x509 -in %s -noout %s"):format(name or "rsa.crt", option))
  end

  for _, digest in ipairs { "sha1", "sha256" } do
    it("has the thumbprint that openssl prints, by " .. digest, function()
      local printed = told("-fingerprint -" .. digest):match("=(.*)$"):gsub(":", "")
      assert.equal(printed, hex(certificate:thumbprint(digest)))
      assert.equal(printed, hex(crypto.digest(digest, certificate:der())))
    end)
  end

  it("has the dates that openssl prints", function()
    for method, option in pairs { not_before = "-startdate", not_after = "-enddate" } do
      local printed = told(option):match "=(.*)$"
      local epoch = files:run(("date -d '%s' +%%s"):format(printed))
      assert.equal(epoch, ("%d"):format(certificate[method](certificate)))
    end
  end)

  it("tells its subject as in RFC 2253", function()
    assert.equal('CN=K\\C3\\A4the,O=Contoso\\, \\"Ltd\\",C=DE', certificate:subject())
    assert.equal(told "-subject -nameopt RFC2253", "subject=" .. certificate:subject())
  end)

  it("is written as it was read", function()
    assert.equal(files:read "rsa.crt", certificate:pem())
    files:run "openssl x509 -in rsa.crt -outform DER -out rsa.der"
    assert.equal(files:read "rsa.der", certificate:der())
  end)

  it("gives its public key, which cannot sign", function()
    local key = assert(certificate:public_key())
    assert.equal(files:read "rsa.pub", key:pem())
    assert.is_nil((crypto.sign("PS256", key, "x")))
  end)

  it("is the first one of a text with many", function()
    assert.equal(files:read "rsa.crt", assert(crypto.certificate(files:read "bundle.pem")):pem())
  end)

  it("outlives its text and its key", function()
    local key = assert(crypto.certificate(files:read "rsa.crt")):public_key()
    collectgarbage()
    collectgarbage()
    assert.equal(files:read "rsa.pub", key:pem())
  end)

  for _, name in ipairs { "rsa.pem", "rsa.pub", "chain.p12" } do
    it("is not read from " .. name, function()
      local value, why = crypto.certificate(files:read(name))
      assert.is_nil(value)
      assert.matches("-----BEGIN CERTIFICATE-----", why, 1, true)
    end)
  end

  it("raises for another digest, and once it was finalized by hand", function()
    assert.has_error(function() certificate:thumbprint "md5" end)
    assert.has_error(function() certificate:thumbprint() end)
    local gone = assert(crypto.certificate(files:read "rsa.crt"))
    gone:__gc()
    gone:__gc()
    for _, method in ipairs { "der", "pem", "public_key", "not_before", "not_after", "subject" } do
      assert.has_error(function() gone[method](gone) end)
    end
  end)

  it("answers rubbish with a reason", function()
    rubbish.each(files:read "rsa.crt", function(what, bytes)
      local value, why = crypto.certificate(bytes)
      if value == nil then
        assert.equal("string", type(why), what)
        assert.is_nil(why:find("memory", 1, true), what)
      else
        for _, method in ipairs { "der", "pem", "public_key", "not_before", "subject" } do
          local result, reason = value[method](value)
          assert.is_true(result ~= nil or type(reason) == "string", what)
        end
      end
    end)
  end)

  describe("PKCS#12", function()
    it("gives key, certificate and chain", function()
      local box = assert(crypto.pkcs12(files:read "chain.p12", "sesame"))
      assert.equal(files:read "rsa.pem", box.key:private_pem())
      assert.equal(files:read "rsa.crt", box.certificate:pem())
      assert.equal(1, #box.chain)
      assert.equal(files:read "other.crt", box.chain[1]:pem())
      local signature = assert(crypto.sign("PS256", box.key, "x"))
      assert.is_true(crypto.verify("PS256", box.certificate:public_key(), "x", signature))
    end)

    it("needs no password where it has none", function()
      for _, password in ipairs { false, "" } do
        local box = assert(crypto.pkcs12(files:read "open.p12", password or nil))
        assert.equal(files:read "rsa.crt", box.certificate:pem())
        assert.same({}, box.chain)
      end
    end)

    local REFUSED = {
      { "chain.p12", nil, "has a password: give it" },
      { "chain.p12", "open", "the password does not open" },
      { "chain.p12", "", "the password does not open" },
      { "open.p12", "sesame", "the password does not open" },
      { "legacy.p12", "sesame", "convert it: openssl pkcs12 -legacy -in OLD -out PEM" },
      { "legacy.p12", "open", "the password does not open" },
      { "keyless.p12", "sesame", "holds no private key" },
      { "bare.p12", "sesame", "holds no certificate" },
      { "rsa.crt", "sesame", "not PKCS#12: give the bytes of a .pfx or .p12 file" },
    }
    for _, row in ipairs(REFUSED) do
      it(("does not open %s with %s"):format(row[1], tostring(row[2])), function()
        local box, why = crypto.pkcs12(files:read(row[1]), row[2])
        assert.is_nil(box)
        assert.matches(row[3], why, 1, true)
      end)
    end

    it("is read once it was converted as the message says", function()
      files:run("openssl pkcs12 -legacy -in legacy.p12 -out both.pem -passin pass:sesame "
        .. "-passout pass:open; openssl pkcs12 -export -in both.pem -out new.p12 "
        .. "-passin pass:open -passout pass:sesame")
      local box = assert(crypto.pkcs12(files:read "new.p12", "sesame"))
      assert.equal(files:read "rsa.crt", box.certificate:pem())
    end)

    it("raises for a password with a NUL", function()
      assert.has_error(function() crypto.pkcs12(files:read "chain.p12", "a\0b") end)
    end)

    it("answers rubbish with a reason", function()
      rubbish.each(files:read "chain.p12", function(what, bytes)
        local box, why = crypto.pkcs12(bytes, "sesame")
        if box == nil then
          assert.equal("string", type(why), what)
          assert.is_nil(why:find("memory", 1, true), what)
        end
      end)
    end)
  end)
end)
