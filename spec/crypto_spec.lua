local crypto = require "graphinvite.crypto"
local keys = require "spec.support.keys"

local DATA = "a token's header.and its claims \0\255"

-- the algorithm, and how the openssl command is told of it
local ALGORITHMS = {
  { "PS256", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256" },
  { "RS256", "-sigopt rsa_padding_mode:pkcs1" },
}

-- signatures of another kind, made by the openssl command: all are refused as both algorithms
local FOREIGN = {
  { "PSS without salt", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:0" },
  { "PSS with a short salt", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20" },
  { "PSS with a long salt", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:max" },
  { "PSS with MGF1 of SHA-1", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 "
    .. "-sigopt rsa_mgf1_md:sha1" },
  { "PSS with SHA-512", "-sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32" },
  { "PKCS#1 with SHA-1", "-sha1" },
  { "PKCS#1 with SHA-512", "-sha512" },
}

local function flip(text, at)
  local byte = text:byte(at)
  local other = string.char(byte % 2 == 0 and byte + 1 or byte - 1)
  return text:sub(1, at - 1) .. other .. text:sub(at + 1)
end

local DAMAGES = {
  { "empty", function() return "" end },
  { "short by a byte", function(s) return s:sub(1, -2) end },
  { "long by a byte", function(s) return s .. "\0" end },
  { "doubled", function(s) return s .. s end },
  { "all zero", function(s) return ("\0"):rep(#s) end },
  { "all ones", function(s) return ("\255"):rep(#s) end },
  { "another in its first byte", function(s) return flip(s, 1) end },
  { "another in its last byte", function(s) return flip(s, #s) end },
}

describe("crypto: signatures", function()
  local files, private, public

  setup(function()
    files = keys.make()
    private = assert(crypto.private_key(files:read "rsa.pem"))
    public = assert(crypto.public_key(files:read "rsa.pub"))
    files:write("data", DATA)
  end)

  teardown(function()
    files:remove()
  end)

  for _, row in ipairs(ALGORITHMS) do
    local algorithm, options = row[1], row[2]

    it("signs as " .. algorithm .. " what the openssl command verifies", function()
      files:write("signature", assert(crypto.sign(algorithm, private, DATA)))
      local command = "openssl dgst -sha256 %s -verify %s -signature signature data"
      assert.equal("Verified OK", files:run(command:format(options, "rsa.pub")))
      assert.matches("Verification failure$", files:run(command:format(options, "other.pub")))
    end)

    it("verifies as " .. algorithm .. " what the openssl command has signed", function()
      files:run(("openssl dgst -sha256 %s -sign rsa.pem -out signature data"):format(options))
      assert.is_true(crypto.verify(algorithm, public, DATA, files:read "signature"))
      assert.is_true(crypto.verify(algorithm, private, DATA, files:read "signature"))
    end)

    it("refuses as " .. algorithm .. " other data and another key", function()
      local signature = assert(crypto.sign(algorithm, private, DATA))
      local other = assert(crypto.public_key(files:read "other.pub"))
      assert.is_true(crypto.verify(algorithm, public, DATA, signature))
      assert.is_false(crypto.verify(algorithm, other, DATA, signature))
      for _, data in ipairs { "", DATA:sub(2), DATA .. " ", flip(DATA, 1), flip(DATA, #DATA) } do
        assert.is_false(crypto.verify(algorithm, public, data, signature))
      end
    end)

    for _, damage in ipairs(DAMAGES) do
      it("refuses as " .. algorithm .. " a signature that is " .. damage[1], function()
        local signature = assert(crypto.sign(algorithm, private, DATA))
        assert.is_false(crypto.verify(algorithm, public, DATA, damage[2](signature)))
      end)
    end

    for _, foreign in ipairs(FOREIGN) do
      it("refuses as " .. algorithm .. " " .. foreign[1], function()
        files:run(("openssl dgst %s -sign rsa.pem -out foreign data"):format(foreign[2]))
        assert.is_false(crypto.verify(algorithm, public, DATA, files:read "foreign"))
        files:run "rm foreign"
      end)
    end

    it("signs and verifies empty and large data as " .. algorithm, function()
      for _, data in ipairs { "", ("x"):rep(2 ^ 22) } do
        local signature = assert(crypto.sign(algorithm, private, data))
        assert.is_true(crypto.verify(algorithm, public, data, signature))
        assert.is_false(crypto.verify(algorithm, public, data .. "x", signature))
      end
    end)
  end

  it("takes no signature of one algorithm for the other", function()
    local signature = assert(crypto.sign("PS256", private, DATA))
    assert.is_false(crypto.verify("RS256", public, DATA, signature))
    signature = assert(crypto.sign("RS256", private, DATA))
    assert.is_false(crypto.verify("PS256", public, DATA, signature))
  end)

  it("salts PS256 anew each time, and RS256 not at all", function()
    assert.not_equal(crypto.sign("PS256", private, DATA), crypto.sign("PS256", private, DATA))
    assert.equal(crypto.sign("RS256", private, DATA), crypto.sign("RS256", private, DATA))
  end)

  for _, algorithm in ipairs {
    "none", "", "ps256", "PS256 ", "PS256\0", "PS384", "RS512", "HS256", "ES256",
  } do
    it(("has no algorithm %q"):format(algorithm), function()
      local why = "the algorithm must be PS256 or RS256"
      assert.same({ nil, why }, { crypto.sign(algorithm, private, DATA) })
      assert.same({ nil, why }, { crypto.verify(algorithm, public, DATA, "x") })
    end)
  end

  local UNFIT = { ["ec.pem"] = "not an RSA key", ["pss.pem"] = "not an RSA key",
                  ["short.pem"] = "too short: it must have 2048 bits" }
  for name, pattern in pairs(UNFIT) do
    it("neither signs nor verifies with " .. name, function()
      local key = assert(crypto.private_key(files:read(name)))
      for _, row in ipairs(ALGORITHMS) do
        local signature, why = crypto.sign(row[1], key, DATA)
        assert.is_nil(signature)
        assert.matches(pattern, why)
        local good, why_not = crypto.verify(row[1], key, DATA, "x")
        assert.is_nil(good)
        assert.equal(why, why_not)
      end
    end)
  end

  it("does not sign with a public key", function()
    local signature, why = crypto.sign("PS256", public, DATA)
    assert.is_nil(signature)
    assert.matches("the private key signs", why)
  end)

  it("raises for arguments of another type", function()
    local certificate = assert(crypto.certificate(files:read "rsa.crt"))
    for _, call in ipairs {
      { crypto.sign }, { crypto.sign, "PS256" }, { crypto.sign, "PS256", "rsa.pem", "x" },
      { crypto.sign, "PS256", certificate, "x" }, { crypto.sign, "PS256", private, {} },
      { crypto.verify, "PS256", private, "x" }, { crypto.verify, {}, private, "x", "x" },
      { crypto.sign, "PS256", io.stdout, "x" }, { crypto.digest, "md5", "x" }, { crypto.digest },
      { crypto.random, "many" }, { crypto.random, -1 }, { crypto.random, 0 / 0 },
      { crypto.random, 2 ^ 20 + 1 },
    } do
      local ok, message = pcall((table.unpack or unpack)(call))
      assert.is_false(ok)
      assert.matches("bad argument #%d", message)
    end
  end)

  it("raises for a key that was finalized by hand", function()
    local key = assert(crypto.private_key(files:read "rsa.pem"))
    key:__gc()
    key:__gc()
    assert.has_error(function() crypto.sign("PS256", key, DATA) end)
    assert.has_error(function() key:pem() end)
  end)
end)

describe("crypto", function()
  it("is all in the types for editors", function()
    local file = assert(io.open "lua/graphinvite/meta/crypto.lua")
    local text = file:read "*a"
    file:close()
    local made = assert(crypto.self_signed { names = { "a" }, days = 1 })
    for object, value in pairs {
      ["crypto."] = crypto,
      ["key:"] = getmetatable(crypto.private_key(made.key)),
      ["certificate:"] = getmetatable(crypto.certificate(made.certificate)),
    } do
      local described, present = {}, {}
      for name in text:gmatch("\nfunction " .. object:gsub("%.", "%%.") .. "([%w_]+)") do
        described[name] = true
      end
      for name in pairs(value) do
        present[name] = not name:find "^__" or nil
      end
      assert.same(present, described)
    end
  end)

  it("gives as many random bytes as are wanted, others each time", function()
    for _, n in ipairs { 0, 1, 32, 65536, 2 ^ 20 } do
      assert.equal(n, #crypto.random(n))
    end
    assert.not_equal(crypto.random(32), crypto.random(32))
  end)

  local DIGESTS = {
    { "sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "sha1", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    { "sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
  }
  for _, row in ipairs(DIGESTS) do
    it(("digests %q as %s"):format(row[2], row[1]), function()
      local hex = crypto.digest(row[1], row[2]):gsub(".", function(byte)
        return ("%02x"):format(byte:byte())
      end)
      assert.equal(row[3], hex)
    end)
  end
end)
