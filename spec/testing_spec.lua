local testing = require "graphinvite.testing"

local with_emulator = testing.with_emulator

local ADDRESS = "adele@fabrikam.example"

local function invite(client, changes)
  local body = { invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = "https://a.example" }
  for name, value in pairs(changes or {}) do
    body[name] = value
  end
  return assert(client.invitations:create(body))
end

-- The text of the error that a function raises.
local function raised(work)
  local ok, err = pcall(work)
  assert.is_false(ok)
  return type(err) == "table" and tostring(err.message) or tostring(err)
end

describe("testing.with_emulator", function()
  it("gives a client of a fresh tenant, and what the test returns", function()
    for _ = 1, 2 do
      assert.equal("done", with_emulator(function(client, emulator)
        assert.equal(0, #emulator:requests())
        invite(client)
        assert.equal(1, #emulator:invitations())
        return "done"
      end))
    end
  end)

  it("makes every run the same", function()
    local function run()
      return with_emulator(function(client, emulator)
        local invitation = invite(client)
        emulator:advance(10)
        return { invitation.id, invitation.inviteRedeemUrl, emulator:requests()[1].time }
      end)
    end
    assert.same(run(), run())
  end)

  it("takes options of the emulator and of the client", function()
    with_emulator(function(client)
      local _, err = client.invitations:list():next()
      assert.is_not_nil(err)
    end, { emulator = { profile = "live" }, client = { profile = "live" } })
  end)

  it("lets an error of the test out, and ends there", function()
    assert.matches("the test is wrong", raised(function()
      with_emulator(function() error("the test is wrong") end)
    end))
    assert.matches("inside with_emulator", raised(function() testing.transcript() end))
  end)

  it("may stand in another one", function()
    with_emulator(function(client)
      invite(client)
      with_emulator(function() assert.is_not.invited(ADDRESS) end)
      assert.invited(ADDRESS)
    end)
  end)
end)

describe("an assertion of testing", function()
  it("knows who was invited, in any case", function()
    with_emulator(function(client)
      assert.is_not.invited(ADDRESS)
      invite(client)
      assert.invited(ADDRESS)
      assert.invited(ADDRESS:upper())
    end)
  end)

  it("knows who got a mail", function()
    with_emulator(function(client)
      invite(client)
      assert.is_not.mailed(ADDRESS)
      invite(client, { invitedUserEmailAddress = "b@fabrikam.example",
        sendInvitationMessage = true })
      assert.mailed "b@fabrikam.example"
    end)
  end)

  -- a request, whether the tenant has a route for it
  local ROUTES = {
    { { method = "GET", path = "/users", name = "x" }, true },
    { { method = "GET", path = "/users/{a}", name = "x" }, true, { "nobody" } },
    { { method = "GET", path = "/usrs", name = "x" }, false },
    { { method = "PUT", path = "/invitations", name = "x" }, false },
  }
  for _, row in ipairs(ROUTES) do
    it(("says that %s %s is %sserved"):format(row[1].method, row[1].path, row[2] and "" or "not "),
      function()
        with_emulator(function(client)
          client:request(row[1], row[3])
          if row[2] then
            assert.no_unmatched_requests()
          else
            assert.is_not.no_unmatched_requests()
          end
        end)
      end)
  end

  -- assertion, argument, what its failure says
  local FAILURES = {
    { "invited", "nobody@fabrikam.example", "Expected nobody@fabrikam.example to be invited" },
    { "mailed", "nobody@fabrikam.example", "Expected a mail to nobody@fabrikam.example" },
    { "no_unmatched_requests", nil, "Expected no request" },
  }
  for _, row in ipairs(FAILURES) do
    it("prints the transcript when it fails: " .. row[1], function()
      local text = raised(function()
        with_emulator(function(client)
          invite(client)
          client:request { method = "GET", path = "/usrs", name = "x" }
          assert[row[1]](row[2])
        end)
      end)
      assert.is_truthy(text:find(row[3], 1, true), text)
      assert.is_truthy(text:find("POST /v1.0/invitations -> 201", 1, true), text)
      assert.is_truthy(text:find("GET /v1.0/usrs -> 400  (no such route)", 1, true), text)
    end)
  end

  it("shows the last fifty requests only", function()
    with_emulator(function(client)
      for _ = 1, 60 do
        client.users:count()
      end
      local text = testing.transcript()
      assert.matches("^%.%.%. 10 requests before these\n", text)
      assert.equal(50, select(2, text:gsub("\n", "")))
    end)
  end)

  it("takes an address, and nothing outside a test", function()
    with_emulator(function()
      assert.matches("takes an address", raised(function() assert.invited(5) end))
    end)
    assert.matches("inside with_emulator", raised(function() assert.invited(ADDRESS) end))
  end)
end)

describe("a builder of testing", function()
  it("makes a guest who has accepted", function()
    with_emulator(function()
      local user = testing.guest { email = ADDRESS, display_name = "Adele" }
      assert.equal("Accepted", user.externalUserState)
      assert.equal("Adele", user.displayName)
    end)
  end)

  it("makes one who has not", function()
    with_emulator(function()
      local user = testing.guest { email = ADDRESS, accepted = false }
      assert.equal("PendingAcceptance", user.externalUserState)
    end)
  end)

  it("makes a call into which people can be invited", function()
    with_emulator(function(_, emulator)
      local call = testing.call()
      local operation = assert(call.participants:invite {
        participants = {
          { identity = { user = { id = "278405a3-f568-4b3e-b684-009193463064" } } },
        },
      })
      assert(call.operations:wait(operation))
      assert.equal("POST", emulator:requests()[2].method)
    end)
  end)
end)
