local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local jwt = require "graphinvite.jwt"
local keys = require "graphinvite.emulator.keys"
local notifications = require "graphinvite.notifications"
local process = require "spec.support.process"
local receivers = require "spec.support.receivers"

local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local CALLS_TENANT = "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6"
local PEOPLE = { { identity = { user = { id = "278405a3-f568-4b3e-b684-009193463064" } } } }

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

helper.over_every_transport(function(open, name)
  describe("a notification's bearer", function()
    local emulator, transport, receiver, root

    after_each(function()
      receiver.close()
    end)

    -- The bearers of the end of an invitation and of the roster, in a call that was made with a
    -- secret or as the tenant's administrator.
    local function bearers(call, auth)
      local client
      client, emulator, transport = open { auth = auth }
      root = name == "in process" and "https://api.aps.skype.com" or helper.server().url
      receiver = receivers[name](emulator, {})
      call.callbackUri = receiver.uri
      local made = assert(client.calls:create(call))
      assert(client:call(made.id).participants:invite { participants = PEOPLE })
      emulator:advance(2)
      local list = {}
      for i, request in ipairs(receiver.take(2)) do
        list[i] = request.headers.authorization:match "^Bearer (%S+)$"
      end
      return list
    end

    local function validator(options)
      options.transport = transport
      options.metadata = root .. "/v1/.well-known/OpenIdConfiguration"
      return notifications.bearer(options)
    end

    it("is good for the validator: reference 6.3", function()
      local token = bearers({})[1]
      local claims = assert(validator { app_id = keys.APPLICATION } (token))
      assert.equal("https://api.botframework.com", claims.iss)
      assert.equal(3900, claims.exp - claims.nbf)
      assert.equal(1767225602, claims.nbf)
      local refused = validator { app_id = CLIENT }
      assert.is_nil((refused(token)))
      emulator:advance(3900 + 300)
      assert.is_nil((validator { app_id = keys.APPLICATION } (token)))
    end)

    it("is for the application that made the call, and names the call's tenant", function()
      local token = bearers({ tenantId = CALLS_TENANT }, graphinvite.auth.client_secret {
        tenant = CALLS_TENANT, client_id = CLIENT, client_secret = "s",
      })[1]
      assert(validator { app_id = CLIENT, tenant_id = CALLS_TENANT } (token))
    end)

    it("is signed by a key that the openssl command finds right", function()
      local token = assert(jwt.decode(bearers({})[1]))
      local response = assert(transport.send({
        method = "GET", url = root .. "/v1/.well-known/keys", headers = {},
      }, 30))
      local jwk = core.decode(nil, response.body).keys[1]
      assert.equal(jwk.kid, token.header.kid)
      local directory = process.directory()
      write(directory .. "/pub", assert(require("graphinvite.crypto").jwk(jwk):pem()))
      write(directory .. "/data", token.input)
      write(directory .. "/signature", token.signature)
      assert.equal("Verified OK", process.output(
        ("cd %s; openssl dgst -sha256 -verify pub -signature signature data; rm -r %s"):format(
          directory, directory)))
    end)

    it("is signed by the newest key after a rotation, which a validator then finds", function()
      local before = bearers({})[1]
      local validate = validator { app_id = keys.APPLICATION }
      assert(validate(before))
      receiver.close()
      emulator:reset()
      emulator:rotate_keys()
      receiver = receivers[name](emulator, {})
      local client = graphinvite.new {
        transport = transport, base_url = name == "in process" and nil or root .. "/v1.0",
      }
      local made = assert(client.calls:create { callbackUri = receiver.uri })
      assert(client:call(made.id).participants:invite { participants = PEOPLE })
      emulator:advance(100)
      local after = receiver.take(2)[1].headers.authorization:match "^Bearer (%S+)$"
      assert.not_equal(jwt.decode(before).header.kid, jwt.decode(after).header.kid)
      assert(validate(after))
      assert(validate(before))
    end)
  end)
end)

describe("without graphinvite.crypto", function()
  it("the emulator does all but sign and verify, and says what is missing", function()
    local printed = process.elsewhere("", [[
      table.insert(package.searchers or package.loaders, 1, function(name)
        if name == "graphinvite.crypto" then error("module 'graphinvite.crypto' not found:", 0) end
      end)
      local core = require "graphinvite.core"
      local emulator = require("graphinvite.emulator").new()
      local client = require("graphinvite").new { transport = emulator:transport() }
      local bearer
      emulator:on_notification(function(request)
        bearer = request.headers.authorization
        return { status = 202 }
      end)
      local made = assert(client.calls:create {})
      assert(client:call(made.id).participants:invite { participants = { {
        identity = { user = { id = "1" } } } } })
      emulator:advance(2)
      print(bearer)
      print((select(2, pcall(emulator.application, emulator, {
        client_id = "a", certificate = "x",
      }))))
      emulator:application { client_id = "a", secret = "b" }
      local response = emulator:handle {
        method = "GET", url = "/common/discovery/v2.0/keys", headers = {},
      }
      print(response.status, core.decode(nil, response.body).error_description)
    ]])
    local lines = {}
    for line in printed:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    assert.equal("Bearer graphinvite.crypto-is-not-installed", lines[1])
    assert.matches("certificate: graphinvite.crypto is not installed: .*libssl%-dev", lines[2])
    assert.matches("^501%s+AADSTS0: graphinvite.crypto is not installed: ", lines[3])
  end)

  it("is not loaded before it is needed", function()
    assert.equal("nil", process.elsewhere("", [[
      local emulator = require("graphinvite.emulator").new()
      emulator:handle { method = "GET", url = "/v1.0/users", headers = {} }
      print(package.loaded["graphinvite.crypto"])
    ]]))
  end)
end)

describe("the emulators of one process", function()
  it("share a key until one of them is told to rotate", function()
    local first, second = emulators.new(), emulators.new()
    assert.same(keys.list(first), keys.list(second))
    first:rotate_keys()
    assert.equal(2, #keys.list(first))
    assert.equal(1, #keys.list(second))
  end)
end)
