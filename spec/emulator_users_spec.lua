local core = require "graphinvite.core"
local helper = require "spec.helper"

local MAIL = "o'hara@fabrikam.example"
local UPN = "o'hara_fabrikam.example#EXT#@contoso.onmicrosoft.com"
local MEMBERS = 3 -- accounts of the tenant from the start

helper.over_every_tenant(function(open)
  describe("users", function()
    local ask, emulator

    setup(function()
      ask, emulator = open { replication = 10 }
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(address)
      return ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = address or MAIL,
        inviteRedirectUrl = "https://app.contoso.example",
      }).value.invitedUser.id
    end

    local function list(filter)
      return ask("GET /v1.0/users?$count=true&$filter=" .. core.url_encode(filter)).value
        .value
    end

    it("are read by id, in any case, and by userPrincipalName: reference 1.6", function()
      local id = invite()
      emulator:advance(10)
      for _, key in ipairs { id, id:upper(), core.url_encode(UPN), core.url_encode(UPN:lower()) } do
        assert.equal(id, ask("GET /v1.0/users/" .. key).value.id)
      end
      local member = ask("GET /v1.0/users/megan@contoso.onmicrosoft.com").value
      assert.equal("Megan Bowen", member.displayName)
    end)

    it("are not read by address", function()
      invite()
      emulator:advance(10)
      assert.equal(404, ask("GET /v1.0/users/" .. core.url_encode(MAIL)).status)
    end)

    it("show a new guest only after the replication delay: reference 5.1 LIB", function()
      local id = invite()
      local function seen()
        return ask("GET /v1.0/users/" .. id).status == 200,
          #list("mail eq 'o''hara@fabrikam.example'"), ask("GET /v1.0/users/$count").body,
          #ask("GET /v1.0/users").value.value
      end
      assert.same({ false, 0, tostring(MEMBERS), MEMBERS }, { seen() })
      emulator:advance(9)
      assert.is_false((seen()))
      assert.equal(404, ask("GET /v1.0/invitations/" .. emulator:invitations()[1].id
        .. "/invitedUser").status)
      emulator:advance(1)
      assert.same({ true, 1, tostring(MEMBERS + 1), MEMBERS + 1 }, { seen() })
    end)

    it("know a guest that cannot be seen yet when it is invited again: reference 5.4", function()
      assert.equal(invite(), invite())
    end)

    -- what finds the one guest: reference 3.8, docs:customize-invitation-api
    local LOOK_UPS = {
      "mail eq 'o''hara@fabrikam.example'",
      "mail eq 'O''HARA@fabrikam.example'",
      "userPrincipalName eq 'o''hara_fabrikam.example#EXT#@contoso.onmicrosoft.com'",
      "proxyAddresses/any(x:x eq 'SMTP:o''hara@fabrikam.example')",
      "otherMails/any(x:x eq 'o''hara@fabrikam.example')",
      "userPrincipalName eq 'x' or mail eq 'o''hara@fabrikam.example' or "
        .. "proxyAddresses/any(x:x eq 'SMTP:o''hara@fabrikam.example') or "
        .. "otherMails/any(x:x eq 'o''hara@fabrikam.example')",
      "userType eq 'Guest'",
      "userType eq 'Guest' and mail eq 'o''hara@fabrikam.example'",
      "startswith(mail,'o''hara')",
      "externalUserState eq 'PendingAcceptance'",
      "creationType eq 'Invitation'",
      "mail in ('x', 'o''hara@fabrikam.example')",
      "not (userType eq 'Member')",
      "endswith(mail,'fabrikam.example') and accountEnabled eq true",
    }
    for _, filter in ipairs(LOOK_UPS) do
      it("are found by " .. filter, function()
        local id = invite()
        emulator:advance(10)
        local found = list(filter)
        assert.equal(1, #found)
        assert.equal(id, found[1].id)
      end)
    end

    -- what finds nobody
    local MISSES = {
      "mail eq 'nobody@fabrikam.example'",
      "proxyAddresses/any(x:x eq 'o''hara@fabrikam.example')",
      "mail eq 'o''hara@fabrikam.example' and userType eq 'Member'",
      "userPrincipalName eq 'o''hara@fabrikam.example'",
      "mail eq 'o''hara_fabrikam.example#EXT#@contoso.onmicrosoft.com'",
      "companyName eq 'x'",
    }
    for _, filter in ipairs(MISSES) do
      it("are not found by " .. filter, function()
        invite()
        emulator:advance(10)
        assert.equal(0, #list(filter))
      end)
    end

    it("have addresses with _ in the name told apart: reference 1.6", function()
      local one, two = invite("a_b@c.example"), invite("a@b.c.example")
      emulator:advance(10)
      local path = "GET /v1.0/users/%s%%23EXT%%23@contoso.onmicrosoft.com"
      assert.equal(one, ask(path:format("a_b_c.example")).value.id)
      assert.equal(two, ask(path:format("a_b.c.example")).value.id)
    end)

    it("are named after their address unless a name was given", function()
      invite("adele@c.example")
      emulator:advance(10)
      assert.equal("adele", list("mail eq 'adele@c.example'")[1].displayName)
    end)
  end)
end)
