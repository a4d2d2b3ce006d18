local assert_nowhere = require "spec.support.nowhere"
local auth = require "graphinvite.auth"
local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"
local graphinvite = require "graphinvite"
local process = require "spec.support.process"
local scripted = require "spec.support.scripted"

local TENANT = "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6"
local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local COUNT = { status = 200, headers = { ["content-type"] = "text/plain" }, body = "5" }

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function json(status, value, headers)
  return { status = status, body = assert(core.encode(nil, value)), headers = headers }
end

local function token(n)
  return json(200, {
    token_type = "Bearer", expires_in = 3600, access_token = ("CANARY%d.b.c"):format(n),
    refresh_token = ("CANARY-R%d"):format(n), id_token = "CANARY.id.token",
  })
end

-- Repeats the whole request in a refusal, as text and as JSON.
local function echo(request)
  local sent = request.body or request.url
  return json(400, {
    error = "invalid_grant", error_description = "AADSTS70008: got " .. sent .. "\r\nTrace",
  })
end

local DEVICE = json(200, {
  device_code = "CANARY-DEVICE", user_code = "U", verification_uri = "https://a.example",
  expires_in = 900, interval = 5, message = "Open it.",
})

-- Each gives a source for a folder, and what its endpoint answers before it refuses.
local GRANTS = {
  client_secret = function()
    return auth.client_secret { tenant = TENANT, client_id = CLIENT, client_secret = "CANARY" },
      { token(1) }
  end,
  federated = function()
    return auth.federated {
      tenant = TENANT, client_id = CLIENT, assertion = function() return "CANARY.b.c" end,
    }, { token(1) }
  end,
  refresh_token = function()
    return auth.refresh_token {
      tenant = TENANT, client_id = CLIENT, refresh_token = "CANARY", client_secret = "CANARY",
    }, { token(1) }
  end,
  device_code = function()
    return auth.device_code { client_id = CLIENT, prompt = function() end },
      { DEVICE, token(1), echo, DEVICE }
  end,
  stored = function(directory)
    return auth.stored(auth.refresh_token {
      tenant = TENANT, client_id = CLIENT, refresh_token = "CANARY",
    }, directory .. "/tokens"), { token(1) }
  end,
  app_service = function()
    return auth.managed_identity {
      host = "app_service", endpoint = "http://127.0.0.1:1/msi", identity_header = "CANARY",
    }, { token(1) }
  end,
  arc = function(directory)
    write(directory .. "/a.key", "CANARY")
    local challenge = { ["www-authenticate"] = "Basic realm=" .. directory .. "/a.key" }
    return auth.managed_identity {
      host = "arc", endpoint = "http://127.0.0.1:1/arc", key_directory = directory,
    }, { { status = 401, headers = challenge }, token(1), { status = 401, headers = challenge } }
  end,
  environment = function()
    local variables = {
      AZURE_TENANT_ID = TENANT, AZURE_CLIENT_ID = CLIENT, AZURE_CLIENT_SECRET = "CANARY",
    }
    return auth.environment(function(name) return variables[name] end), { token(1) }
  end,
}

-- Signs in, is answered 401 by Graph, and is refused when it asks again, with an echo of all that
-- it has sent. Gives what hooks and log have seen, the errors, and the transport.
local function sign_in(source, answers)
  local seen, list, asked, refused = {}, answers, 0, false
  local transport = scripted.new { function(request)
    if request.url:find("^https://graph") then
      return refused and { status = 401 } or COUNT
    end
    asked = asked + 1
    local given = list[asked] or echo
    return type(given) == "function" and given(request) or given
  end }
  local function note(...)
    seen[#seen + 1] = { ... }
  end
  local client = graphinvite.new {
    transport = transport, auth = source, on_request = note, on_response = note, log = note,
  }
  local found = {}
  for i = 1, 3 do
    local _, err = client.users:count()
    found[i], refused = err or false, true
  end
  return seen, found, transport
end

describe("no secret is in an error, a hook or the log:", function()
  local directory

  before_each(function()
    directory = process.directory()
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  for name, make in pairs(GRANTS) do
    it(name, function()
      local seen, found, transport = sign_in(make(directory))
      local sent = 0
      for _, request in ipairs(transport.requests) do
        local text = (request.body or "") .. (request.headers.Authorization or "")
          .. (request.headers["X-IDENTITY-HEADER"] or "")
        sent = sent + (text:find("CANARY", 1, true) and 1 or 0)
      end
      assert.is_true(sent >= 2, "the secret was not sent")
      assert.is_true(#seen >= 6)
      assert.equal("auth", found[3].kind)
      assert_nowhere("CANARY", seen)
      assert_nowhere("CANARY", found)
    end)
  end

  it("certificate: the assertion, the key and its passphrase", function()
    local made = assert(crypto.self_signed { names = { "a.example" }, days = 2, kind = "rsa" })
    local source = auth.certificate {
      tenant = TENANT, client_id = CLIENT, certificate = made.certificate, key = made.key,
      passphrase = "CANARY",
    }
    local seen, found, transport = sign_in(source, { token(1) })
    local assertions = 0
    for _, request in ipairs(transport.requests) do
      local assertion = (request.body or ""):match "client_assertion=([^&]+)"
      if assertion then
        assertions = assertions + 1
        assert_nowhere(assertion:match "[^.]+$", seen)
        assert_nowhere(assertion:match "[^.]+$", found)
      end
    end
    assert.equal(2, assertions)
    assert_nowhere("CANARY", seen)
    assert_nowhere("CANARY", found)
  end)
end)
