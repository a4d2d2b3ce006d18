local helper = require "spec.helper"

local UNREADABLE = "Unable to read JSON request payload."

helper.over_every_tenant(function(open)
  describe("a body", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    -- body, what the message says: reference 4.4
    local BODIES = {
      { "", UNREADABLE }, { "{", UNREADABLE }, { "{}x", UNREADABLE }, { "null", UNREADABLE },
      { "nonsense", UNREADABLE }, { '{"a":1,}', UNREADABLE }, { '{"a":NaN}', UNREADABLE },
      { '"\255"', UNREADABLE }, { '{"a":"\\ud800"}', UNREADABLE }, { "\0", UNREADABLE },
      { ("["):rep(1000), "not an object" }, { ('{"a":'):rep(1000), "nested" },
      { "[]", "not an object" }, { "1", "not an object" }, { '"x"', "not an object" },
      { "true", "not an object" },
      { '{"inviteRedirectUrl":1}', "inviteRedirectUrl: not a String: 1" },
      { '{"resetRedemption":"true"}', "resetRedemption: not a Boolean" },
      { '{"invitedUserMessageInfo":{"ccRecipients":{}}}', "ccRecipients" },
      { '{"invitedUser":[]}', "invitedUser" }, { '{"invitedUser":{"id":1}}', "invitedUser.id" },
    }
    for _, row in ipairs(BODIES) do
      it("is refused: " .. row[1]:sub(1, 40):gsub("[^\32-\126]", "?"), function()
        local response = ask("POST /v1.0/invitations", row[1])
        assert.equal(400, response.status)
        assert.truthy(response.value.error.message:find(row[2], 1, true))
      end)
    end

    it("names the member of a wrong type as the target: reference 4.1", function()
      local err = ask("POST /v1.0/invitations", '{"invitedUser":{"id":1}}').value.error
      assert.equal("Request_BadRequest", err.code)
      assert.equal("invitedUser.id", err.target)
    end)

    -- request, body, member that may not be null; nothing is changed: reference 3.3 CSDL
    local CALL = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896/"
    local NULLS = {
      {
        "PATCH /v1.0/invitations/i", '{"invitedUserEmailAddress":null}', "invitedUserEmailAddress",
      },
      { "PATCH /v1.0/invitations/i", '{"inviteRedirectUrl":null}', "inviteRedirectUrl" },
      { "POST " .. CALL .. "operations", '{"status":null}', "status" },
      { "POST " .. CALL .. "operations", '{"participants":null}', "participants" },
      {
        "POST " .. CALL .. "operations", '{"participants":[{"identity":{}},{"identity":null}]}',
        "participants[2]/identity",
      },
      { "PATCH " .. CALL .. "operations/o", '{"resultInfo":{"code":null}}', "resultInfo/code" },
      { "PATCH " .. CALL .. "operations/o", '{"resultInfo":{"subcode":null}}',
        "resultInfo/subcode" },
    }
    for _, row in ipairs(NULLS) do
      it("may have no null as " .. row[3], function()
        emulator:reset()
        ask("POST /v1.0/invitations", { id = "i", invitedUserEmailAddress = "a@b.example",
          inviteRedirectUrl = "https://c.example" })
        ask("POST " .. CALL .. "operations", { id = "o", status = "Running" })
        local before = ask("GET " .. CALL .. "operations").body
        local response = ask(row[1], row[2])
        assert.equal(400, response.status)
        assert.equal(row[3], response.value.error.target)
        assert.equal(before, ask("GET " .. CALL .. "operations").body)
        assert.equal("a@b.example", emulator:invitations()[1].invitedUserEmailAddress)
      end)
    end

    it("clears what may be null: reference 3.3", function()
      local response = ask("PATCH " .. CALL .. "operations/o", '{"resultInfo":null}')
      assert.equal(200, response.status)
      emulator:reset()
    end)

    -- Content-Type, status: reference 3.1, 4.4
    local TYPES = {
      { "application/json", 200 }, { "Application/JSON; charset=utf-8", 200 },
      { "application/json;IEEE754Compatible=true", 200 }, { " application/json ;x=y", 200 },
      { "text/plain", 400 }, { "application/x-www-form-urlencoded", 400 }, { ";", 400 },
    }
    for _, row in ipairs(TYPES) do
      it(("as %s is answered %d"):format(row[1], row[2]), function()
        local response = ask("PATCH /v1.0/linkedIn", "{}", { ["Content-Type"] = row[1] })
        assert.equal(row[2], response.status)
      end)
    end

    it("may have Int64 as strings: reference 3.5", function()
      local response = ask("PATCH /v1.0/linkedIn/invitations", '{"created":"9223372036854775807"}',
        { ["Content-Type"] = "application/json;IEEE754Compatible=true" })
      helper.assert_json_has('{"created":9223372036854775807}', response.body)
    end)

    it("that is refused changes nothing", function()
      assert.equal(0, #emulator:invitations())
    end)
  end)

  describe("a strict tenant", function()
    local ask, emulator

    setup(function()
      ask, emulator = open { strict = true }
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(members)
      local body = {
        invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://c.example",
      }
      for name, value in pairs(members or {}) do
        body[name] = value
      end
      return ask("POST /v1.0/invitations", body)
    end

    it("refuses what is read-only: reference 10 row 17", function()
      local id = invite().value.id
      local call = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896/operations"
      local invitation = "PATCH /v1.0/invitations/" .. id
      -- line, body, the member that the error names
      local rows = {
        { invitation, helper.fixture("seed-002-request.json"), "inviteRedeemUrl" },
        { invitation, '{"status":"Completed"}', "status" },
        { "POST " .. call, helper.fixture("seed-003-request.json"), "resultInfo" },
        { "PATCH /v1.0/linkedIn/invitations", helper.fixture("seed-004-request.json"), "created" },
        { "POST " .. call, '{"id":"x"}', "id" },
      }
      for _, row in ipairs(rows) do
        local response = ask(row[1], row[2])
        assert.equal(400, response.status)
        assert.equal("propertyNotUpdateable", response.value.error.innerError.code)
        assert.equal(row[3], response.value.error.target)
      end
      assert.equal("PendingAcceptance", emulator:invitations()[1].status)
    end)

    it("takes the rest", function()
      local made = invite()
      assert.equal(201, made.status)
      assert.equal(400, invite({ invitedUser = made.value.invitedUser }).status)
      local reset = invite { invitedUser = made.value.invitedUser, resetRedemption = true }
      assert.equal(201, reset.status)
    end)
  end)

  describe("a live tenant", function()
    it("sets by itself what only it sets: reference 1.3", function()
      local ask = open { profile = "live" }
      local response = ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://c.example",
        id = "x", status = "Error", inviteRedeemUrl = "https://d.example",
      })
      assert.equal(201, response.status)
      assert.not_equal("x", response.value.id)
      assert.equal("PendingAcceptance", response.value.status)
      assert.not_equal("https://d.example", response.value.inviteRedeemUrl)
    end)
  end)
end)
