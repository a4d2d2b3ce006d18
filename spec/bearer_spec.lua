local cjson = require "cjson"
local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"
local graphinvite = require "graphinvite"
local keys = require "spec.support.keys"
local scripted = require "spec.support.scripted"

local notifications = graphinvite.notifications

local APP, TENANT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11", "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6"
local ISSUER = "https://api.botframework.com"
local METADATA = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"
local KEYS = "https://login.botframework.com/v1/.well-known/keys"
local NOW = scripted.START
local PKCS1, PSS = "", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"

local files, jwks

setup(function()
  files = keys.make()
  jwks = {}
  for _, name in ipairs { "rsa", "other" } do
    local row = assert(crypto.public_key(files:read(name .. ".pub"))):jwk()
    row.kid, row.use = name, "sig"
    jwks[name] = row
  end
end)

teardown(function()
  files:remove()
end)

local function part(value)
  return core.base64_encode(type(value) == "table" and cjson.encode(value) or value, true)
end

-- What the service sends, with some claims changed; false leaves one out.
local function claims_of(changes)
  local claims = {
    iss = ISSUER, aud = APP, tid = TENANT, exp = NOW + 3600, nbf = NOW - 300, iat = NOW - 300,
  }
  for name, value in pairs(changes or {}) do
    claims[name] = value or nil
  end
  return claims
end

-- A token signed by the openssl command.
local function signed(changes, header, name, options)
  local input = part(header or { alg = "RS256", typ = "JWT", kid = "rsa" }) .. "."
    .. part(claims_of(changes))
  files:write("input", input)
  files:run(("openssl dgst -sha256 %s -sign %s.pem -out signature input"):format(options or PKCS1,
    name or "rsa"))
  return input .. "." .. part(files:read "signature")
end

local function document(value)
  return { status = 200, body = cjson.encode(value) }
end

-- A transport that serves what is in its table served: responses by URL.
local function service()
  local transport
  transport = scripted.new { function(request)
    assert.equal("GET", request.method)
    return transport.served[request.url] or { status = 404 }
  end }
  transport.served = {
    [METADATA] = document { issuer = ISSUER, jwks_uri = KEYS },
    [KEYS] = document { keys = { jwks.rsa } },
  }
  return transport
end

local function validator(transport, changes)
  local options = { app_id = APP, tenant_id = TENANT, transport = transport }
  for name, value in pairs(changes or {}) do
    options[name] = value or nil
  end
  return notifications.bearer(options)
end

-- Claims changed, options changed, whether the token is good, or what the refusal says.
local CLAIMS = {
  { "as the service sends them", {}, {}, true },
  { "of the other issuer of its samples", { iss = "https://graph.microsoft.com" }, {}, true },
  { "of an issuer of the caller's own", { iss = "https://me.example" },
    { issuers = { "https://me.example" } }, true },
  { "of an issuer that is listed no more", {}, { issuers = { "https://me.example" } }, "issuer" },
  { "of another issuer", { iss = "https://evil.example" }, {}, "issuer" },
  { "of an issuer with a slash more", { iss = ISSUER .. "/" }, {}, "issuer" },
  { "without an issuer", { iss = false }, {}, "issuer" },
  { "of several issuers", { iss = { ISSUER } }, {}, "issuer" },
  { "for another application", { aud = TENANT }, {}, "application" },
  { "without an audience", { aud = false }, {}, "application" },
  { "for several applications, us too", { aud = { TENANT, APP } }, {}, true },
  { "for several applications, not us", { aud = { TENANT, ISSUER } }, {}, "application" },
  { "for nobody", { aud = {} }, {}, "application" },
  { "for whom we are a name", { aud = { [APP] = APP } }, {}, "application" },
  { "for null", { aud = cjson.null }, {}, "application" },
  { "of another tenant", { tid = APP }, {}, "tenant" },
  { "without a tenant", { tid = false }, {}, "tenant" },
  { "of any tenant, where that is wanted", { tid = APP }, { tenant_id = false }, true },
  { "that ended 299 s ago", { exp = NOW - 299 }, {}, true },
  { "that ended 300 s ago", { exp = NOW - 300 }, {}, "expired" },
  { "that ended long ago", { exp = 0 }, {}, "expired" },
  { "without an end", { exp = false }, {}, "expired" },
  { "with an end that is a text", { exp = ("%d"):format(NOW + 3600) }, {}, "expired" },
  { "with null for an end", { exp = cjson.null }, {}, "expired" },
  { "that begin in 300 s", { nbf = NOW + 300 }, {}, true },
  { "that begin in 301 s", { nbf = NOW + 301 }, {}, "not valid yet" },
  { "without a beginning", { nbf = false }, {}, true },
  { "with a beginning that is a text", { nbf = "0" }, {}, "not valid yet" },
}

describe("notifications.bearer", function()
  for _, row in ipairs(CLAIMS) do
    it(("%s claims %s"):format(row[4] == true and "takes" or "refuses", row[1]), function()
      local claims, why = validator(service(), row[3])(signed(row[2]))
      if row[4] == true then
        assert.is_nil(why)
        assert.equal((claims_of(row[2])).exp, claims.exp)
        assert.equal((claims_of(row[2])).iss, claims.iss)
      else
        assert.is_nil(claims)
        assert.is_truthy(why:find(row[4], 1, true), why)
      end
    end)
  end

  it("fetches configuration and keys once for many tokens", function()
    local transport = service()
    local check = validator(transport)
    for _ = 1, 3 do
      assert.is_table((check(signed())))
      transport.sleep(1000)
    end
    local urls = {}
    for i, request in ipairs(transport.requests) do
      urls[i] = request.url
      assert.is_nil(request.headers.Authorization)
      assert.equal(1048576, request.max_body)
    end
    assert.same({ METADATA, KEYS }, urls)
  end)

  it("takes the address of the configuration from its caller", function()
    local transport = service()
    local address = "http://127.0.0.1:4711/v1/.well-known/OpenIdConfiguration"
    transport.served = {
      [address] = document { jwks_uri = "http://127.0.0.1:4711/keys" },
      ["http://127.0.0.1:4711/keys"] = document { keys = { jwks.rsa } },
    }
    assert.is_table((validator(transport, { metadata = address })(signed())))
  end)
end)

-- What is forged, and what is fetched for it: nothing, or configuration and keys.
local FORGED = {
  { "alg none, without a signature", 0, function()
    return part { alg = "none", kid = "rsa" } .. "." .. part(claims_of()) .. "."
  end },
  { "alg none, with the signature", 0, function()
    return signed(nil, { alg = "none", kid = "rsa" })
  end },
  { "no alg", 0, function() return signed(nil, { kid = "rsa" }) end },
  { "a list of algorithms", 0, function()
    return signed(nil, { alg = { "RS256" }, kid = "rsa" })
  end },
  { "null for alg", 0, function() return signed(nil, { alg = cjson.null, kid = "rsa" }) end },
  { "alg in other letters", 0, function() return signed(nil, { alg = "rs256", kid = "rsa" }) end },
  { "PS256", 0, function() return signed(nil, { alg = "PS256", kid = "rsa" }, "rsa", PSS) end },
  { "RS256 with the padding of PS256", 2, function() return signed(nil, nil, "rsa", PSS) end },
  { "HS256 with the public key for a secret", 0, function()
    local input = part { alg = "HS256", kid = "rsa" } .. "." .. part(claims_of())
    files:write("input", input)
    files:run "openssl dgst -sha256 -hmac \"$(cat rsa.pub)\" -binary -out signature input"
    return input .. "." .. part(files:read "signature")
  end },
  { "RS256 with an HMAC of the public key", 2, function()
    local input = part { alg = "RS256", kid = "rsa" } .. "." .. part(claims_of())
    files:write("input", input)
    files:run "openssl dgst -sha256 -hmac \"$(cat rsa.pub)\" -binary -out signature input"
    return input .. "." .. part(files:read "signature")
  end },
  { "another key", 2, function() return signed(nil, nil, "other") end },
  { "another key, which it brings along", 2, function()
    return signed(nil, { alg = "RS256", kid = "rsa", jwk = jwks.other, jku = "https://evil.example",
      x5u = "https://evil.example" }, "other")
  end },
  { "other claims than were signed", 2, function()
    return (signed():gsub("%.[^.]+%.", "." .. part(claims_of { exp = NOW + 9 }) .. "."))
  end },
  { "no signature", 2, function() return (signed():gsub("[^.]+$", "")) end },
  { "a shorter signature", 2, function() return (signed():sub(1, -3)) end },
  { "extensions that must be known", 2, function()
    return signed(nil, { alg = "RS256", kid = "rsa", crit = { "b64" }, b64 = true })
  end },
  { "a kid that is a number", 0, function() return signed(nil, { alg = "RS256", kid = 5 }) end },
  { "a kid that is a list", 0, function()
    return signed(nil, { alg = "RS256", kid = { "rsa" } })
  end },
  { "no kid", 0, function() return signed(nil, { alg = "RS256" }) end },
  { "another kid", 2, function() return signed(nil, { alg = "RS256", kid = "other" }) end },
  { "rubbish behind it", 0, function() return signed() .. "." end },
  { "a line end behind it", 0, function() return signed() .. "\n" end },
  { "no token at all", 0, function() return "x" end },
  { "nothing", 0, function() return "" end },
}

describe("notifications.bearer refuses", function()
  for _, row in ipairs(FORGED) do
    it(row[1], function()
      local transport = service()
      local check = validator(transport)
      local claims, why = check(row[3]())
      assert.is_nil(claims)
      assert.is_string(why)
      assert.equal(row[2], #transport.requests)
      assert.is_table((check(signed())))
    end)
  end

  it("what is no text", function()
    for _, value in ipairs { 5, {}, true } do
      assert.is_nil((validator(service())(value)))
    end
    assert.is_nil((validator(service())(nil)))
  end)
end)

describe("notifications.bearer and its keys:", function()
  it("an unknown one is looked for once, and then not for a minute", function()
    local transport = service()
    local check = validator(transport)
    local unknown = signed(nil, { alg = "RS256", kid = "nobody" })
    assert.is_table((check(signed())))
    transport.sleep(60)
    for _ = 1, 5 do
      assert.is_nil((check(unknown)))
    end
    assert.equal(4, #transport.requests)
    transport.sleep(59)
    assert.is_nil((check(unknown)))
    assert.equal(4, #transport.requests)
    transport.sleep(1)
    assert.is_nil((check(unknown)))
    assert.equal(6, #transport.requests)
    assert.is_table((check(signed())))
  end)

  it("those that were changed are found, and those that are gone no longer count", function()
    local transport = service()
    local check = validator(transport)
    local new = signed(nil, { alg = "RS256", kid = "other" }, "other")
    assert.is_table((check(signed())))
    transport.served[KEYS] = document { keys = { jwks.other } }
    transport.sleep(60)
    assert.is_table((check(new)))
    local claims, why = check(signed())
    assert.is_nil(claims)
    assert.matches("kid", why)
    assert.equal(4, #transport.requests)
  end)

  it("they are fetched again after a day", function()
    local transport = service()
    local check = validator(transport)
    local token = signed { exp = NOW + 10 * 86400 }
    check(token)
    transport.sleep(86399)
    check(token)
    assert.equal(2, #transport.requests)
    transport.sleep(1)
    assert.is_table((check(token)))
    assert.equal(4, #transport.requests)
  end)

  it("those that are known do while the service has none to give", function()
    local transport = service()
    local check = validator(transport)
    local token = signed { exp = NOW + 10 * 86400 }
    check(token)
    transport.sleep(86400)
    for _, broken in ipairs {
      { status = 503 }, { reason = "connect", sent = false }, document { keys = {} },
    } do
      transport.served[KEYS] = broken
      assert.is_table((check(token)))
      transport.sleep(60)
    end
  end)

  it("an endpoint that is down is asked again after a minute", function()
    local transport = service()
    local good = transport.served[METADATA]
    transport.served[METADATA] = { reason = "connect", sent = false }
    local check = validator(transport)
    local claims, why = check(signed())
    assert.is_nil(claims)
    assert.matches("could not be fetched", why)
    transport.served[METADATA] = good
    assert.is_nil((check(signed())))
    transport.sleep(60)
    assert.is_table((check(signed())))
  end)

  it("one endpoint takes no more than its time", function()
    local transport = service()
    transport.served[KEYS].takes = 11
    assert.is_nil((validator(transport)(signed())))
    assert.equal(10, transport.elapsed)
  end)

  local LARGE = ('{"keys":[],"x":"%s"}'):format(("x"):rep(1048576))
  -- what is wrong with which document
  local BROKEN = {
    { "a configuration that is missing", METADATA, { status = 404 } },
    { "a configuration elsewhere", METADATA, { status = 302, headers = { location = KEYS } } },
    { "a configuration that is a page", METADATA, { status = 200, body = "<html>" } },
    { "a configuration of nothing", METADATA, { status = 200, body = "" } },
    { "a configuration without keys", METADATA, { status = 200, body = "{}" } },
    { "a configuration that is a text", METADATA, { status = 200, body = '"x"' } },
    { "keys in clear text", METADATA, document { jwks_uri = KEYS:gsub("https", "http") } },
    { "keys from a file", METADATA, document { jwks_uri = "file:///etc/passwd" } },
    { "keys at a number", METADATA, document { jwks_uri = 5 } },
    { "keys at a table", METADATA, document { jwks_uri = { KEYS } } },
    { "keys at null", METADATA, document { jwks_uri = cjson.null } },
    { "keys that are down", KEYS, { status = 500 } },
    { "keys that are a page", KEYS, { status = 200, body = "<html>" } },
    { "keys without end", KEYS, { status = 200, body = ("["):rep(100000) } },
    { "too many bytes", KEYS, { status = 200, body = LARGE } },
    { "no keys", KEYS, document { keys = cjson.empty_array or {} } },
    { "keys that are a number", KEYS, document { keys = 5 } },
    { "keys that are none", KEYS, document { keys = { 5, "x", {}, { kid = "rsa" } } } },
    { "a key of another kind", KEYS,
      document { keys = { { kid = "rsa", kty = "oct", k = "AA" } } } },
    { "a key of rubbish", KEYS,
      document { keys = { { kid = "rsa", kty = "RSA", n = "!", e = "AQAB" } } } },
    { "a key of numbers", KEYS,
      document { keys = { { kid = "rsa", kty = "RSA", n = 5, e = 3 } } } },
  }
  for _, row in ipairs(BROKEN) do
    it("no token is good with " .. row[1], function()
      local transport = service()
      transport.served[row[2]] = row[3]
      local claims, why = validator(transport)(signed())
      assert.is_nil(claims)
      assert.is_string(why)
      assert.is_true(#why < 200)
      assert.is_true(#transport.requests <= 2)
    end)
  end

  it("one for encryption does not count, and a bad one hides no good one", function()
    local transport = service()
    local encryption = {}
    for name, value in pairs(jwks.rsa) do
      encryption[name] = value
    end
    encryption.use = "enc"
    transport.served[KEYS] = document { keys = { encryption } }
    assert.is_nil((validator(transport)(signed())))
    transport.served[KEYS] = document {
      keys = { jwks.rsa, { kid = "rsa", kty = "RSA", n = "!", e = "!" }, encryption },
    }
    assert.is_table((validator(transport)(signed())))
  end)
end)

describe("a hub that checks its bearers", function()
  local BODY = '{"value":[{"changeType":"updated","resourceUrl":"/communications/calls/c1"}]}'

  local function receive(authorization)
    local seen
    local hub = notifications.new { validate = validator(service()) }
    hub:on("call", function(_, notification) seen = notification end)
    local response = hub:receive {
      method = "POST", body = BODY, headers = { authorization = authorization },
    }
    return response.status, seen
  end

  it("takes what the service has signed, and tells its claims", function()
    local status, seen = receive("Bearer " .. signed())
    assert.equal(202, status)
    assert.equal(APP, seen.claims.aud)
  end)

  for name, authorization in pairs {
    ["no bearer"] = function() return nil end,
    ["another scheme"] = function() return "Basic " .. signed() end,
    ["an expired one"] = function() return "Bearer " .. signed { exp = NOW - 300 } end,
    ["one of another key"] = function() return "Bearer " .. signed(nil, nil, "other") end,
    ["two of them"] = function() return "Bearer " .. signed() .. ", Bearer " .. signed() end,
  } do
    it("answers 401 to " .. name .. " and calls nobody", function()
      local status, seen = receive(authorization())
      assert.equal(401, status)
      assert.is_nil(seen)
    end)
  end
end)

-- options, what the error says
local MISUSE = {
  { nil, "takes a table" },
  { {}, "needs app_id" },
  { { app_id = "" }, "is empty" },
  { { app_id = APP, tenant = TENANT }, "did you mean tenant_id" },
  { { app_id = APP, issuers = ISSUER }, "is a table" },
  { { app_id = APP, transport = {} }, "lacks send" },
  { { app_id = APP, metadata = "http://keys.example/" }, "https" },
  { { app_id = APP, metadata = "keys.example" }, "https" },
}

describe("notifications.bearer raises at its caller's line:", function()
  for _, row in ipairs(MISUSE) do
    it(row[2], function()
      local ok, why = pcall(function() notifications.bearer(row[1]) end)
      assert.is_false(ok)
      assert.is_truthy(why:find("bearer_spec.lua", 1, true), why)
      assert.is_truthy(why:find(row[2], 1, true), why)
    end)
  end
end)
