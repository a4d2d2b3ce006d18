local cjson = require "cjson"
local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"
local jwt = require "graphinvite.jwt"
local keys = require "spec.support.keys"

local BOTH = { RS256 = true, PS256 = true }

local function part(text)
  return core.base64_encode(text, true)
end

local function join(...)
  return table.concat({ ... }, ".")
end

local HEADER, CLAIMS = part '{"alg":"RS256","kid":"k"}', part '{"sub":"a"}'

describe("jwt.encode", function()
  local files, private, public

  setup(function()
    files = keys.make()
    private = assert(crypto.private_key(files:read "rsa.pem"))
    public = assert(crypto.public_key(files:read "rsa.pub"))
  end)

  teardown(function()
    files:remove()
  end)

  for _, algorithm in ipairs { "PS256", "RS256" } do
    it("gives what decode and verify take: " .. algorithm, function()
      local header = { alg = algorithm, typ = "JWT", kid = "k", x5c = { "a/b+c==" } }
      local claims = { sub = "a", aud = "https://a.example/b", exp = 1767225600 }
      local token = assert(jwt.decode(assert(jwt.encode(header, claims, private))))
      assert.same(header, token.header)
      assert.same(claims, token.claims)
      assert.is_true(jwt.verify(token, public, { [algorithm] = true }))
    end)
  end

  -- algorithm, what the openssl command is told of it
  local OPENSSL = {
    { "PS256", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32" },
    { "RS256", "-sigopt rsa_padding_mode:pkcs1" },
  }
  for _, row in ipairs(OPENSSL) do
    it("makes a token that the openssl command verifies: " .. row[1], function()
      local token = assert(jwt.decode(assert(jwt.encode({ alg = row[1] }, { sub = "a" }, private))))
      files:write("input", token.input)
      files:write("signature", token.signature)
      assert.equal("Verified OK", files:run(("openssl dgst -sha256 %s -verify rsa.pub "
        .. "-signature signature input"):format(row[2])))
    end)
  end

  it("writes times with all their digits and without an exponent", function()
    local text = assert(jwt.encode({ alg = "RS256" }, { exp = 4102444800, nbf = 0 }, private))
    local written = core.base64_decode(text:match "%.([^.]+)%.")
    assert.is_truthy(written:find('"exp":4102444800', 1, true), written)
  end)

  for _, algorithm in ipairs { "none", "HS256", "ES256", "" } do
    it(("signs nothing as %q"):format(algorithm), function()
      local text, why = jwt.encode({ alg = algorithm }, {}, private)
      assert.is_nil(text)
      assert.matches("PS256 or RS256", why)
    end)
  end

  it("signs nothing with a public key", function()
    local text, why = jwt.encode({ alg = "RS256" }, {}, public)
    assert.is_nil(text)
    assert.matches("private key", why)
  end)
end)

describe("jwt.decode", function()
  it("takes a token apart and vouches for nothing", function()
    assert.same({
      header = { alg = "RS256", kid = "k" }, claims = { sub = "a" },
      input = join(HEADER, CLAIMS), signature = "\1\2\3",
    }, jwt.decode(join(HEADER, CLAIMS, part "\1\2\3")))
  end)

  it("takes one without a signature", function()
    assert.equal("", jwt.decode(join(HEADER, CLAIMS, "")).signature)
  end)

  local good = join(HEADER, CLAIMS, "AAAA")
  -- what is wrong, the text
  local WRONG = {
    { "nothing", "" },
    { "no parts", "abc" },
    { "dots alone", ".." },
    { "two parts", join(HEADER, CLAIMS) },
    { "four parts", join(HEADER, CLAIMS, "AAAA", "AAAA") },
    { "five parts", join(HEADER, CLAIMS, "AAAA", "AAAA", "AAAA") },
    { "a dot at its end", good .. "." },
    { "a dot in front", "." .. good },
    { "a space at its end", good .. " " },
    { "a line end", good .. "\n" },
    { "a byte NUL", good .. "\0" },
    { "rubbish behind it", good .. "!" },
    { "padding", join(HEADER, CLAIMS, "AAA=") },
    { "the other alphabet", join(HEADER, CLAIMS, "AA+/") },
    { "a signature of no such length", join(HEADER, CLAIMS, "AAAAA") },
    { "a signature with bits behind its end", join(HEADER, CLAIMS, "AB") },
    { "a header with bits behind its end", join(part '{"a":1}' :gsub("Q$", "R"), CLAIMS, "AAAA") },
    { "a header that is no JSON", join(part "x", CLAIMS, "AAAA") },
    { "claims that are no JSON", join(HEADER, part '{"sub":', "AAAA") },
    { "JSON with rubbish behind it", join(HEADER, part '{"sub":"a"}x', "AAAA") },
    { "an array for a header", join(part "[]", CLAIMS, "AAAA") },
    { "an array of claims", join(HEADER, part '["a"]', "AAAA") },
    { "an empty array of claims", join(HEADER, part "[]", "AAAA") },
    { "a text for claims", join(HEADER, part '"a"', "AAAA") },
    { "null for claims", join(HEADER, part "null", "AAAA") },
    { "a number without value", join(HEADER, part '{"exp":NaN}', "AAAA") },
    { "a depth without end", join(HEADER, part('{"a":' .. ("["):rep(20000)), "AAAA") },
    { "more than any has", join(HEADER, part('{"a":"' .. ("x"):rep(70000) .. '"}'), "AA") },
  }
  for _, row in ipairs(WRONG) do
    it("refuses " .. row[1], function()
      local token, why = jwt.decode(row[2])
      assert.is_nil(token)
      assert.is_string(why)
      assert.is_true(#why < 100)
    end)
  end

  for _, value in ipairs { 5, true, {} } do
    it("refuses a " .. type(value), function()
      assert.is_nil((jwt.decode(value)))
    end)
  end

  it("refuses nil", function()
    assert.is_nil((jwt.decode(nil)))
  end)
end)

describe("jwt.verify", function()
  local files, private, public, other

  setup(function()
    files = keys.make()
    private = assert(crypto.private_key(files:read "rsa.pem"))
    public = assert(crypto.public_key(files:read "rsa.pub"))
    other = assert(crypto.public_key(files:read "other.pub"))
  end)

  teardown(function()
    files:remove()
  end)

  local function decoded(header, signature)
    local input = join(part(header), CLAIMS)
    return assert(jwt.decode(join(input, part(signature or assert(
      crypto.sign("RS256", private, input))))))
  end

  it("takes what the key has signed, and nothing else", function()
    local token = decoded '{"alg":"RS256"}'
    assert.is_true(jwt.verify(token, public, BOTH))
    assert.is_nil((jwt.verify(token, other, BOTH)))
    token.input = token.input:sub(1, -2)
    assert.is_nil((jwt.verify(token, public, BOTH)))
  end)

  it("takes only an algorithm that was allowed, whatever the token says", function()
    local token = decoded '{"alg":"RS256"}'
    for _, allowed in ipairs { {}, { PS256 = true }, { RS256 = false } } do
      local good, why = jwt.verify(token, public, allowed)
      assert.is_nil(good)
      assert.matches("not allowed", why)
    end
  end)

  it("takes no signature of one algorithm for the other", function()
    assert.is_nil((jwt.verify(decoded '{"alg":"PS256"}', public, BOTH)))
  end)

  for _, header in ipairs {
    "{}", '{"alg":null}', '{"alg":5}', '{"alg":["RS256"]}', '{"alg":""}', '{"alg":"none"}',
    '{"alg":"None"}', '{"alg":"rs256"}', '{"alg":"RS256 "}', '{"ALG":"RS256"}', '{"alg":"HS256"}',
  } do
    it("refuses the header " .. header, function()
      assert.is_nil((jwt.verify(decoded(header), public, BOTH)))
      assert.is_nil((jwt.verify(decoded(header, ""), public, BOTH)))
    end)
  end

  -- Even a caller who allows them gets neither: there is no such algorithm here.
  it("knows neither none nor an HMAC", function()
    local allowed = { none = true, HS256 = true }
    assert.is_nil((jwt.verify(decoded('{"alg":"none"}', ""), public, allowed)))
    files:write("input", join(part '{"alg":"HS256"}', CLAIMS))
    files:run "openssl dgst -sha256 -hmac \"$(cat rsa.pub)\" -binary -out mac input"
    assert.is_nil((jwt.verify(decoded('{"alg":"HS256"}', files:read "mac"), public, allowed)))
  end)

  it("refuses extensions that it does not know", function()
    local good, why = jwt.verify(decoded '{"alg":"RS256","crit":["b64"],"b64":true}', public, BOTH)
    assert.is_nil(good)
    assert.matches("extensions", why)
  end)

  it("refuses keys of another kind", function()
    local key = assert(crypto.private_key(files:read "ec.pem"))
    local good, why = jwt.verify(decoded '{"alg":"RS256"}', key, BOTH)
    assert.is_nil(good)
    assert.matches("RSA", why)
  end)

  it("reads a public key of a published set", function()
    local row = public:jwk()
    assert.is_true(jwt.verify(decoded '{"alg":"RS256"}', assert(jwt.key(row)), BOTH))
    for _, wrong in ipairs {
      {}, { kty = "RSA" }, { kty = "oct", k = "AAAA" }, { kty = "RSA", n = 5 },
      { kty = "RSA", n = "!", e = "AQAB" }, { kty = "RSA", n = cjson.null, e = {} },
    } do
      local key, why = jwt.key(wrong)
      assert.is_nil(key)
      assert.is_string(why)
    end
  end)
end)
