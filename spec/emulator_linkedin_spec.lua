local helper = require "spec.helper"

local SINGLE = "/v1.0/linkedIn/invitations"
local COLLECTION = "/beta/linkedIn/invitations"

helper.over_every_tenant(function(open)
  describe("linkedIn", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    describe("the single invitation", function()
      it("is there from the start: reference 2.4", function()
        local response = ask("GET " .. SINGLE)
        assert.equal(200, response.status)
        helper.assert_json_has([[{"@odata.type":"#microsoft.graph.InvitationV2",
          "created":1767225600000,"lastModified":1767225600000}]], response.body)
      end)

      it("is updated as seed 004 says, with every digit", function()
        local id = ask("GET " .. SINGLE).value.id
        local response = ask("PATCH " .. SINGLE, helper.fixture("seed-004-request.json"))
        assert.equal(200, response.status)
        local expected = helper.fixture("seed-004-response.json")
          :gsub("4643f650%-f650%-4643%-50f6%-434650f64346", id)
        helper.assert_json_has(expected, response.body)
        helper.assert_json_has(expected, ask("GET " .. SINGLE).body)
        helper.assert_json_has('{"value":[' .. expected .. "]}", ask("GET " .. COLLECTION).body)
      end)

      it("refuses seed 004 as printed and names the member: reference 10 row 16", function()
        local before = ask("GET " .. SINGLE).body
        local response = ask("PATCH " .. SINGLE, helper.fixture("seed-004-request-printed.json"))
        assert.equal(400, response.status)
        assert.equal('created: not an Int64: "Integer"', response.value.error.message)
        assert.equal("created", response.value.error.target)
        helper.assert_same_json(before, ask("GET " .. SINGLE).body)
      end)

      it("is modified at the tenant's time: reference 1.13", function()
        emulator:advance(1.5)
        helper.assert_json_has([[{"created":1767225600000,"lastModified":1767225601500,
          "trackingId":"t"}]], ask("PATCH " .. SINGLE, { trackingId = "t" }).body)
      end)

      -- value of created, status: reference 3.5
      local INTEGERS = {
        { "9223372036854775807", 200 }, { "-9223372036854775808", 200 },
        { "9007199254740993", 200 }, { '"9007199254740993"', 200 }, { "null", 200 },
        { "9223372036854775808", 400 }, { "-9223372036854775809", 400 }, { "1.5", 400 },
        { "true", 400 }, { "[1]", 400 }, { '""', 400 },
      }
      for _, row in ipairs(INTEGERS) do
        it(("answers %d to created = %s"):format(row[2], row[1]), function()
          local response = ask("PATCH " .. SINGLE, '{"created":' .. row[1] .. "}")
          assert.equal(row[2], response.status)
          if row[2] == 200 then
            local number = row[1]:gsub('"', "")
            helper.assert_json_has('{"created":' .. number .. "}", response.body)
            helper.assert_json_has('{"created":' .. number .. "}", ask("GET " .. SINGLE).body)
          end
        end)
      end

      it("writes Int64 as strings where that is asked for: reference 3.5", function()
        local response = ask("GET " .. SINGLE, nil, {
          Accept = "application/json;IEEE754Compatible=true",
        })
        helper.assert_json_has('{"created":"1767225600000"}', response.body)
        assert.truthy(response.headers["content-type"]:find("IEEE754Compatible=true", 1, true))
      end)

      it("refuses a member that it does not have: reference 3.6", function()
        assert.equal(400, ask("PATCH " .. SINGLE, { state = "PENDING" }).status)
      end)
    end)

    describe("the collection", function()
      it("takes new ones: reference 2.4 C1 to C4", function()
        local response = ask("POST " .. COLLECTION, { inviter = "urn:li:person:1" })
        assert.equal(201, response.status)
        local path = COLLECTION .. "/" .. response.value.id
        assert.equal("urn:li:person:1", ask("GET " .. path).value.inviter)
        assert.equal(200, ask("PATCH " .. path, { trackingId = "t" }).status)
        assert.equal("t", ask("GET " .. path).value.trackingId)
        assert.equal(2, #ask("GET " .. COLLECTION).value.value)
        assert.equal(404, ask("GET " .. COLLECTION .. "/nothing").status)
        assert.equal(404, ask("PATCH " .. COLLECTION .. "/nothing", "{}").status)
      end)

      it("takes LinkedIn's own ids: reference 3.8, 9", function()
        ask("POST " .. COLLECTION, { id = "urn:li:invitation:6212415600186" })
        local path = COLLECTION .. "/urn%3Ali%3Ainvitation%3A6212415600186"
        assert.equal("urn:li:invitation:6212415600186", ask("GET " .. path).value.id)
      end)

      it("closes with the result in value: reference 2.5", function()
        local path = COLLECTION .. "/inviteeClosingInvitation"
        local response = ask("POST " .. path, {
          inviteeActionType = "ACCEPT",
          inviteActionData = { { invitationId = "urn:li:invitation:1", validationToken = "x" } },
        })
        assert.equal(200, response.status)
        helper.assert_json_has([[{"value":{"@odata.type":"microsoft.graph.InviteActionResults"}}]],
          response.body)
        assert.equal(400, ask("POST " .. path, { action = "ACCEPT" }).status)
        assert.equal(405, ask("GET " .. path).status)
      end)
    end)

    it("itself is updated: reference 2.4 C7", function()
      for _ = 1, 2 do
        local response = ask("PATCH /beta/linkedIn", "{}")
        assert.equal(200, response.status)
        assert.equal("#microsoft.graph.linkedIn.linkedIn", response.value["@odata.type"])
      end
    end)
  end)
end)
