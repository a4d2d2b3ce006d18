local helper = require "spec.helper"

local FIRST_CALL = "57dab8b1-894c-409a-b240-bd8beae78896"
local CALL = "/v1.0/communications/calls/" .. FIRST_CALL
local APP = "/beta/app/calls/" .. FIRST_CALL

local function people(count, members)
  local list = {}
  for i = 1, count do
    list[i] = { identity = { user = { id = "user-" .. i } } }
    for name, value in pairs(members or {}) do
      list[i][name] = value
    end
  end
  return list
end

helper.over_every_tenant(function(open)
  describe("operations of a call", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(members)
      local body = { participants = people(1) }
      for name, value in pairs(members or {}) do
        body[name] = value
      end
      return ask("POST " .. CALL .. "/participants/invite", body)
    end

    describe("invite", function()
      it("answers 200, Running, with a Location: reference 2.2", function()
        local response = invite { clientContext = "welcome-17" }
        assert.equal(200, response.status)
        helper.assert_json_has([[{"@odata.type":"#microsoft.graph.inviteParticipantsOperation",
          "status":"Running","clientContext":"welcome-17","resultInfo":null,"participants":[
          {"endpointType":null,"id":null,"replacesCallId":null,"identity":{"user":{"id":"user-1"},
          "guest":null,"encrypted":null,"onPremises":null,"applicationInstance":null,
          "application":null,"device":null,"phone":null}}]}]], response.body)
        local path = response.headers.location:match("^https?://[^/]+(/.*)$")
        assert.equal(CALL .. "/operations/" .. response.value.id, path)
        assert.equal(response.value.id, ask("GET " .. path).value.id)
      end)

      it("fills in the tenant of a user: reference 2.2, 1.11", function()
        local user = invite().value.participants[1].identity.user
        assert.equal(ask("GET " .. CALL).value.tenantId, user.tenantId)
      end)

      it("echoes what a participant has besides: reference 1.10", function()
        local response = invite { participants = people(1, { hidden = true, region = "westus" }) }
        local participant = response.value.participants[1]
        assert.is_true(participant.hidden)
        assert.equal("westus", participant.region)
      end)

      it("takes only the first where a call is replaced: reference 2.2", function()
        local response = invite { participants = people(3, { replacesCallId = "old" }) }
        assert.equal(1, #response.value.participants)
        assert.equal("old", response.value.participants[1].replacesCallId)
      end)

      it("is found under the older root too: reference 2.2 B1'", function()
        local response = ask("POST " .. APP .. "/participants/invite", { participants = people(1) })
        assert.equal(200, response.status)
        local path = response.headers.location:match("^https?://[^/]+(/.*)$")
        assert.equal(APP .. "/operations/" .. response.value.id, path)
        assert.equal("running", ask("GET " .. path).value.status)
      end)

      it("answers 202 under the oldest root: reference 2.2 B1''", function()
        local response = ask("POST /beta/applications/app/calls/" .. FIRST_CALL
          .. "/participants/invite", { participants = people(1) })
        assert.equal(202, response.status)
        assert.equal("", response.body or "")
        local path = response.headers.location:match("^https?://[^/]+(/.*)$")
        assert.equal("running", ask("GET " .. path).value.status)
      end)

      -- section of the reference, members, status, what the error names
      local BODIES = {
        { "2.2 five participants", { participants = people(5) }, 200 },
        { "2.2 six participants", { participants = people(6) }, 400, "participants" },
        { "1.7 256 characters", { clientContext = ("x"):rep(256) }, 200 },
        { "1.7 257 characters", { clientContext = ("x"):rep(257) }, 400, "clientContext" },
        { "1.7 256 characters of 2 bytes", { clientContext = ("ä"):rep(256) }, 200 },
        { "1.10 no identity", { participants = { { region = "x" } } }, 400, "identity" },
        { "3.4 a string for a collection", { participants = "x" }, 400, "participants" },
        { "3.4 strings for participants", { participants = { "x" } }, 400, "participants[1]" },
        { "2.2 a parameter too many", { subject = "x" }, 400, "subject" },
      }
      for _, row in ipairs(BODIES) do
        it(("answers %d: reference %s"):format(row[3], row[1]), function()
          local response = invite(row[2])
          assert.equal(row[3], response.status)
          if row[4] then
            assert.truthy(response.value.error.message:find(row[4], 1, true))
          end
          local count = ask("GET " .. CALL .. "/operations/$count").body
          assert.equal(row[3] == 200 and "1" or "0", count)
        end)
      end

      it("refuses whom the call rings or has already: reference 6.1 docs:call", function()
        local function status()
          return invite { participants = people(2) }.status
        end
        assert.equal(200, status())
        assert.equal(400, status())
        emulator:advance(2)
        local response = invite()
        assert.equal(400, response.status)
        assert.equal("participants", response.value.error.target)
        for _, person in ipairs(ask("GET " .. CALL .. "/participants").value.value) do
          ask("DELETE " .. CALL .. "/participants/" .. person.id)
        end
        emulator:operation_outcome { outcome = "declined" }
        assert.equal(200, status())
        emulator:advance(4)
        assert.equal(200, status())
        local twice = people(1)
        twice[2] = { identity = { user = { id = "USER-1" } } }
        emulator:reset()
        assert.equal(400, invite { participants = twice }.status)
        assert.equal("0", ask("GET " .. CALL .. "/operations/$count").body)
      end)

      it("writes its status as the schema does, what is read as the wire: reference 1.8", function()
        emulator:operation_outcome { outcome = "answered", after = 0 }
        local response = invite()
        assert.equal("Completed", response.value.status)
        local path = CALL .. "/operations"
        assert.equal("completed", ask("GET " .. path .. "/" .. response.value.id).value.status)
        assert.equal("completed", ask("GET " .. path).value.value[1].status)
        local written = ask("POST " .. path, { status = "Completed" }).value.id
        assert.equal("Completed", ask("GET " .. path .. "/" .. written).value.status)
      end)

      it("wants participants: reference 2.2", function()
        for _, body in ipairs { "{}", '{"participants":null}' } do
          local response = ask("POST " .. CALL .. "/participants/invite", body)
          assert.equal(400, response.status)
          assert.equal("participants", response.value.error.target)
        end
      end)
    end)

    describe("an invitation", function()
      local function status_of(id)
        local value = ask("GET " .. CALL .. "/operations/" .. id).value
        return value.status, value.resultInfo
      end

      it("runs and completes on the tenant's clock, and stays so: reference 6.1", function()
        local id = invite().value.id
        emulator:advance(1.9)
        assert.equal("running", (status_of(id)))
        emulator:advance(0.1)
        assert.same({ "completed", nil }, { status_of(id) })
        emulator:advance(86400)
        assert.equal("completed", (status_of(id)))
      end)

      it("lets the people in when it completes: reference 2.2", function()
        invite { participants = people(2) }
        assert.equal(0, #ask("GET " .. CALL .. "/participants").value.value)
        emulator:advance(2)
        local roster = ask("GET " .. CALL .. "/participants").value.value
        assert.equal(2, #roster)
        assert.equal("user-1", roster[1].info.identity.user.id)
        assert.is_false(roster[1].isMuted)
        ask("GET " .. CALL .. "/operations")
        assert.equal(2, #ask("GET " .. CALL .. "/participants").value.value)
      end)

      -- outcome, when, code, subcode, diagnostic code where it is another: reference 6.1 and 6.4
      local FAILURES = {
        { "declined", 4, 603, 0 }, { "busy", 2, 486, 0 }, { "cancelled", 4, 487, 0 },
        { "no_answer", 60, 408, 10057 }, { "unreachable", 3, 480, 10076 },
        { "number_not_found", 3, 480, 10134 }, { "no_pstn", 1, 412, 9999, "412#10073" },
        { "no_application_instance", 1, 403, 10151 },
      }
      for _, row in ipairs(FAILURES) do
        it("fails as a control says: " .. row[1], function()
          emulator:operation_outcome { outcome = row[1] }
          local id = invite().value.id
          emulator:advance(row[2] - 0.5)
          assert.equal("running", (status_of(id)))
          emulator:advance(0.5)
          local status, result = status_of(id)
          assert.equal("failed", status)
          assert.equal(row[3], result.code)
          assert.equal(row[4], result.subcode)
          local diagnostic = row[5] or ("%d#%d"):format(row[3], row[4])
          assert.matches("DiagCode: " .. diagnostic .. ".@", result.message, 1, true)
          assert.equal(0, #ask("GET " .. CALL .. "/participants").value.value)
        end)
      end

      it("takes the outcomes in the order in which they were said", function()
        emulator:operation_outcome { outcome = "busy", count = 2, after = 0 }
        emulator:operation_outcome { outcome = "declined", after = 0 }
        local codes = {}
        for i = 1, 4 do
          local _, result = status_of(invite().value.id)
          codes[i] = type(result) == "table" and result.code or 0
        end
        assert.same({ 486, 486, 603, 0 }, codes)
      end)

      it("can be meant by its context, its call or its id", function()
        emulator:operation_outcome { outcome = "busy", client_context = "b", after = 0 }
        emulator:operation_outcome { outcome = "declined", call = "another", after = 0 }
        local a = invite { clientContext = "a" }.value.id
        local other = { { identity = { phone = { id = "+123" } } } }
        local b = invite { clientContext = "b", participants = other }.value.id
        assert.equal("running", (status_of(a)))
        assert.equal("failed", (status_of(b)))
        emulator:operation_outcome { operation = a, outcome = "no_answer", after = 1 }
        emulator:advance(1)
        assert.equal("failed", (status_of(a)))
      end)

      it("that has ended does not end otherwise: reference 6.1", function()
        local id = invite().value.id
        emulator:advance(5)
        assert.error_matches(function()
          emulator:operation_outcome { operation = id, outcome = "busy" }
        end, "no invitation is running")
        assert.equal("completed", (status_of(id)))
      end)
    end)

    it("are created as seed 003 says", function()
      for _, root in ipairs { CALL, "/beta/communications/calls/" .. FIRST_CALL } do
        local path = root .. "/operations"
        local response = ask("POST " .. path, helper.fixture("seed-003-request.json"))
        assert.equal(201, response.status)
        local expected = helper.fixture("seed-003-response.json")
          :gsub("999da5ae%-a5ae%-999d%-aea5%-9d99aea59d99", response.value.id)
        helper.assert_json_has(expected, response.body)
        helper.assert_json_has(expected, ask("GET " .. path .. "/" .. response.value.id).body)
      end
    end)

    it("are updated as seed 000 says, whether invited or created", function()
      local created = ask("POST " .. CALL .. "/operations", "{}").value.id
      for _, id in ipairs { created, invite().value.id } do
        for _, root in ipairs { CALL, APP } do
          local response = ask("PATCH " .. root .. "/operations/" .. id,
            helper.fixture("seed-000-request.json"))
          assert.equal(200, response.status)
          local expected = helper.fixture("seed-000-response.json")
            :gsub("b4cc9683%-9683%-b4cc%-8396%-ccb48396ccb4", id)
          helper.assert_json_has(expected, response.body)
        end
        emulator:advance(100)
        assert.equal("String", ask("GET " .. CALL .. "/operations/" .. id).value.status)
      end
    end)

    it("go on when something else than their state is changed", function()
      local id = invite().value.id
      ask("PATCH " .. CALL .. "/operations/" .. id, { clientContext = "new" })
      emulator:advance(2)
      local value = ask("GET " .. CALL .. "/operations/" .. id).value
      assert.equal("new", value.clientContext)
      assert.equal("completed", value.status)
    end)

    it("are listed, counted, and cast: reference 2.3", function()
      local invited = invite().value.id
      ask("POST " .. CALL .. "/operations",
        '{"@odata.type":"#microsoft.graph.playPromptOperation"}')
      assert.equal(2, #ask("GET " .. CALL .. "/operations").value.value)
      assert.equal("2", ask("GET " .. CALL .. "/operations/$count").body)
      local cast = "/microsoft.graph.inviteParticipantsOperation"
      local page = ask("GET " .. CALL .. "/operations" .. cast).value
      assert.equal(1, #page.value)
      assert.equal(invited, page.value[1].id)
      assert.equal(200, ask("GET " .. CALL .. "/operations/" .. invited .. cast).status)
      assert.equal(404, ask("GET " .. CALL .. "/operations/" .. invited
        .. "/microsoft.graph.playPromptOperation").status)
      for _, filter in ipairs {
        "isof('microsoft.graph.playPromptOperation')", "status%20eq%20'running'",
      } do
        assert.equal(1, #ask("GET " .. CALL .. "/operations?$filter=" .. filter).value.value)
      end
    end)

    it("are deleted: reference 2.3 B7", function()
      local id = invite().value.id
      assert.equal(204, ask("DELETE " .. CALL .. "/operations/" .. id).status)
      assert.equal(404, ask("GET " .. CALL .. "/operations/" .. id).status)
      assert.equal("0", ask("GET " .. CALL .. "/operations/$count").body)
    end)

    it("keep what an open type may have: reference 3.6", function()
      local body = [[{"createdDateTime":"2018-09-06T15:58:41Z","n":12345678901234567890,
        "none":null,"list":[],"deep":{"a":[1,{"b":[]}]}}]]
      local made = ask("POST " .. CALL .. "/operations", body)
      helper.assert_json_has(body, made.body)
      helper.assert_json_has(body, ask("GET " .. CALL .. "/operations/" .. made.value.id).body)
    end)

    it("without a call or an operation answer 404: reference 4.4", function()
      for _, line in ipairs {
        "GET " .. CALL .. "/operations/x", "PATCH " .. CALL .. "/operations/x",
        "DELETE " .. CALL .. "/operations/x", "GET /v1.0/communications/calls/x/operations",
        "POST /v1.0/communications/calls/x/operations",
        "POST /v1.0/communications/calls/x/participants/invite",
      } do
        assert.equal(404, ask(line, "{}").status)
      end
    end)
  end)
end)
