local helper = require "spec.helper"

local OPERATIONS = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896/operations"

-- name, collection, body of a new one, body of a change: what can be changed has an entity tag
local ENTITIES = {
  {
    "an invitation", "/v1.0/invitations", {
      invitedUserEmailAddress = "adele@fabrikam.example",
      inviteRedirectUrl = "https://app.contoso.example",
    }, { invitedUserDisplayName = "Adele" },
  },
  { "an operation", OPERATIONS, { status = "Running" }, { status = "Completed" } },
  { "a LinkedIn invitation", "/beta/linkedIn/invitations", {}, { trackingId = "t" } },
}

helper.over_every_tenant(function(open)
  describe("entity tags", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    for _, row in ipairs(ENTITIES) do
      local name, collection, body, changes = row[1], row[2], row[3], row[4]
      describe("of " .. name, function()
        local path, tag

        before_each(function()
          path = collection .. "/" .. ask("POST " .. collection, body).value.id
          tag = ask("GET " .. path).value["@odata.etag"]
        end)

        it("stay until it is changed: reference 3.1", function()
          assert.matches('^W/"%d+"$', tag)
          assert.equal(tag, ask("GET " .. path).value["@odata.etag"])
          local changed = ask("PATCH " .. path, changes).value["@odata.etag"]
          assert.not_equal(tag, changed)
          assert.equal(changed, ask("GET " .. path).value["@odata.etag"])
        end)

        it("keep a change from undoing another one: reference 3.1, 4.2", function()
          assert.equal(200, ask("PATCH " .. path, changes, { ["If-Match"] = tag }).status)
          local before = ask("GET " .. path).body
          for _, line in ipairs { "PATCH ", collection:find("linked") and "PATCH " or "DELETE " } do
            local response = ask(line .. path, line == "PATCH " and changes or nil,
              { ["If-Match"] = tag })
            assert.equal(412, response.status)
            assert.equal("entityTagDoesNotMatch", response.value.error.innerError.code)
          end
          assert.equal(before, ask("GET " .. path).body)
        end)

        -- header, text, status of a PATCH
        for _, case in ipairs {
          { "If-Match", "*", 200 }, { "If-Match", 'W/"0", %s', 200 }, { "If-Match", 'W/"0"', 412 },
          { "If-Match", "0", 400 }, { "If-None-Match", "*", 412 },
          { "If-None-Match", 'W/"0"', 200 }, { "If-None-Match", "%s", 412 },
        } do
          it(("%s: %s answers %d"):format(case[1], case[2], case[3]), function()
            local header = { [case[1]] = (case[2]:gsub("%%s", tag)) }
            assert.equal(case[3], ask("PATCH " .. path, changes, header).status)
          end)
        end

        it("spare whoever has it already: reference 8", function()
          local response = ask("GET " .. path, nil, { ["If-None-Match"] = tag })
          assert.equal(304, response.status)
          assert.equal("", response.body or "")
          ask("PATCH " .. path, changes)
          assert.equal(200, ask("GET " .. path, nil, { ["If-None-Match"] = tag }).status)
        end)
      end)
    end

    it("change when an invitation is redeemed or an operation ends", function()
      local id = ask("POST /v1.0/invitations", ENTITIES[1][3]).value.id
      local operation = ask("POST " .. OPERATIONS:gsub("operations$", "participants/invite"),
        { participants = { { identity = {} } } }).value.id
      local function tags()
        return {
          ask("GET /v1.0/invitations/" .. id).value["@odata.etag"],
          ask("GET " .. OPERATIONS .. "/" .. operation).value["@odata.etag"],
        }
      end
      local before = tags()
      emulator:redeem { id = id }
      emulator:advance(5)
      local after = tags()
      assert.not_equal(before[1], after[1])
      assert.not_equal(before[2], after[2])
    end)

    it("stand beside what is selected, and are not what a caller wrote", function()
      local given = { ["@odata.etag"] = 'W/"77"' }
      for name, value in pairs(ENTITIES[1][3]) do
        given[name] = value
      end
      local created = ask("POST /v1.0/invitations", given).value
      assert.is_nil(created["@odata.etag"])
      local selected = ask("GET /v1.0/invitations?$select=status").value.value[1]
      assert.equal('W/"1"', selected["@odata.etag"])
    end)
  end)
end)
