local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"
local graphinvite = require "graphinvite"
local jwt = require "graphinvite.jwt"
local process = require "spec.support.process"
local scripted = require "spec.support.scripted"
local url = require "graphinvite.emulator.url"

local auth = graphinvite.auth

local TENANT = "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6"
local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local ENDPOINT = "https://login.microsoftonline.com/" .. TENANT .. "/oauth2/v2.0/token"
local COUNT = { status = 200, headers = { ["content-type"] = "text/plain" }, body = "5" }

local directories = {}

local function new_directory()
  directories[#directories + 1] = process.directory()
  return directories[#directories]
end

teardown(function()
  for _, directory in ipairs(directories) do
    os.execute("rm -rf " .. directory)
  end
end)

local function answer(status, value, headers)
  return { status = status, headers = headers, body = assert(core.encode(nil, value)) }
end

local function token(text, more)
  local value = { token_type = "Bearer", expires_in = 3600, access_token = text or "a.b.c" }
  for name, member in pairs(more or {}) do
    value[name] = member
  end
  return answer(200, value)
end

local function refusal(code, number, more)
  local value = { error = code, error_description = ("AADSTS%d: no.\r\nTrace"):format(number) }
  for name, member in pairs(more or {}) do
    value[name] = member
  end
  return answer(400, value)
end

-- A transport on which Graph always answers COUNT, or what graph gives, and all else the list.
local function endpoints(list, graph)
  local asked = 0
  local transport
  transport = scripted.new { function(request)
    if request.url:find("graph.microsoft", 1, true) == 9 then
      transport.graph = transport.graph + 1
      return graph and graph(request, transport.graph) or COUNT
    end
    asked = asked + 1
    transport.asked[asked] = request
    return list[math.min(asked, #list)]
  end }
  transport.asked, transport.graph = {}, 0
  return transport
end

local function client_of(source, transport, options)
  local given = { auth = source, transport = transport }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return graphinvite.new(given)
end

-- The fields of a form.
local function form(request)
  assert.equal("POST", request.method)
  assert.equal("application/x-www-form-urlencoded", request.headers["Content-Type"])
  return assert(url.parameters(request.body))
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

describe("auth.certificate", function()
  local directory, pem, certificate

  setup(function()
    directory = new_directory()
    local made = assert(crypto.self_signed { names = { "app.example" }, days = 2, kind = "rsa" })
    pem = { certificate = made.certificate, key = made.key, both = made.key .. made.certificate }
    certificate = assert(crypto.certificate(made.certificate))
    for name, text in pairs(pem) do
      write(directory .. "/" .. name, text)
    end
    os.execute(("openssl pkcs12 -export -passout pass:pw -in %s/both -out %s/both.p12")
      :format(directory, directory))
  end)

  local function assertion_of(changes)
    local options = { tenant = TENANT, client_id = CLIENT, certificate = pem.both }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    local transport = endpoints { token() }
    local value, err = client_of(auth.certificate(options), transport).users:count()
    assert.is_nil(err)
    assert.equal(5, value)
    local fields = form(transport.asked[1])
    assert.equal(ENDPOINT, transport.asked[1].url)
    assert.equal(CLIENT, fields.client_id)
    assert.equal("client_credentials", fields.grant_type)
    assert.equal("https://graph.microsoft.com/.default", fields.scope)
    assert.equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      fields.client_assertion_type)
    return assert(jwt.decode(fields.client_assertion)), fields
  end

  it("sends an assertion that its key has signed", function()
    local statement = assertion_of()
    assert.same({
      alg = "PS256", typ = "JWT",
      ["x5t#S256"] = core.base64_encode(certificate:thumbprint "sha256", true),
    }, statement.header)
    assert.is_true(jwt.verify(statement, certificate:public_key(), { PS256 = true }))
    local claims = statement.claims
    assert.equal(ENDPOINT, claims.aud)
    assert.equal(CLIENT, claims.iss)
    assert.equal(CLIENT, claims.sub)
    assert.equal(scripted.START, claims.nbf)
    assert.equal(scripted.START, claims.iat)
    assert.equal(scripted.START + 600, claims.exp)
    assert.matches("^%x+%-%x+%-4", claims.jti)
  end)

  it("signs with RS256 and names SHA-1 where it is told to", function()
    local statement = assertion_of { algorithm = "RS256" }
    assert.equal("RS256", statement.header.alg)
    assert.equal(core.base64_encode(certificate:thumbprint "sha1", true), statement.header.x5t)
    assert.is_nil(statement.header["x5t#S256"])
    assert.is_true(jwt.verify(statement, certificate:public_key(), { RS256 = true }))
  end)

  it("sends the certificate itself where the trust needs it", function()
    local statement = assertion_of { send_x5c = true }
    assert.equal(certificate:der(), core.base64_decode(statement.header.x5c[1]))
  end)

  it("gives every assertion an id of its own", function()
    assert.not_equal(assertion_of().claims.jti, assertion_of().claims.jti)
  end)

  -- what the options are
  local FORMS = {
    ["PEM text"] = function() return {} end,
    ["two PEM texts"] = function() return { certificate = pem.certificate, key = pem.key } end,
    ["a PEM file"] = function() return { certificate = directory .. "/both" } end,
    ["two PEM files"] = function()
      return { certificate = directory .. "/certificate", key = directory .. "/key" }
    end,
    ["a PKCS#12 file"] = function()
      return { certificate = directory .. "/both.p12", passphrase = "pw" }
    end,
  }
  for name, options in pairs(FORMS) do
    it("takes " .. name, function()
      assert.is_true(jwt.verify(assertion_of(options()), certificate:public_key(),
        { PS256 = true }))
    end)
  end

  it("reads its files anew each time: they may have been renewed", function()
    local path = directory .. "/renewed"
    write(path, pem.both)
    local transport = endpoints({ token "one.b.c", token "two.b.c" }, function(_, n)
      return n == 2 and { status = 401 } or nil
    end)
    local source = auth.certificate { tenant = TENANT, client_id = CLIENT, certificate = path }
    local client = client_of(source, transport)
    client.users:count()
    local other = assert(crypto.self_signed { names = { "app.example" }, days = 2, kind = "rsa" })
    write(path, other.key .. other.certificate)
    client.users:count()
    local statement = assert(jwt.decode(form(transport.asked[2]).client_assertion))
    local key = assert(crypto.certificate(other.certificate)):public_key()
    assert.is_true(jwt.verify(statement, key, { PS256 = true }))
  end)

  -- what is wrong, options, what the error says
  local WRONG = {
    { "a file that is not there", { certificate = "/nowhere/x.pem" }, "cannot read /nowhere" },
    { "a file that is none", { certificate = "/" }, "certificate" },
    { "a PKCS#12 file with another password", function()
      return { certificate = directory .. "/both.p12", passphrase = "no" }
    end, "certificate" },
    { "a certificate without its key", function()
      return { certificate = pem.certificate }
    end, "key" },
    { "a key without its certificate", function() return { certificate = pem.key } end,
      "certificate" },
    { "rubbish", { certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n" }, "certificate" },
    { "a key whose frame was lost", { certificate = ("MIICANARY/"):rep(100) }, "neither PEM" },
    { "a key of several lines without a frame", { certificate = "CANARY\nAAAA\n" },
      "neither PEM" },
  }
  for _, row in ipairs(WRONG) do
    it("is an error of sign-in with " .. row[1], function()
      local options = type(row[2]) == "function" and row[2]() or row[2]
      local transport = endpoints { token() }
      local source = auth.certificate {
        tenant = TENANT, client_id = CLIENT, certificate = options.certificate,
        passphrase = options.passphrase,
      }
      local value, err = client_of(source, transport).users:count()
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.is_truthy(err.message:find(row[3], 1, true), err.message)
      assert.is_nil(err.message:find("CANARY", 1, true))
      assert.equal(0, #transport.requests)
    end)
  end
end)

describe("auth.federated", function()
  it("reads its file at each request for a token", function()
    local path = new_directory() .. "/token"
    write(path, "one.two.three\n")
    local transport = endpoints({ token "one.b.c", token "two.b.c" }, function(_, n)
      return n == 2 and { status = 401 } or nil
    end)
    local client = client_of(auth.federated {
      tenant = TENANT, client_id = CLIENT, token_file = path,
    }, transport)
    client.users:count()
    write(path, "four.five.six")
    client.users:count()
    assert.equal("one.two.three", form(transport.asked[1]).client_assertion)
    assert.equal("four.five.six", form(transport.asked[2]).client_assertion)
    assert.equal(2, #transport.asked)
  end)

  it("asks a function", function()
    local transport = endpoints { token() }
    client_of(auth.federated {
      tenant = TENANT, client_id = CLIENT, assertion = function() return "x.y.z" end,
    }, transport).users:count()
    assert.equal("x.y.z", form(transport.asked[1]).client_assertion)
  end)

  it("tells why a function gave none", function()
    local _, err = client_of(auth.federated {
      tenant = TENANT, client_id = CLIENT, assertion = function() return nil, "it is sealed" end,
    }, endpoints { token() }).users:count()
    assert.equal("auth", err.kind)
    assert.matches("it is sealed", err.message)
  end)

  for _, text in ipairs { "", " \n", "two tokens" } do
    it(("refuses the file's text %q"):format(text), function()
      local path = new_directory() .. "/token"
      write(path, text)
      local transport = endpoints { token() }
      local _, err = client_of(auth.federated {
        tenant = TENANT, client_id = CLIENT, token_file = path,
      }, transport).users:count()
      assert.equal("auth", err.kind)
      assert.is_truthy(err.message:find(path, 1, true))
      assert.equal(0, #transport.requests)
    end)
  end
end)

describe("auth.refresh_token", function()
  local function source(changes)
    local options = { tenant = TENANT, client_id = CLIENT, refresh_token = "OLD-REFRESH-TOKEN" }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    return auth.refresh_token(options)
  end

  it("uses the new refresh token next, and hands it over", function()
    local kept = {}
    local transport = endpoints {
      token("one.b.c", { refresh_token = "NEW" }), token "two.b.c",
      token("three.b.c", { refresh_token = "NEWER" }),
    }
    local client = client_of(source {
      on_refresh = function(text) kept[#kept + 1] = text end,
    }, transport)
    for _ = 1, 3 do
      assert.equal(5, client.users:count())
      transport.sleep(3600)
    end
    assert.equal("OLD-REFRESH-TOKEN", form(transport.asked[1]).refresh_token)
    assert.equal("NEW", form(transport.asked[2]).refresh_token)
    assert.equal("NEW", form(transport.asked[3]).refresh_token)
    assert.same({ "NEW", "NEWER" }, kept)
    assert.equal("refresh_token", form(transport.asked[1]).grant_type)
    assert.equal("https://graph.microsoft.com/.default offline_access",
      form(transport.asked[1]).scope)
    assert.is_nil(form(transport.asked[1]).client_secret)
  end)

  it("adds the credential of a confidential client", function()
    local transport = endpoints { token() }
    client_of(source { client_secret = "s" }, transport).users:count()
    assert.equal("s", form(transport.asked[1]).client_secret)
  end)
end)

describe("auth.device_code", function()
  local DEVICE = {
    device_code = "SECRET-DEVICE-CODE", user_code = "ABCD",
    verification_uri = "https://a.example/device", expires_in = 900, interval = 5,
    message = "Open it and enter ABCD.",
  }
  local PENDING = refusal("authorization_pending", 70016)

  local function signed_in(list, options)
    local prompts = {}
    local answers = { answer(200, DEVICE) }
    for _, each in ipairs(list) do
      answers[#answers + 1] = each
    end
    local transport = endpoints(answers)
    local client = client_of(auth.device_code {
      tenant = TENANT, client_id = CLIENT, prompt = function(seen) prompts[#prompts + 1] = seen end,
    }, transport, options)
    local value, err = client.users:count()
    return value, err, transport, prompts, client
  end

  it("hands the message over and asks until the person has signed in", function()
    local value, err, transport, prompts = signed_in { PENDING, PENDING, token() }
    assert.is_nil(err)
    assert.equal(5, value)
    assert.same({ 5, 5, 5 }, transport.sleeps)
    assert.same({ {
      message = DEVICE.message, user_code = "ABCD", verification_uri = DEVICE.verification_uri,
      expires_in = 900,
    } }, prompts)
    assert.matches("/oauth2/v2.0/devicecode$", transport.asked[1].url)
    assert.same({
      client_id = CLIENT, scope = "https://graph.microsoft.com/.default offline_access",
    }, form(transport.asked[1]))
    assert.same({
      grant_type = "urn:ietf:params:oauth:grant-type:device_code", client_id = CLIENT,
      device_code = "SECRET-DEVICE-CODE",
    }, form(transport.asked[2]))
  end)

  it("asks five seconds slower each time it is told to", function()
    local slow = refusal("slow_down", 70016)
    local _, _, transport = signed_in { slow, PENDING, slow, token() }
    assert.same({ 5, 10, 10, 15 }, transport.sleeps)
  end)

  it("gives the person all the time of the code, whatever the call's deadline is", function()
    local list = {}
    for i = 1, 100 do
      list[i] = PENDING
    end
    list[101] = token()
    local value, err, transport = signed_in(list, { deadline = 10 })
    assert.is_nil(err)
    assert.equal(5, value)
    assert.equal(505, transport.elapsed)
  end)

  it("stops when the code has expired", function()
    local value, err, transport = signed_in { PENDING }
    assert.is_nil(value)
    assert.equal("expired_token", err.code)
    assert.is_true(transport.elapsed <= 900)
    assert.matches("start the sign%-in again", err.hint)
  end)

  for code, number in pairs {
    authorization_declined = 70019, expired_token = 70020, bad_verification_code = 70018,
  } do
    it("stops at " .. code, function()
      local value, err, transport = signed_in { PENDING, refusal(code, number) }
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.equal(code, err.code)
      assert.is_true(#err.hint > 20)
      assert.is_false(err.retriable)
      assert.equal(3, #transport.asked)
      assert.is_nil(tostring(err):find("SECRET", 1, true))
    end)

    it("says what to do about " .. code .. " without a number", function()
      local _, err = signed_in { answer(400, { error = code }) }
      assert.equal(code, err.code)
      assert.matches("start the sign%-in again", err.hint)
    end)
  end

  it("asks on, more slowly, while the endpoint cannot be reached", function()
    local lost = { reason = "connect", sent = false }
    local value, err, transport = signed_in({ PENDING, lost, lost, { status = 503 }, token() },
      { retry = false })
    assert.is_nil(err)
    assert.equal(5, value)
    assert.same({ 5, 5, 10, 15, 20 }, transport.sleeps)
  end)

  it("stops at the end of the code when nothing can be reached any more", function()
    local _, err, transport = signed_in({ { reason = "connect", sent = false } },
      { retry = false })
    assert.equal("expired_token", err.code)
    assert.is_true(transport.elapsed <= 900)
  end)

  it("asks nobody again as long as the refresh token does", function()
    local _, _, transport, prompts, client = signed_in {
      token("one.b.c", { refresh_token = "R1" }), token("two.b.c", { refresh_token = "R2" }),
      token "three.b.c",
    }
    for _ = 1, 2 do
      transport.sleep(3600)
      assert.equal(5, client.users:count())
    end
    assert.equal(1, #prompts)
    assert.equal("R1", form(transport.asked[3]).refresh_token)
    assert.equal("R2", form(transport.asked[4]).refresh_token)
  end)

  it("asks again when the refresh token does no more", function()
    local _, _, transport, prompts, client = signed_in {
      token("one.b.c", { refresh_token = "R1" }), refusal("invalid_grant", 70008),
      answer(200, DEVICE), token "two.b.c",
    }
    transport.sleep(3600)
    assert.equal(5, client.users:count())
    assert.equal(2, #prompts)
  end)

  for name, value in pairs {
    ["no device_code"] = { user_code = "A", verification_uri = "u", expires_in = 1 },
    ["no lifetime"] = { device_code = "D", user_code = "A", verification_uri = "u" },
    ["a lifetime that is no number"] = {
      device_code = "D", user_code = "A", verification_uri = "u", expires_in = "soon",
    },
    ["an array"] = core.array {},
  } do
    it("is an error of sign-in when the endpoint gives " .. name, function()
      local transport = endpoints { answer(200, value) }
      local _, err = client_of(auth.device_code { client_id = CLIENT }, transport).users:count()
      assert.equal("auth", err.kind)
      assert.equal(1, #transport.asked)
    end)
  end
end)

describe("a claims challenge", function()
  local CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'

  local function challenged(encoded)
    return {
      status = 401, headers = {
        ["www-authenticate"] = 'Bearer realm="", authorization_uri="https://login.example", '
          .. 'error="insufficient_claims", claims="' .. encoded .. '"',
      },
    }
  end

  local function source(cae)
    return auth.client_secret {
      tenant = TENANT, client_id = CLIENT, client_secret = "s", cae = cae,
    }
  end

  -- base64 with and without padding, in both alphabets
  for name, encoded in pairs {
    padded = core.base64_encode(CLAIMS), plain = core.base64_encode(CLAIMS, true),
  } do
    it("is answered once, with a token for its claims (" .. name .. ")", function()
      local transport = endpoints({ token "one.b.c", token "two.b.c" }, function(_, n)
        return n == 1 and challenged(encoded) or nil
      end)
      local client = client_of(source(), transport)
      assert.equal(5, client.users:count())
      assert.is_nil(form(transport.asked[1]).claims)
      assert.same({
        access_token = {
          nbf = { essential = true, value = "1604106651" }, xms_cc = { values = { "cp1" } },
        },
      }, core.decode(nil, form(transport.asked[2]).claims))
      client.users:count()
      assert.equal(2, #transport.asked)
      assert.equal("Bearer two.b.c", transport.requests[#transport.requests].headers.Authorization)
    end)
  end

  it("that comes again is an error", function()
    local transport = endpoints({ token "one.b.c", token "two.b.c" }, function()
      return challenged(core.base64_encode(CLAIMS))
    end)
    local _, err = client_of(source(), transport).users:count()
    assert.equal(401, err.status)
    assert.equal(2, transport.graph)
    assert.equal(2, #transport.asked)
  end)

  it("is invited by a source that says it can answer one", function()
    local transport = endpoints { token() }
    client_of(source(true), transport).users:count()
    assert.same({ access_token = { xms_cc = { values = { "cp1" } } } },
      core.decode(nil, form(transport.asked[1]).claims))
  end)

  for _, rubbish in ipairs { "!!!", "", "AAAA", core.base64_encode "[]", core.base64_encode "5" } do
    it(("that says %q is a plain 401"):format(rubbish), function()
      local transport = endpoints({ token "one.b.c", token "two.b.c" }, function(_, n)
        return n == 1 and challenged(rubbish) or nil
      end)
      assert.equal(5, client_of(source(), transport).users:count())
    end)
  end
end)

describe("a refusal of the authority", function()
  local HINTS = require("graphinvite.auth.token_request").HINTS

  local function refused_with(list)
    local transport = endpoints(list)
    local client = client_of(auth.client_secret {
      tenant = TENANT, client_id = CLIENT, client_secret = "s",
    }, transport)
    local value, err = client.users:count()
    return value, err, transport, client
  end

  for number, hint in pairs(HINTS) do
    it(("AADSTS%d says what to do"):format(number), function()
      local value, err = refused_with { refusal("invalid_client", number) }
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.equal(hint, err.hint)
      assert.is_true(#hint > 20)
    end)
  end

  it("is known by error_codes where the text does not begin with it", function()
    local body = { error = "invalid_client", error_codes = { 7000222 }, error_description = "no" }
    local _, err = refused_with { answer(401, body) }
    assert.equal(HINTS[7000222], err.hint)
  end)

  it("for a while is not asked for again", function()
    local _, _, transport, client = refused_with { refusal("invalid_client", 7000222), token() }
    local _, err = client.users:count()
    assert.equal(HINTS[7000222], err.hint)
    assert.equal(1, #transport.asked)
    transport.sleep(60)
    assert.equal(5, client.users:count())
  end)

  it("that it has no time is repeated", function()
    local value, _, transport = refused_with {
      refusal("temporarily_unavailable", 90033), token(),
    }
    assert.equal(5, value)
    assert.same({ 0.5 }, transport.sleeps)
  end)
end)

describe("auth.environment", function()
  local function from(variables)
    return auth.environment(function(name) return variables[name] end)
  end

  -- variables, the grant that is asked for
  local PICKS = {
    { { AZURE_CLIENT_SECRET = "s" }, { client_secret = "s" } },
    { { AZURE_CLIENT_SECRET = "s", AZURE_FEDERATED_TOKEN_FILE = "/x" }, { client_secret = "s" } },
    { { AZURE_FEDERATED_TOKEN_FILE = "FILE" }, { client_assertion = "x.y.z" } },
    { { AZURE_CLIENT_SECRET = "", AZURE_FEDERATED_TOKEN_FILE = "FILE" },
      { client_assertion = "x.y.z" } },
  }
  for i, row in ipairs(PICKS) do
    it("takes the first that is complete, case " .. i, function()
      local path = new_directory() .. "/token"
      write(path, "x.y.z")
      local variables = {
        AZURE_TENANT_ID = TENANT, AZURE_CLIENT_ID = CLIENT,
        AZURE_AUTHORITY_HOST = "https://login.example/",
      }
      for name, value in pairs(row[1]) do
        variables[name] = value == "FILE" and path or value
      end
      local transport = endpoints { token() }
      assert.equal(5, client_of(from(variables), transport).users:count())
      assert.matches("^https://login.example/" .. TENANT:gsub("%-", "%%-"), transport.asked[1].url)
      local fields = form(transport.asked[1])
      for name, value in pairs(row[2]) do
        assert.equal(value, fields[name])
      end
    end)
  end

  for _, host in ipairs {
    "login.example", "ftp://login.example", "https://login.example/?x", "https://",
    "https://u:CANARY@login.example", "https://login.example/ x",
  } do
    it("tells at the first call that AZURE_AUTHORITY_HOST is " .. host, function()
      local transport = endpoints { token() }
      local _, err = client_of(from {
        AZURE_TENANT_ID = TENANT, AZURE_CLIENT_ID = CLIENT, AZURE_CLIENT_SECRET = "CANARY",
        AZURE_AUTHORITY_HOST = host,
      }, transport).users:count()
      assert.equal("auth", err.kind)
      assert.matches("AZURE_AUTHORITY_HOST", err.message)
      assert.is_nil(err.message:find("CANARY", 1, true))
      assert.equal(0, #transport.requests)
    end)
  end

  it("takes the managed identity of the machine that it describes", function()
    local transport = endpoints { answer(200, { access_token = "a.b.c", expires_on = 2e9 }) }
    local source = from {
      AZURE_CLIENT_ID = CLIENT, IDENTITY_ENDPOINT = "http://127.0.0.1:41741/msi/token",
      IDENTITY_HEADER = "h",
    }
    assert.equal(5, client_of(source, transport).users:count())
    assert.matches("^http://127.0.0.1:41741/msi/token%?.*&client_id=" .. CLIENT:gsub("%-", "%%-"),
      transport.asked[1].url)
  end)

  it("tells what it looked at and what was missing, at the first call", function()
    local transport = endpoints { token() }
    local client = client_of(from { AZURE_TENANT_ID = TENANT, AZURE_CLIENT_SECRET = "CANARY" },
      transport)
    local value, err = client.users:count()
    assert.is_nil(value)
    assert.equal("auth", err.kind)
    for _, name in ipairs {
      "missing: AZURE_CLIENT_ID)", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE",
      "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT",
    } do
      assert.is_truthy(err.message:find(name, 1, true), err.message)
    end
    assert.is_nil(tostring(err):find("CANARY", 1, true))
    assert.equal(0, #transport.requests)
  end)
end)

-- constructor, options, what the error says
local MISUSE = {
  { "client_secret", 5, "takes a table" },
  { "client_secret", { tenant = TENANT, client_id = CLIENT }, "needs client_secret" },
  { "client_secret", { tenant = TENANT, client_id = CLIENT, client_secrt = "s" },
    "did you mean" },
  { "certificate", { tenant = TENANT, client_id = CLIENT }, "needs certificate" },
  { "certificate", { tenant = TENANT, client_id = CLIENT, certificate = "x", algorithm = "HS256" },
    "PS256" },
  { "certificate", { tenant = TENANT, client_id = "", certificate = "x" }, "is empty" },
  { "federated", { tenant = TENANT, client_id = CLIENT }, "token_file or assertion" },
  { "federated", { tenant = TENANT, client_id = CLIENT, token_file = 5 }, "is a string" },
  { "refresh_token", { tenant = TENANT, client_id = CLIENT }, "needs refresh_token" },
  { "device_code", {}, "needs client_id" },
  { "device_code", { client_id = CLIENT, prompt = "x" }, "is a function" },
  { "managed_identity", { client_id = CLIENT, object_id = CLIENT }, "one of" },
  { "managed_identity", { host = "aks" }, "host is" },
  { "managed_identity", { host = "arc" }, "needs endpoint" },
  { "managed_identity", { host = "app_service", endpoint = "http://127.0.0.1/x" },
    "identity_header" },
  { "managed_identity", { endpoint = "http://example.com/x" }, "in clear text" },
  { "managed_identity", { endpoint = "ftp://x" }, "http or https URL" },
  { "stored", 5, "token source" },
}

describe("a token source", function()
  for _, row in ipairs(MISUSE) do
    it(("auth.%s raises at the caller's line: %s"):format(row[1], row[3]), function()
      local ok, why = pcall(function() auth[row[1]](row[2]) end)
      assert.is_false(ok)
      assert.is_truthy(why:find("grants_spec.lua", 1, true), why)
      assert.is_truthy(why:find(row[3], 1, true), why)
    end)
  end
end)
