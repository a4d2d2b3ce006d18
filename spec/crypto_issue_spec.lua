local crypto = require "graphinvite.crypto"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"

local SERVER = [[
  listen unix:DIR/socket ssl;
  ssl_certificate DIR/made.pem;
  ssl_certificate_key DIR/made.key;
  location / { return 200 "served"; }
]]

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- a directory with made.pem and made.key
local function make(options)
  local directory = process.directory()
  local made = assert(crypto.self_signed(options))
  write(directory .. "/made.pem", made.certificate)
  write(directory .. "/made.key", made.key)
  return directory, made
end

-- What the curl command gets from a server with such a certificate, or its exit status.
local function fetch(options, url, trust)
  local directory = make(options)
  local server = nginx.start(SERVER, directory)
  local command = "curl -s --noproxy '*' --unix-socket %s %s %s || echo \" $?\""
  local said = process.output(command:format(server.socket,
    trust and "--cacert " .. directory .. "/made.pem" or "", url))
  server:stop()
  return said
end

describe("crypto.self_signed", function()
  local NAMES = { "localhost", "*.wild.example", "127.0.0.1", "::1" }
  local FAILED = " 60" -- curl: the certificate was not accepted

  for _, kind in ipairs { "ec", "rsa" } do
    for _, host in ipairs { "localhost", "a.wild.example", "127.0.0.1", "[::1]" } do
      it(("serves https://%s with a key of kind %s to who trusts it"):format(host, kind), function()
        local options = { names = NAMES, days = 1, kind = kind }
        assert.equal("served", fetch(options, "https://" .. host .. "/", true))
      end)
    end

    it("is refused by who does not trust it, kind " .. kind, function()
      local options = { names = NAMES, days = 1, kind = kind }
      assert.equal(FAILED, fetch(options, "https://localhost/", false))
    end)
  end

  for _, host in ipairs { "other.example", "b.localhost", "wild.example", "127.0.0.2" } do
    it("is refused for " .. host, function()
      assert.equal(FAILED, fetch({ names = NAMES, days = 1 }, "https://" .. host .. "/", true))
    end)
  end

  it("is refused when its time is over, or has not come", function()
    local options = { names = { "localhost" }, days = 1, now = 0 }
    assert.equal(FAILED, fetch(options, "https://localhost/", true))
    options.now = os.time() + 86400
    assert.equal(FAILED, fetch(options, "https://localhost/", true))
  end)

  it("stands up to a strict look as a server and as an authority", function()
    for _, kind in ipairs { "ec", "rsa" } do
      local directory = make { names = NAMES, days = 1, kind = kind }
      for _, purpose in ipairs { "-purpose sslserver", "-verify_hostname localhost" } do
        local command = "cd %s && openssl verify -x509_strict -CAfile made.pem %s made.pem 2>&1"
        assert.equal("made.pem: OK", process.output(command:format(directory, purpose)))
      end
      local text = process.output(("openssl x509 -in %s/made.pem -noout -text"):format(directory))
      assert.matches("CA:TRUE", text, 1, true)
      assert.matches("DNS:localhost, DNS:*.wild.example, IP Address:127.0.0.1, "
        .. "IP Address:0:0:0:0:0:0:0:1", text, 1, true)
      assert.matches(kind == "ec" and "NIST CURVE: P%-256" or "2048 bit", text)
      os.execute("rm -rf " .. directory)
    end
  end)

  it("begins when it is told to, and lasts as long", function()
    local rows = { { 0, 1 }, { 1767225600, 0.5 }, { 1767225600.75, 365 }, { 4e9, 36500 } }
    for _, row in ipairs(rows) do
      local made = assert(crypto.self_signed { names = { "a" }, now = row[1], days = row[2] })
      local certificate = assert(crypto.certificate(made.certificate))
      assert.equal(math.floor(row[1]), certificate:not_before())
      assert.equal(math.floor(row[1]) + row[2] * 86400, certificate:not_after())
    end
  end)

  it("begins now where it is told nothing", function()
    local before = os.time()
    local made = assert(crypto.self_signed { names = { "a" }, days = 1 })
    local begins = assert(crypto.certificate(made.certificate)):not_before()
    assert.is_true(before <= begins and begins <= os.time())
  end)

  it("is named after the first name, or as it is told", function()
    for expected, options in pairs {
      ["CN=b.example"] = { names = { "b.example", "c.example" }, days = 1 },
      ["CN=Zo\\C3\\AB"] = { names = { "b.example" }, days = 1, common_name = "Zoë" },
    } do
      local made = assert(crypto.self_signed(options))
      assert.equal(expected, assert(crypto.certificate(made.certificate)):subject())
    end
  end)

  it("has another key and another number each time", function()
    local seen = {}
    for _ = 1, 5 do
      local directory, made = make { names = { "a" }, days = 1 }
      local command = "openssl x509 -in %s/made.pem -noout -serial"
      local serial = process.output(command:format(directory))
      assert.matches("^serial=[4-7]%x+$", serial)
      assert.equal(#"serial=" + 32, #serial)
      assert.is_nil(seen[serial] or seen[made.key])
      seen[serial], seen[made.key] = true, true
      os.execute("rm -rf " .. directory)
    end
  end)

  it("comes with the key that fits", function()
    for _, kind in ipairs { "ec", "rsa" } do
      local made = assert(crypto.self_signed { names = { "a" }, days = 1, kind = kind })
      local key = assert(crypto.private_key(made.key))
      assert.equal(key:pem(), assert(crypto.public_key(made.certificate)):pem())
      assert.equal(kind == "rsa", crypto.sign("PS256", key, "x") ~= nil)
    end
  end)

  local BAD_NAMES = {
    "", " ", "a b", "a..b", ".a", "a.", "*", "a.*.b", "*a.b", "Käthe.example", "a\n", "a,DNS:b",
    "DNS:b", "http://a", "1.2.3.4:443", "[::1]", "a/b", ("a"):rep(64) .. ".b",
    ("a."):rep(127) .. "b",
  }
  for _, name in ipairs(BAD_NAMES) do
    it(("has no name %q"):format(name:sub(1, 20)), function()
      local made, why = crypto.self_signed { names = { "a", name }, days = 1 }
      assert.is_nil(made)
      assert.matches("^names: each must be a host name or an IP address", why)
    end)
  end

  it("needs a common name of at most 64 characters", function()
    local long = ("a."):rep(33) .. "b"
    for _, options in ipairs {
      { names = { long }, days = 1 }, { names = { "a" }, days = 1, common_name = long },
      { names = { "a" }, days = 1, common_name = "" },
      { names = { "a" }, days = 1, common_name = "\255" },
    } do
      local made, why = crypto.self_signed(options)
      assert.is_nil(made)
      assert.equal("common_name: must be UTF-8 of 1 to 64 characters", why)
    end
    assert(crypto.self_signed { names = { long }, days = 1, common_name = "a" })
  end)

  local MISTAKES = {
    { {}, "days: must be given" },
    { { names = { "a" } }, "days: must be given" },
    { { days = 1 }, "names: must be a table" },
    { { names = {}, days = 1 }, "names: must be a table" },
    { { names = "a", days = 1 }, "names: must be a table" },
    { { names = { 1 }, days = 1 }, "names: must be a text" },
    { { names = { "a", {} }, days = 1 }, "names: must be a text" },
    { { names = { "a\0b" }, days = 1 }, "names: must be a text" },
    { { names = { "a" }, days = 0 }, "days: must be more than 0" },
    { { names = { "a" }, days = 36501 }, "days: must be more than 0 and at most 36500" },
    { { names = { "a" }, days = 0 / 0 }, "days: must be more than 0" },
    { { names = { "a" }, days = "1" }, "days: must be more than 0" },
    { { names = { "a" }, days = 1, now = -1 }, "now: must be a number of seconds since 1970" },
    { { names = { "a" }, days = 1, now = 1e12 }, "now: must be a number of seconds since 1970" },
    { { names = { "a" }, days = 1, kind = "dsa" }, "kind: must be ec or rsa" },
    { { names = { "a" }, days = 1, kind = 1 }, "kind: must be a text" },
    { { names = { "a" }, days = 1, common_name = 1 }, "common_name: must be a text" },
    { { names = { "a" }, days = 1, bits = 1 }, "unknown option: bits" },
    { { "a", names = { "a" }, days = 1 }, "unknown option" },
  }
  for i, row in ipairs(MISTAKES) do
    it(("raises for mistake %d: %s"):format(i, row[2]), function()
      local ok, message = pcall(crypto.self_signed, row[1])
      assert.is_false(ok)
      assert.matches(row[2], message, 1, true)
    end)
  end
end)
