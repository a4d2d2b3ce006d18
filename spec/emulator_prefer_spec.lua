local helper = require "spec.helper"

local FIRST_CALL = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896"
local GUEST = {
  invitedUserEmailAddress = "adele@fabrikam.example",
  inviteRedirectUrl = "https://app.contoso.example",
}
local CALL = {
  callbackUri = "https://bot.example/c", state = "whispering",
  requestedModalities = { "audio", "hologram" },
  targets = {
    { identity = {}, endpointType = "watch" }, { identity = {}, endpointType = "VoiceMail" },
  },
}

helper.over_every_tenant(function(open)
  describe("preferences", function()
    local ask, emulator

    setup(function()
      ask, emulator = open { page_size = 2 }
    end)

    before_each(function()
      emulator:reset()
    end)

    -- request line, body: each makes or changes an entity
    local WRITES = {
      { "POST /v1.0/invitations", GUEST, "/v1.0/invitations/" },
      { "POST " .. FIRST_CALL .. "/operations", {}, FIRST_CALL .. "/operations/" },
      { "POST /v1.0/communications/calls", CALL, "/v1.0/communications/calls/" },
      { "PATCH /v1.0/linkedIn/invitations", { trackingId = "t" } },
      { "PATCH /v1.0/linkedIn", {} },
    }
    for _, row in ipairs(WRITES) do
      it(row[1] .. " answers no entity where none is wanted: reference 8, 10 row 24", function()
        local response = ask(row[1], row[2], { Prefer = "return=minimal" })
        assert.equal(204, response.status)
        assert.equal("", response.body or "")
        assert.equal("return=minimal", response.headers["preference-applied"])
        local path = (response.headers.location or ""):match("^https?://[^/]+(/.*)$")
        if row[3] then
          assert.equal(200, ask("GET " .. path).status)
        end
        assert.equal(row[3], path and path:sub(1, #(row[3] or "")))
      end)

      it(row[1] .. " says that it answers what was wanted", function()
        local response = ask(row[1], row[2], { Prefer = "RETURN=representation" })
        assert.is_true(response.status == 200 or response.status == 201)
        assert.is_table(response.value)
        assert.equal("return=representation", response.headers["preference-applied"])
      end)
    end

    it("change nothing of what is refused", function()
      local response = ask("POST /v1.0/invitations", { x = 1 }, { Prefer = "return=minimal" })
      assert.equal(400, response.status)
      assert.is_nil(response.headers["preference-applied"])
      ask("POST /v1.0/invitations", GUEST, { Prefer = "return=minimal" })
      assert.equal(1, #emulator:invitations())
    end)

    it("do not keep back the operation that an action begins", function()
      local response = ask("POST " .. FIRST_CALL .. "/participants/invite",
        { participants = { { identity = {} } } }, { Prefer = "return=minimal" })
      assert.equal(200, response.status)
      assert.is_string(response.value.id)
    end)

    -- header, items of the page (the server has 2 on one), what was applied
    local SIZES = {
      { "odata.maxpagesize=1", 1, "odata.maxpagesize=1" },
      { "odata.maxpagesize=9", 2, "odata.maxpagesize=9" },
      { "odata.maxpagesize=0", 2 }, { "odata.maxpagesize=x", 2 }, { "what=1", 2 }, { ",;=", 2 },
      {
        "include-unknown-enum-members, odata.maxpagesize=1", 1,
        "include-unknown-enum-members, odata.maxpagesize=1",
      },
    }
    for _, row in ipairs(SIZES) do
      it(("%s gives pages of %d"):format(row[1], row[2]), function()
        local response = ask("GET /v1.0/users", nil, { Prefer = row[1] })
        assert.equal(row[2], #response.value.value)
        assert.equal(row[3], response.headers["preference-applied"])
        assert.is_string(response.value["@odata.nextLink"])
      end)
    end

    it("show newer members of enums only to who knows them: reference 3.7", function()
      local path = "GET /v1.0/communications/calls/"
        .. ask("POST /v1.0/communications/calls", CALL).value.id
      local call = ask(path).value
      assert.equal("unknownFutureValue", call.state)
      assert.same({ "audio", "unknownFutureValue" }, call.requestedModalities)
      assert.equal("unknownFutureValue", call.targets[1].endpointType)
      assert.equal("VoiceMail", call.targets[2].endpointType)
      local response = ask(path, nil, { Prefer = "include-unknown-enum-members" })
      helper.assert_json_has([[{"state":"whispering","requestedModalities":["audio","hologram"],
        "targets":[{"endpointType":"watch"},{"endpointType":"VoiceMail"}]}]], response.body)
      assert.equal("include-unknown-enum-members", response.headers["preference-applied"])
    end)

    it("do not touch the status of an operation, which is no such enum: reference 1.8", function()
      local path = FIRST_CALL .. "/operations"
      ask("POST " .. path, { status = "String" })
      assert.equal("String", ask("GET " .. path).value.value[1].status)
    end)
  end)
end)
