local helper = require "spec.helper"

local FABRIKAM, OTHER = "fabrikam.example", "other.example"

-- rules by domain, then the status of an invitation into each of the two: reference 5.2
local RULES = {
  { {}, 201, 201 },
  { { [FABRIKAM] = "deny" }, 403, 201 },
  { { [FABRIKAM] = "allow" }, 201, 403 },
  { { [FABRIKAM] = "allow", [OTHER] = "allow" }, 201, 201 },
  { { [FABRIKAM] = "allow", [OTHER] = "deny" }, 201, 403 },
  { { [FABRIKAM] = "unredeemable" }, 201, 201 },
  { { [FABRIKAM] = "unredeemable", [OTHER] = "allow" }, 201, 201 },
  { { ["FABRIKAM.example"] = "deny" }, 403, 201 },
}

helper.over_every_tenant(function(open)
  describe("a domain", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(domain)
      return ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = "Ann@" .. domain, inviteRedirectUrl = "https://a.example",
      })
    end

    for i, row in ipairs(RULES) do
      it("is on the lists of the tenant: case " .. i, function()
        for name, rule in pairs(row[1]) do
          emulator:domain { name = name, rule = rule }
        end
        for place, domain in ipairs { FABRIKAM, OTHER } do
          local response = invite(domain)
          assert.equal(row[place + 1], response.status, domain)
          if response.status == 403 then
            assert.matches("cross-tenant access", response.value.error.message, 1, true)
          end
        end
      end)
    end

    it("comes off its list", function()
      emulator:domain { name = FABRIKAM, rule = "deny" }
      emulator:domain { name = FABRIKAM, rule = "usual" }
      assert.equal(201, invite(FABRIKAM).status)
    end)

    it("may let nobody redeem: reference 5.4", function()
      local made = invite(FABRIKAM).value
      emulator:domain { name = FABRIKAM, rule = "unredeemable" }
      local redeemed = ask("POST /_emulator/redeem", { id = made.id })
      assert.equal(400, redeemed.status)
      assert.matches("cannot redeem", redeemed.value.error.message)
      local page = ask("GET " .. made.inviteRedeemUrl:match "^%a+://[^/]+(/.*)$", nil,
        { Authorization = false })
      assert.equal(403, page.status)
      assert.matches("Your organization forbids this", page.body)
      local user = ask("GET /v1.0/users/" .. made.invitedUser.id).value
      assert.equal("PendingAcceptance", user.externalUserState)
      emulator:domain { name = FABRIKAM, rule = "usual" }
      assert.equal(200, ask("POST /_emulator/redeem", { id = made.id }).status)
    end)

    for _, row in ipairs {
      { {}, "name: required" }, { { name = "a" }, "rule: required" },
      { { name = "a", rule = "x" }, "rule: one of deny, allow, unredeemable and usual is wanted" },
    } do
      it("is not set: " .. row[2], function()
        local response = ask("POST /_emulator/domain", row[1])
        assert.equal(400, response.status)
        assert.equal(row[2], response.value.error.message)
      end)
    end
  end)
end)
