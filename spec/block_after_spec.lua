local helper = require "spec.helper"

local function guest(i)
  return {
    invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i),
    inviteRedirectUrl = "https://a.example",
  }
end

helper.over_every_tenant(function(open)
  describe("the control block_after", function()
    it("lets so many more invitations in, then nobody may invite", function()
      local ask, emulator = open()
      ask("POST /v1.0/invitations", guest(0))
      emulator:block_after { count = 2 }
      assert.equal(201, ask("POST /v1.0/invitations", guest(1)).status)
      assert.equal(400, ask("POST /v1.0/invitations", {}).status) -- is none
      assert.equal(201, ask("POST /v1.0/invitations", guest(2)).status)
      for _ = 1, 2 do
        local response = ask("POST /v1.0/invitations", guest(3))
        assert.equal(403, response.status)
        assert.equal("Forbidden", response.value.error.code)
        assert.equal("Guest invitations not allowed for your company. Contact your company "
          .. "administrator for more details.", response.value.error.message)
      end
      assert.equal(3, #emulator:invitations())
      assert.equal(200, ask("GET /v1.0/users/$count").status)
    end)

    it("without a count lets everybody invite again", function()
      local ask, emulator = open()
      emulator:block_after { count = 0 }
      assert.equal(403, ask("POST /v1.0/invitations", guest(1)).status)
      emulator:block_after {}
      assert.equal(201, ask("POST /v1.0/invitations", guest(1)).status)
    end)

    it("ends with a reset", function()
      local ask, emulator = open()
      emulator:block_after { count = 0 }
      emulator:reset()
      assert.equal(201, ask("POST /v1.0/invitations", guest(1)).status)
    end)

    for _, count in ipairs { -1, 1.5, 2 ^ 31 } do
      it("refuses the count " .. count, function()
        local _, emulator = open()
        assert.has_error(function() emulator:block_after { count = count } end)
      end)
    end
  end)
end)
