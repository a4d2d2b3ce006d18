local authority = require "spec.support.authority"
local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local randoms = require "graphinvite.emulator.random"

-- In process only: what is sent here would not get through an HTTP client or server.

local random = randoms.new(20261121)

local function pick(list)
  return list[random:draw() % #list + 1]
end

local JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhcHAiLCJzdWIiOiJhcHAifQ.AAAA"
local GRAPH = "https://graph.microsoft.com"

local TENANTS = {
  authority.TENANT, authority.TENANT, "common", "contoso.example", "x", "%00", "\255", "..",
}
local PATHS = {
  "/%s/oauth2/v2.0/token", "/%s/oauth2/v2.0/token", "/%s/oauth2/v2.0/devicecode",
  "/metadata/identity/oauth2/token", "/msi/token", "/%s/v2.0/.well-known/openid-configuration",
  "/%s/discovery/v2.0/keys", "/v1/.well-known/OpenIdConfiguration", "/v1/.well-known/keys",
}
local NAMES = {
  "grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "scope",
  "device_code", "refresh_token", "claims", "resource", "api-version", "object_id", "msi_res_id",
}
local VALUES = {
  grant_type = { "client_credentials", "refresh_token", authority.DEVICE, "password" },
  client_id = { "app", "app", "APP", authority.NIL_GUID },
  client_secret = { "wrong", "right" },
  client_assertion = { JWT, JWT, "e30.e30.", "W10.W10.", "bnVsbA.bnVsbA.", ".." },
  client_assertion_type = { authority.ASSERTION },
  scope = { authority.GRAPH, "User.Read offline_access", " ", "/", "//", "offline_access" },
  claims = { "{}", '{"access_token":null}', "[]", "null", "{", '{"a":[1,[2]]}' },
  resource = { GRAPH, GRAPH .. "/", "/" }, ["api-version"] = { "2018-02-01", "2019-08-01" },
}
local ODD = { "", "\0", "\255", "%", "%s%d", "\r\n", ("x"):rep(300), "ä", "null" }
local CONTROLS = {
  application = {
    { client_id = "app", secret = "right" },
    { client_id = "app", federated = { issuer = "app", subject = "x", audience = "y" } },
    { client_id = "other", federated = { issuer = "app", subject = "app", audience = "y" } },
    { client_id = "\0", secret = "\255" },
  },
  token_lifetime = { { seconds = 1 }, { seconds = 2 ^ 30 } },
  challenge = { { claims = "[]" }, { claims = '{"a":[1,{"b":"\\u0000"}]}', count = 3 } },
  revoke = { {}, { refresh_tokens = true } },
  fail_token = { { number = 50196 }, { number = 90033, count = 2 }, { number = 1 / 0 } },
  advance = { { seconds = 0.1 }, { seconds = 4000 } },
  device = { { user_code = "" }, { user_code = "\0" } },
}

local function parameters()
  local fields = {}
  for _ = 1, random:draw() % 8 do
    local name = pick(NAMES)
    fields[name] = random:draw() % 5 > 0 and VALUES[name] and pick(VALUES[name]) or pick(ODD)
  end
  if random:draw() % 2 == 0 then
    fields.client_id, fields.grant_type = "app", pick(VALUES.grant_type)
  end
  return fields
end

-- What the emulator has told, to be sent back to it.
local function learn(known, response)
  local value = core.decode(nil, response.body)
  assert.equal("table", type(value))
  for _, name in ipairs { "device_code", "refresh_token", "user_code" } do
    if type(value[name]) == "string" then
      known[name] = value[name]
    end
  end
  return value
end

local function shoot(emulator, known)
  local fields = parameters()
  for _, name in ipairs { "device_code", "refresh_token" } do
    fields[name] = random:draw() % 2 == 0 and known[name] or fields[name]
  end
  local text = authority.encode(fields) .. pick { "", "", "", "&", "&a=%", "&=&=", "\0" }
  local path = pick(PATHS):format(pick(TENANTS)) .. pick { "", "?" .. text, "?\0" }
  local usual = path:find("/oauth2/v2.0/", 1, true) and "POST" or "GET"
  local request = {
    method = pick { usual, usual, usual, usual, "POST", "GET", "PUT", "\0" }, url = path,
    body = random:draw() % 5 > 0 and text or nil,
    headers = {
      ["content-type"] = pick { authority.MEDIA_TYPE, authority.MEDIA_TYPE, "text/plain", "\0" },
      authorization = pick { "Bearer emulator", "Basic YXBwOng=", "Basic !", "Basic", "\0" },
      metadata = pick { "true", "\0" }, ["x-identity-header"] = pick { "emulator", "" },
    },
  }
  local told = ("%s %q %q"):format(request.method, path, text)
  local fine, response = pcall(emulator.handle, emulator, request)
  assert.is_true(fine, told .. " raised " .. tostring(response))
  assert.is_true(response.status >= 200 and response.status <= 503, told)
  local value = learn(known, response)
  assert.equal(response.status == 200, value.error == nil and value.statusCode == nil, told)
  for _, header in pairs(response.headers) do
    assert.is_nil(header:find("[%c\128-\255]"), told)
  end
  return response.status
end

-- Does something to the authority, sensible or not.
local function disturb(emulator, known)
  local name = pick { "application", "token_lifetime", "challenge", "revoke", "fail_token",
    "advance", "device" }
  local fields = pick(CONTROLS[name])
  if name == "device" and random:draw() % 3 > 0 then
    fields = { user_code = known.user_code or "x", outcome = pick { "approve", "decline" } }
  end
  local _, problem = pcall(emulator[name], emulator, fields)
  assert.is_true(type(problem) ~= "string" or problem:find "%.lua:%d+: " ~= nil, problem)
end

describe("the authority under fire", function()
  it("answers whatever is sent, in JSON", function()
    local counts = {}
    for _ = 1, 10 do
      local emulator, known = emulators.new { seed = random:draw() }, {}
      for i = 1, 400 do
        local status = shoot(emulator, known)
        counts[status] = (counts[status] or 0) + 1
        if i % 10 == 0 then
          disturb(emulator, known)
        end
      end
      assert.truthy(core.encode(nil, core.array(emulator:requests())))
    end
    for _, status in ipairs { 200, 400, 401, 405, 503 } do
      assert.is_true((counts[status] or 0) > 10, status .. " is rare")
    end
  end)

  local LONG = ("a"):rep(1000000)
  for name, fields in pairs {
    scope = { scope = ("a/"):rep(500000) }, tenant = {}, claims = { claims = ("["):rep(1000000) },
    assertion = {
      client_assertion = LONG .. "." .. LONG .. "." .. LONG,
      client_assertion_type = authority.ASSERTION,
    },
    secret = { client_secret = LONG },
  } do
    it("answers a long " .. name .. " at once", function()
      local emulator = emulators.new()
      emulator:application { client_id = "app", secret = "right" }
      local response = emulator:handle {
        method = "POST", headers = { ["content-type"] = authority.MEDIA_TYPE },
        url = ("/%s/oauth2/v2.0/token"):format(name == "tenant" and LONG or authority.TENANT),
        body = authority.encode(authority.form(fields)),
      }
      assert.is_true(response.status == 400 or response.status == 401)
      assert.is_true(#response.body < 10000)
    end)
  end
end)
