local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"

local ADDRESS = "adele@fabrikam.example"
local REDIRECT = "https://app.contoso.example/welcome"
local HEADERS = { authorization = "Bearer emulator", ["content-type"] = "application/json" }

helper.over_every_transport(function(open)
  describe("a client of the emulator", function()
    it("invites a guest who accepts", function()
      local client, emulator = open()
      local invitation = graphinvite.check(client.invitations:create {
        invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = REDIRECT,
        sendInvitationMessage = true,
      })
      assert.equal("PendingAcceptance", invitation.status)
      assert.equal(invitation.inviteRedeemUrl, emulator:mailbox()[1].inviteRedeemUrl)
      emulator:redeem { url = invitation.inviteRedeemUrl }
      local user = graphinvite.check(client.users:get(invitation.invitedUser.id))
      assert.equal("Accepted", user.externalUserState)
    end)

    it("needs no Authorization of its own, and may have one", function()
      local client = open()
      assert.equal(3, graphinvite.check(client.users:count()))
      client = open { auth = graphinvite.auth.static("nonsense") }
      local _, err = client.users:count()
      assert.equal(401, err.status)
    end)

    it("gets a token by its secret", function()
      local client, emulator = open {
        auth = graphinvite.auth.client_secret {
          tenant = "contoso.onmicrosoft.com", client_id = "app", client_secret = "secret",
        },
      }
      assert.equal(3, graphinvite.check(client.users:count()))
      local paths = {}
      for i, entry in ipairs(emulator:requests()) do
        paths[i] = entry.method .. " " .. entry.path
      end
      assert.same({
        "POST /contoso.onmicrosoft.com/oauth2/v2.0/token", "GET /v1.0/users/$count",
      }, paths)
    end)

    it("sleeps without waiting: time is the tenant's", function()
      local _, emulator, transport = open()
      local now, wall = transport.now(), transport.wall()
      transport.sleep(3600)
      assert.equal(3600, transport.now() - now)
      assert.equal(3600, transport.wall() - wall)
      emulator:advance(0.5)
      assert.equal(3600.5, transport.now() - now)
    end)

    it("calls every row once", function()
      local client, emulator = open()
      local made = graphinvite.check(client.invitations:create {
        invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = REDIRECT,
      })
      local call = graphinvite.check(client.calls:create { callbackUri = "https://bot.example" })
      local function somebody(id)
        return { participants = { { identity = { user = { id = id } } } } }
      end
      local people = client:call(call.id).participants
      local operation = graphinvite.check(people:invite(somebody "first"))
      emulator:advance(10)
      local single = graphinvite.check(client.linkedin.invitations:get())
      local participant = client:call(call.id).participants:list():next()
      local keys = {
        call = call.id, operation = operation.id, user = made.invitedUser.id, application = "app",
        participant = participant.id, sponsor = client.invitations.sponsors:list():next().id,
      }
      local bodies = {
        A1 = { invitedUserEmailAddress = "b@c.example", inviteRedirectUrl = REDIRECT },
        A8 = { ["@odata.id"] = "users/" .. made.invitedUser.id },
        B1 = somebody "x", ["B1'"] = somebody "y", ["B1''"] = somebody "z",
      }
      local later = {}
      local function run(row)
        local arguments = {}
        for name in row.path:gmatch("{(%w+)}") do
          local linkedin = row.path:find("linkedIn", 1, true)
          keys.invitation = linkedin and single.id or made.id
          arguments[#arguments + 1] = keys[name]
        end
        local body = row.sends and (bodies[row.id] or {}) or nil
        local value, err = client:request(row, arguments, body)
        assert.is_nil(err, row.id .. " " .. row.name .. ": " .. tostring(err))
        assert.is_truthy(value)
      end
      for _, row in ipairs(core.operations()) do
        if row.method == "DELETE" then
          table.insert(later, 1, row) -- the parts of a call go before it does
        elseif row.id == "A8" then
          later[#later + 1] = row
        else
          run(row)
        end
      end
      table.sort(later, function(a, b)
        return #a.path > #b.path
      end)
      for _, row in ipairs(later) do
        run(row)
      end
    end)
  end)
end)

describe("emulator", function()
  local function invite(emulator, address)
    return emulator:handle {
      method = "POST", url = "/v1.0/invitations", headers = HEADERS,
      body = core.encode(nil, { invitedUserEmailAddress = address, inviteRedirectUrl = REDIRECT }),
    }
  end

  it("gives the same ids for the same seed, on every Lua", function()
    local response = invite(emulators.new { seed = 7 }, ADDRESS)
    assert.equal(response.body, (invite(emulators.new { seed = 7 }, ADDRESS).body))
    local value = core.decode(nil, response.body)
    assert.equal("1dc49ddc-5f15-41b3-b5ef-506e0ec75827", value.id)
    assert.not_equal(value.id, core.decode(nil, invite(emulators.new(), ADDRESS).body).id)
  end)

  it("begins anew with a reset, as if nothing had been asked", function()
    local emulator = emulators.new()
    local first = invite(emulator, ADDRESS)
    emulator:redeem { email = ADDRESS }
    emulator:operation_outcome { outcome = "busy" }
    emulator:advance(1000)
    local now = emulator:transport().now()
    emulator:reset()
    assert.same({}, emulator:invitations())
    assert.same({}, emulator:mailbox())
    assert.same({}, emulator:requests())
    assert.equal(now, emulator:transport().now()) -- a clock that only goes forward
    local again = invite(emulator, ADDRESS)
    assert.equal(first.body, again.body)
    assert.same(first.headers, again.headers)
  end)

  it("keeps a journal of requests in order, without the controls", function()
    local emulator = emulators.new()
    invite(emulator, ADDRESS)
    emulator:advance(1.5)
    emulator:handle {
      method = "GET", url = "https://graph.microsoft.com/beta/users/x?$select=id#y",
      headers = { authorization = "Bearer emulator", ["client-request-id"] = "mine" },
    }
    emulator:handle { method = "GET", url = "/_emulator/requests", headers = {} }
    emulator:handle { method = "GET", url = "/v1.0/users", headers = {} }
    assert.same({
      { time = 1767225600, method = "POST", path = "/v1.0/invitations", status = 201 },
      {
        time = 1767225601.5, method = "GET", path = "/beta/users/x", status = 404,
        client_request_id = "mine",
      },
      { time = 1767225601.5, method = "GET", path = "/v1.0/users", status = 401 },
    }, emulator:requests())
  end)

  it("does not tell a client's own Authorization from the tenant's", function()
    local transport = emulators.new():transport()
    local request = { method = "GET", url = "https://x/v1.0/users", headers = {} }
    assert.equal(200, transport.send(request).status)
    assert.is_nil(request.headers.Authorization)
    assert.equal(request.url, transport.send(request).url)
    request.headers.AUTHORIZATION = "Bearer x"
    assert.equal(401, transport.send(request).status)
  end)

  it("has random numbers for the transport that leave its ids alone", function()
    local emulator = emulators.new()
    local transport = emulator:transport()
    local number = transport.random()
    assert.is_true(number >= 0 and number < 1)
    assert.equal(invite(emulators.new(), ADDRESS).body, (invite(emulator, ADDRESS).body))
  end)
end)
