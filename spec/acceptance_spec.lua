local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local raises = require "spec.support.raises"
local scripted = require "spec.support.scripted"

local MAIL = "adele@fabrikam.example"
local BODY = { invitedUserEmailAddress = MAIL, inviteRedirectUrl = "https://app.contoso.example" }

helper.over_every_transport(function(open)
  describe("wait_accepted", function()
    local client, emulator, sleeps, on_sleep

    local function start(options)
      local driver
      client, emulator, driver = open(options)
      sleeps, on_sleep = {}, nil
      local sleep = driver.sleep
      driver.sleep = function(seconds)
        sleeps[#sleeps + 1] = seconds
        sleep(seconds)
        if on_sleep then
          on_sleep()
        end
      end
      return assert(client.invitations:create(BODY))
    end

    -- Lets the guest redeem after so many sleeps.
    local function redeem_after(count)
      on_sleep = function()
        if #sleeps == count then
          assert(emulator:redeem { email = MAIL })
        end
      end
    end

    it("looks every minute until the guest has accepted", function()
      local invitation = start()
      redeem_after(3)
      local user = assert(client:wait_accepted(invitation))
      assert.equal(invitation.invitedUser.id, user.id)
      assert.equal("Accepted", user.externalUserState)
      assert.equal(MAIL, user.mail)
      assert.equal("2026-01-01T00:03:00Z", user.externalUserStateChangeDateTime)
      assert.same({ 60, 60, 60 }, sleeps)
      assert.equal(5, #emulator:requests())
    end)

    it("looks at once, and does not wait for one who has accepted before", function()
      local invitation = start()
      assert(emulator:redeem { email = MAIL })
      assert.equal("Accepted", assert(client:wait_accepted(invitation)).externalUserState)
      assert.same({}, sleeps)
    end)

    it("looks as often and as long as it is told", function()
      local invitation = start()
      local value, err = client:wait_accepted(invitation, { deadline = 7 * 86400, interval = 3600 })
      assert.is_nil(value)
      assert.equal("deadline", err.kind)
      assert.equal("the guest has not accepted within 604800 s", err.message)
      assert.is_true(err.retriable)
      assert.equal(168, #sleeps)
      assert.equal(3600, sleeps[168])
    end)

    it("waits for a day unless told otherwise", function()
      local invitation = start()
      local _, err = client:wait_accepted(invitation, { interval = 3600 })
      assert.equal("the guest has not accepted within 86400 s", err.message)
      assert.equal(24, #sleeps)
    end)

    it("takes an invitation of which only the user's id is left", function()
      local invitation = start()
      redeem_after(1)
      assert(client:wait_accepted { invitedUser = { id = invitation.invitedUser.id } })
    end)

    it("asks for what it needs of the user and for what the caller wants", function()
      local invitation = start()
      assert(emulator:redeem { email = MAIL })
      local user = assert(client:wait_accepted(invitation))
      assert.is_nil(user.userType)
      user = assert(client:wait_accepted(invitation, { select = { "userType" }, deadline = 600 }))
      assert.equal("Guest", user.userType)
    end)

    it("bears with a guest that cannot be found yet", function()
      local invitation = start { emulator = { replication = 150 } }
      redeem_after(4)
      assert.equal("Accepted", assert(client:wait_accepted(invitation)).externalUserState)
      assert.same({ 60, 60, 60, 60 }, sleeps)
    end)

    it("does not bear with that for ever", function()
      start()
      local nobody = { invitedUser = { id = "6e0a5b1c-0000-4000-8000-000000000000" } }
      local value, err = client:wait_accepted(nobody)
      assert.is_nil(value)
      assert.equal(404, err.status)
      assert.equal("Request_ResourceNotFound", err.code)
      assert.same({ 60, 60, 60, 60, 60 }, sleeps)
    end)

    it("waits anew after a reset", function()
      local invitation = start()
      assert(emulator:redeem { email = MAIL })
      assert(client:wait_accepted(invitation))
      local again = assert(client.invitations:reset(invitation.invitedUser.id, BODY))
      redeem_after(2)
      assert(client:wait_accepted(again))
      assert.same({ 60, 60 }, sleeps)
    end)

    it("ends when the service refuses", function()
      local invitation = start()
      client = client:with { auth = graphinvite.auth.static "not.known" }
      local value, err = client:wait_accepted(invitation)
      assert.is_nil(value)
      assert.equal(401, err.status)
      assert.same({}, sleeps)
    end)

    it("leaves the options it was given as they are", function()
      local invitation, options = start(), { deadline = 60, interval = 30 }
      client:wait_accepted(invitation, options)
      assert.same({ deadline = 60, interval = 30 }, options)
    end)
  end)
end)

local BUSY = { status = 503 }
local ACCEPTED = { status = 200, body = '{"id":"u","externalUserState":"Accepted"}' }

-- Only a scripted transport gives these answers.
describe("wait_accepted, with a service that is busy,", function()
  local WHO = { invitedUser = { id = "u" } }

  it("repeats a look", function()
    local transport = scripted.new { BUSY, BUSY, ACCEPTED }
    assert(graphinvite.new({ transport = transport }):wait_accepted(WHO))
    assert.same({ 0.5, 1 }, transport.sleeps)
  end)

  it("goes on after a look that failed for the time being", function()
    local lost = { reason = "connect", sent = false }
    local transport = scripted.new { lost, lost, lost, lost, ACCEPTED }
    assert(graphinvite.new({ transport = transport }):wait_accepted(WHO))
    assert.same({ 0.5, 1, 2, 60 }, transport.sleeps)
  end)

  it("does not look beyond its deadline", function()
    local transport = scripted.new { { status = 503, takes = 20 } }
    local client = graphinvite.new { transport = transport }
    local _, err = client:wait_accepted(WHO, { deadline = 50 })
    assert.equal("deadline", err.kind)
    assert.is_true(transport.elapsed <= 50)
  end)

  it("reads the user alone: no other call is made", function()
    local transport = scripted.new { ACCEPTED }
    assert(graphinvite.new({ transport = transport }):wait_accepted(WHO))
    assert.equal("https://graph.microsoft.com/v1.0/users/u?$select=id,displayName,mail,"
      .. "externalUserState,externalUserStateChangeDateTime", transport.requests[1].url)
  end)
end)

describe("wait_accepted raises", function()
  local WHO = { invitedUser = { id = "u" } }
  local client
  before_each(function()
    client = graphinvite.new { transport = scripted.new { ACCEPTED } }
  end)

  -- luacheck: push ignore 631
  local MISTAKES = {
    { "wait_accepted takes an invitation with invitedUser.id", function(c) c:wait_accepted() end },
    { "wait_accepted takes an invitation with invitedUser.id", function(c) c:wait_accepted "u" end },
    { "wait_accepted takes an invitation with invitedUser.id", function(c) c:wait_accepted { id = "i" } end },
    { "wait_accepted takes an invitation with invitedUser.id", function(c) c:wait_accepted { invitedUser = graphinvite.null } end },
    { "options of a call are a table, this is a number", function(c) c:wait_accepted(WHO, 5) end },
    { "unknown option intervall (did you mean interval?)", function(c) c:wait_accepted(WHO, { intervall = 5 }) end },
    { "option interval is above 0", function(c) c:wait_accepted(WHO, { interval = 0 }) end },
    { "option interval is a number, this is a string", function(c) c:wait_accepted(WHO, { interval = "x" }) end },
    { "option deadline is a number, this is a string", function(c) c:wait_accepted(WHO, { deadline = "x" }) end },
    { "option deadline is above 0", function(c) c:wait_accepted(WHO, { deadline = -1 }) end },
  }
  -- luacheck: pop

  for i, row in ipairs(MISTAKES) do
    it(("at the caller's line, case %d: %s"):format(i, row[1]), function()
      raises(row[1], row[2], client)
    end)
  end
end)
