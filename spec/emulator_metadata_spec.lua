local helper = require "spec.helper"

local FIRST_CALL = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896"
local MEGAN = "/v1.0/users/megan@contoso.onmicrosoft.com"
local FULL = { Accept = "application/json;odata.metadata=full" }
local NONE = { Accept = "application/json;odata.metadata=none" }

-- request, Accept, status, level of the answer: reference 3.1 GEN, 4.2
local ACCEPTS = {
  { "GET /v1.0/users", nil, 200, "minimal" },
  { "GET /v1.0/users", "*/*", 200, "minimal" },
  { "GET /v1.0/users", "application/json", 200, "minimal" },
  { "GET /v1.0/users", "Application/JSON; charset=utf-8", 200, "minimal" },
  { "GET /v1.0/users", "application/json;odata.metadata=minimal", 200, "minimal" },
  { "GET /v1.0/users", "application/json;odata.metadata=none", 200, "none" },
  { "GET /v1.0/users", "application/json; ODATA.METADATA=full;IEEE754Compatible=true", 200,
    "full" },
  { "GET /v1.0/users", "text/html, application/*;q=0.9", 200, "minimal" },
  { "GET /v1.0/users", "text/html, application/json;odata.metadata=none", 200, "none" },
  { "GET /v1.0/users?$format=json", "text/html", 200, "minimal" },
  { "GET /v1.0/users?$format=application/json;odata.metadata%3Dnone", "text/html", 200, "none" },
  { "GET /v1.0/users?x-format=a", "text/html", 406 },
  { "GET /v1.0/users", "text/html", 406 },
  { "GET /v1.0/users", "application/xml, text/*", 406 },
  { "GET /v1.0/users", "application/json;q=0", 406 },
  { "GET /v1.0/users", "application/json;odata.metadata=verbose", 406 },
  { "GET /v1.0/users", "application/jsonp", 406 },
  { "GET /v1.0/users", "", 200, "minimal" },
  { "GET /v1.0/users/$count", "text/plain", 200 },
  { "GET /v1.0/users/$count", "application/json", 200 },
  { "GET /v1.0/users/$count", "application/xml", 406 },
  { "DELETE " .. FIRST_CALL, "text/html", 204 },
}

helper.over_every_tenant(function(open)
  describe("Accept", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    for _, row in ipairs(ACCEPTS) do
      it(("%s of %s is answered %d"):format(row[2] or "nothing", row[1], row[3]), function()
        local response = ask(row[1], nil, { Accept = row[2] })
        assert.equal(row[3], response.status)
        local level = (response.headers["content-type"] or ""):match "odata%.metadata=(%w+)"
        assert.equal(row[3] == 406 and "minimal" or row[4], level)
        if row[3] == 406 then
          assert.equal("notSupported", response.value.error.code)
        end
      end)
    end

    it("that is refused has changed nothing", function()
      local guest = {
        invitedUserEmailAddress = "a@fabrikam.example", inviteRedirectUrl = "https://a.example",
      }
      assert.equal(406, ask("POST /v1.0/invitations", guest, { Accept = "text/html" }).status)
      assert.same({}, emulator:invitations())
    end)

    it("leaves out all control information but links and counts: odata.metadata=none", function()
      local page = ask("GET /v1.0/users?$count=true&$top=1", nil, NONE).value
      assert.is_nil(page["@odata.context"])
      assert.equal(3, page["@odata.count"])
      assert.is_string(page["@odata.nextLink"])
      ask("POST " .. FIRST_CALL .. "/participants/invite", {
        participants = { { ["@odata.type"] = "#microsoft.graph.invitationParticipantInfo",
          identity = { user = { id = "u" } } } },
      })
      local operations = ask("GET " .. FIRST_CALL .. "/operations", nil, NONE)
      assert.is_nil(operations.body:find("@odata", 1, true))
      assert.matches('"participants":[{', operations.body, 1, true)
      assert.matches("@odata.type", ask("GET " .. FIRST_CALL .. "/operations").body, 1, true)
    end)

    it("has objects say their types, and entities where they are: odata.metadata=full", function()
      local user = ask("GET " .. MEGAN, nil, FULL).value
      assert.equal("#microsoft.graph.user", user["@odata.type"])
      assert.equal("#microsoft.graph.objectIdentity", user.identities[1]["@odata.type"])
      assert.matches("^https?://[^/]+" .. MEGAN .. "$", user["@odata.id"])
      assert.same({}, user.otherMails)
      local page = ask("GET /v1.0/users?$top=1", nil, FULL).value
      assert.is_nil(page["@odata.type"])
      assert.matches("/v1.0/users/" .. page.value[1].id, page.value[1]["@odata.id"], 1, true)
      local made = ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = "a@fabrikam.example", inviteRedirectUrl = "https://a.example",
      }, FULL).value
      assert.matches("/v1.0/invitations/" .. made.id, made["@odata.id"], 1, true)
      assert.equal("#microsoft.graph.user", made.invitedUser["@odata.type"])
      local info = made.invitedUserMessageInfo
      assert.equal("#microsoft.graph.emailAddress",
        info.ccRecipients[1].emailAddress["@odata.type"])
      assert.is_nil(ask("GET /v1.0/invitations/" .. made.id).value["@odata.type"])
    end)

    it("is each request's own in a batch", function()
      local answer = ask("POST /v1.0/$batch", { requests = {
        { id = "1", method = "GET", url = MEGAN:sub(6), headers = NONE },
        { id = "2", method = "GET", url = MEGAN:sub(6), headers = { Accept = "text/html" } },
      } }).value
      local by_id = {}
      for _, item in ipairs(answer.responses) do
        by_id[item.id] = item
      end
      assert.equal("Megan Bowen", by_id["1"].body.displayName)
      assert.is_nil(by_id["1"].body["@odata.context"])
      assert.equal(406, by_id["2"].status)
    end)
  end)
end)
