local helper = require "spec.helper"

helper.over_every_tenant(function(open)
  describe("controls", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite()
      return ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://c.example",
        sendInvitationMessage = true,
      }).value
    end

    it("read by GET and answer in value: design 9", function()
      for _, name in ipairs { "mailbox", "invitations", "requests" } do
        helper.assert_same_json('{"value":[]}', ask("GET /_emulator/" .. name).body)
      end
      local made = invite()
      for _, name in ipairs { "mailbox", "invitations", "requests" } do
        assert.equal(1, #ask("GET /_emulator/" .. name).value.value)
      end
      assert.equal(made.id, ask("GET /_emulator/invitations").value.value[1].id)
    end)

    it("act by POST: design 9", function()
      invite()
      local redeemed = ask("POST /_emulator/redeem", { email = "a@b.example" }).value.value
      assert.equal("a@b.example", redeemed[1].email)
      helper.assert_same_json('{"value":[]}', ask("POST /_emulator/reset").body)
      assert.equal(0, #emulator:invitations())
    end)

    it("need no token and leave no trace in the journal", function()
      assert.equal(200, ask("GET /_emulator/requests", nil, { Authorization = false }).status)
      assert.same({}, emulator:requests())
    end)

    -- line, body, status
    local FAULTS = {
      { "GET /_emulator/nothing", nil, 400 }, { "GET /_emulator/", nil, 400 },
      { "POST /_emulator/mailbox", "{}", 405 }, { "GET /_emulator/reset", nil, 405 },
      { "PUT /_emulator/reset", "{}", 405 }, { "POST /_emulator/advance", "{", 400 },
      { "POST /_emulator/advance", "[1]", 400 }, { "POST /_emulator/advance", "7", 400 },
      { "POST /_emulator/advance", "null", 400 }, { "POST /_emulator/advance", '"7"', 400 },
      { "POST /_emulator/advance", "{}", 400 }, { "POST /_emulator/advance", nil, 400 },
      { "POST /_emulator/advance", '{"seconds":"7"}', 400 },
      { "POST /_emulator/advance", '{"seconds":-1}', 400 },
      { "POST /_emulator/advance", '{"seconds":1e300}', 400 },
      { "POST /_emulator/advance", '{"seconds":99999999999999999999}', 400 },
      { "POST /_emulator/advance", '{"second":1}', 400 },
      { "POST /_emulator/redeem", "{}", 400 }, { "POST /_emulator/redeem", '{"email":1}', 400 },
      { "POST /_emulator/redeem", '{"email":"x@y.z"}', 404 },
      { "POST /_emulator/operation_outcome", "{}", 400 },
      { "POST /_emulator/operation_outcome", '{"outcome":"happy"}', 400 },
      { "POST /_emulator/operation_outcome", '{"outcome":"busy","count":0}', 400 },
      { "POST /_emulator/operation_outcome", '{"outcome":"busy","count":1.5}', 400 },
      { "POST /_emulator/operation_outcome", '{"outcome":"busy","after":-1}', 400 },
      { "POST /_emulator/operation_outcome", '{"outcome":"busy","operation":"x"}', 400 },
      { "POST /_emulator/reset", '{"x":1}', 400 },
      { "POST /_emulator/fail_next", "{}", 400 },
      { "POST /_emulator/fail_next", '{"status":200}', 400 },
      { "POST /_emulator/fail_next", '{"status":600}', 400 },
      { "POST /_emulator/fail_next", '{"fault":7}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"explode"}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"stall"}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"stall","seconds":-1}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"stall","seconds":1e300}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"stall","seconds":1,"bytes":1}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"truncate"}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"truncate","bytes":-1}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"truncate","bytes":1.5}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"truncate","bytes":"1"}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"truncate","bytes":1,"count":0}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"long_length","status":503}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"long_length","headers":{}}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"foreign_redirect","origin":"x"}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"foreign_redirect","origin":"http://a/b"}', 400 },
      { "POST /_emulator/fail_next", '{"fault":"foreign_redirect","origin":"http://a\\r\\nB: c"}',
        400 },
      { "POST /_emulator/fail_next", '{"status":503,"seconds":1}', 400 },
    }
    for _, row in ipairs(FAULTS) do
      it(("answer %d to %s %s"):format(row[3], row[1], row[2] or ""), function()
        local response = ask(row[1], row[2])
        assert.equal(row[3], response.status)
        assert.equal("string", type(response.value.error.message))
      end)
    end

    it("raise a script's mistake at its line", function()
      for _, mistake in ipairs {
        function() emulator:advance {} end,
        function() emulator:advance { second = 1 } end,
        function() emulator:redeem {} end,
        function() emulator:operation_outcome { outcome = "busi" } end,
        function() emulator:reset { all = true } end,
      } do
        local fine, message = pcall(mistake)
        assert.is_false(fine)
        assert.truthy(message:find("emulator_controls_spec.lua:%d+: "))
      end
      assert.error_matches(function() emulator:operation_outcome { outcome = "bussy" } end,
        "did you mean busy?", 1, true)
      assert.error_matches(function() emulator:fail_next { fault = "trunkate" } end,
        "did you mean truncate?", 1, true)
    end)

    it("return nil and an error where the tenant does not have it", function()
      local redeemed, err = emulator:redeem { email = "nobody@b.example" }
      assert.is_nil(redeemed)
      assert.equal("graph", err.kind)
      assert.equal(404, err.status)
      assert.truthy(err.message:find("nobody@b.example", 1, true))
    end)

    it("take a lone number of seconds", function()
      emulator:advance(60)
      invite()
      assert.equal("2026-01-01T00:01:00Z", emulator:mailbox()[1].sent)
    end)
  end)
end)
