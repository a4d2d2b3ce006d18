local authority = require "spec.support.authority"
local core = require "graphinvite.core"
local helper = require "spec.helper"

local FIRST_CALL = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896"
local GUEST, REDIRECT = "adele@fabrikam.example", "https://app.contoso.example"

helper.over_every_tenant(function(open)
  describe("permissions", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    -- The header of an application's token, or of a user's with such a scope.
    local function bearer(scope)
      local form = authority.form { client_id = "App" }
      if scope then
        local device = authority.post(ask, "devicecode", { client_id = "App", scope = scope }).value
        emulator:device { user_code = device.user_code }
        form = {
          grant_type = authority.DEVICE, client_id = "App", device_code = device.device_code,
        }
      end
      return { Authorization = "Bearer " .. authority.post(ask, "token", form).value.access_token }
    end

    local function invite(headers, changes)
      local body = { invitedUserEmailAddress = GUEST, inviteRedirectUrl = REDIRECT }
      for name, value in pairs(changes or {}) do
        body[name] = value
      end
      return ask("POST /v1.0/invitations", body, headers)
    end

    local function ring(headers)
      return ask("POST " .. FIRST_CALL .. "/participants/invite",
        { participants = { { identity = {} } } }, headers)
    end

    -- permissions of an application's token, whether it may invite, and ring: reference 2.1, 2.2
    local APPLICATIONS = {
      { nil, true, true },
      { {}, false, false },
      { { "User.Invite.All" }, true, false },
      { { "User.Read.All", "User.ReadWrite.All" }, true, false },
      { { "Directory.ReadWrite.All" }, true, false },
      { { "Calls.InitiateGroupCall.All" }, false, true },
      { { "Calls.InitiateGroupCalls.All" }, false, true },
      { { "User.Invite" }, false, false },
    }
    for _, row in ipairs(APPLICATIONS) do
      local names = row[1] and table.concat(row[1], " ") or "of which nothing was said"
      it("of an application " .. names, function()
        if row[1] then
          emulator:permit { client_id = "app", permissions = core.array(row[1]) }
        end
        local headers = bearer()
        local invited, rung = invite(headers), ring(headers)
        assert.equal(row[2] and 201 or 403, invited.status)
        assert.equal(row[3] and 200 or 403, rung.status)
        if not row[2] then
          assert.equal("Authorization_RequestDenied", invited.value.error.code)
          assert.equal("Insufficient privileges to complete the operation.",
            invited.value.error.message)
        end
        assert.equal(200, ask("GET " .. FIRST_CALL .. "/operations", nil, headers).status)
        assert.equal(row[2] and 1 or 0, #emulator:invitations())
      end)
    end

    -- scope of a user's token, whether it may invite; it never rings: reference 2.2 delegated none
    local SCOPES = {
      { "User.Invite.All", true }, { "https://graph.microsoft.com/User.Invite.All openid", true },
      { "User.Read offline_access", false }, { "https://graph.microsoft.com/.default", true },
    }
    for _, row in ipairs(SCOPES) do
      it("of a user: " .. row[1], function()
        local headers = bearer(row[1])
        assert.equal(row[2] and 201 or 403, invite(headers).status)
        assert.equal(403, ring(headers).status)
      end)
    end

    it("of a user are no more than his application has", function()
      emulator:permit { client_id = "app", permissions = { "User.Read" } }
      assert.equal(403, invite(bearer "User.Invite.All").status)
      assert.equal(403, invite(bearer(authority.GRAPH)).status)
    end)

    it("are those of the time when a token was given", function()
      local before = bearer()
      emulator:permit { client_id = "app", permissions = core.array {} }
      assert.equal(201, invite(before).status)
      assert.equal(403, invite(bearer()).status)
    end)

    it("hold for each request of an envelope", function()
      emulator:permit { client_id = "app", permissions = core.array {} }
      local response = ask("POST /v1.0/$batch", { requests = { {
        id = "1", method = "GET", url = "/invitations",
      } } }, bearer())
      assert.equal(200, response.status)
      assert.equal(403, response.value.responses[1].status)
    end)

    -- who invites a Member (reference 1.3): permissions, scope, roles, status
    local MEMBERS = {
      { { "User.Invite.All" }, nil, nil, 403 },
      { { "User.ReadWrite.All" }, nil, nil, 201 },
      { { "User.Invite.All" }, "User.Invite.All", { "Guest Inviter" }, 403 },
      { { "User.Invite.All" }, "User.Invite.All", { "User Administrator" }, 201 },
    }
    for i, row in ipairs(MEMBERS) do
      it("let administrators invite members: case " .. i, function()
        emulator:permit { client_id = "app", permissions = row[1], roles = row[3] }
        local headers = bearer(row[2])
        assert.equal(row[4], invite(headers, { invitedUserType = "Member" }).status)
        assert.equal(201, invite(headers, { invitedUserType = "Guest" }).status)
      end)
    end

    -- who invites where the tenant says who may (reference 2.1): everyone, administrators, nobody
    local INVITERS = {
      { "the administrator", 201, 201, 403 },
      { "an application", 201, 403, 403, {} },
      { "a user", 201, 403, 403, { "Guest Inviter" }, "User.Invite.All" },
      { "a global administrator", 201, 201, 403, { "Global Administrator" }, "User.Invite.All" },
    }
    for _, row in ipairs(INVITERS) do
      it("are not enough where the tenant keeps " .. row[1] .. " from inviting", function()
        emulator:permit {
          client_id = "app", permissions = { "User.Invite.All" }, roles = core.array(row[5]),
        }
        local headers = row[5] and bearer(row[6])
        for i, who in ipairs { "everyone", "administrators", "nobody" } do
          emulator:inviters { who = who }
          local response = invite(headers)
          assert.equal(row[i + 1], response.status, who)
          if row[i + 1] == 403 then
            assert.matches("^Guest invitations not allowed for your company",
              response.value.error.message)
          end
        end
      end)
    end

    -- who resets a redemption (reference 5.5): scope, roles, status; then of a user with a role
    local RESETS = {
      { "User.ReadWrite.All", { "Helpdesk Administrator" }, 201, 201 },
      { "User.ReadWrite.All", { "Guest Inviter" }, 403, 403 },
      { nil, nil, 201, 403 },
    }
    for i, row in ipairs(RESETS) do
      it("let a redemption be reset: case " .. i, function()
        local user = invite().value.invitedUser.id
        emulator:permit { client_id = "app", roles = row[2] }
        local headers = bearer(row[1])
        local function reset()
          return invite(headers, { resetRedemption = true, invitedUser = { id = user } }).status
        end
        assert.equal(row[3], reset())
        emulator:assign_role { user = user, role = "Reports Reader" }
        assert.equal(row[4], reset())
      end)
    end

    -- who signs in, the sponsor, whether his words are mailed: he needs a mailbox in the tenant's
    -- domains (reference 1.3, 5.3 docs:troubleshoot)
    local SIGNED_IN = {
      { nil, "Megan Bowen", true },
      { "megan@contoso.onmicrosoft.com", "Megan Bowen", true },
      { "alex@contoso.onmicrosoft.com", "Alex Wilber", false }, -- his address is elsewhere
    }
    for _, row in ipairs(SIGNED_IN) do
      it("are those of whoever signs in: " .. tostring(row[1]), function()
        emulator:permit { client_id = "app", user = row[1] }
        local made = invite(bearer "User.Invite.All", {
          sendInvitationMessage = true, invitedUserMessageInfo = { customizedMessageBody = "Hi!" },
        })
        assert.equal(201, made.status)
        assert.equal(row[3], emulator:mailbox()[1].body == "Hi!")
        local path = "/v1.0/invitations/" .. made.value.id .. "?$expand=invitedUserSponsors"
        local sponsors = ask("GET " .. path).value.invitedUserSponsors
        assert.same({ 1, row[2] }, { #sponsors, sponsors[1].displayName })
      end)
    end

    it("are a guest's too, who has no mailbox here", function()
      local guest = invite().value.invitedUser.id
      emulator:permit { client_id = "app", user = guest }
      invite(bearer "User.Invite.All", {
        invitedUserEmailAddress = "other@fabrikam.example", sendInvitationMessage = true,
        invitedUserMessageInfo = { customizedMessageBody = "Hi!" },
      })
      assert.not_equal("Hi!", emulator:mailbox()[1].body)
    end)

    -- control, fields, what the mistake names
    local MISTAKES = {
      { "permit", {}, "client_id" }, { "permit", { client_id = "app", user = "x" }, "user" },
      { "permit", { client_id = "app", permissions = { 5 } }, "permissions" },
      { "inviters", {}, "who" }, { "inviters", { who = "some" }, "who" },
      { "assign_role", { role = "x" }, "user" }, { "assign_role", { user = "megan" }, "role" },
      { "assign_role", { user = "nobody", role = "x" }, "nobody" },
    }
    for i, row in ipairs(MISTAKES) do
      it("are given by controls that say what is wrong: case " .. i, function()
        local ok, why = pcall(emulator[row[1]], emulator, row[2])
        assert.is_false(ok)
        assert.truthy(tostring(why):find(row[3], 1, true))
      end)
    end
  end)
end)
