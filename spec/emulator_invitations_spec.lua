local helper = require "spec.helper"

local ADDRESS = "Adele.Vance@fabrikam.example"
local REDIRECT = "https://app.contoso.example/welcome"
local GUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"

helper.over_every_tenant(function(open)
  describe("invitations", function()
    local ask, emulator

    setup(function()
      ask, emulator = open { seed = 1 }
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(members)
      local body = { invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = REDIRECT }
      for name, value in pairs(members or {}) do
        body[name] = value
      end
      return ask("POST /v1.0/invitations", body)
    end

    local function guest_of(response)
      return ask("GET /v1.0/users/" .. response.value.invitedUser.id).value
    end

    describe("create", function()
      it("answers 201 with what the server sets and the defaults: reference 5.1, 5.3", function()
        local response = invite()
        assert.equal(201, response.status)
        helper.assert_json_has([[{"invitedUserEmailAddress":"Adele.Vance@fabrikam.example",
          "inviteRedirectUrl":"https://app.contoso.example/welcome","status":"PendingAcceptance",
          "invitedUserType":"Guest","invitedUserDisplayName":null,"sendInvitationMessage":false,
          "resetRedemption":false,"invitedUserMessageInfo":{"messageLanguage":null,
          "customizedMessageBody":null,"ccRecipients":[{"emailAddress":{"name":null,
          "address":null}}]}}]], response.body)
        assert.truthy(response.value.id:find(GUID))
        assert.truthy(response.value.invitedUser.id:find(GUID))
        local context = response.value["@odata.context"]
        assert.truthy(context:find("/v1.0/$metadata#invitations/$entity", 1, true))
      end)

      it("gives a redeem URL that embeds the invitation's id: reference 5.1", function()
        local value = invite().value
        local link = value.inviteRedeemUrl
        local start = "https://login.microsoftonline.com/redeem?rd=https%3A%2F%2F"
        assert.equal(start, link:sub(1, #start))
        assert.truthy(link:find("user%3D" .. value.id .. "%26ticket%3D", 1, true))
        assert.is_nil(link:find(value.invitedUser.id, 1, true))
      end)

      it("makes a pending guest: reference 1.6, 5.1", function()
        local response = invite { invitedUserDisplayName = "Adele Vance" }
        local guest = guest_of(response)
        assert.equal(response.value.invitedUser.id, guest.id)
        assert.equal("Adele Vance", guest.displayName)
        assert.equal(ADDRESS, guest.mail)
        assert.equal("Adele.Vance_fabrikam.example#EXT#@contoso.onmicrosoft.com",
          guest.userPrincipalName)
        assert.equal("Guest", guest.userType)
        assert.equal("PendingAcceptance", guest.externalUserState)
        assert.equal("Invitation", guest.creationType)
        assert.same({ ADDRESS }, guest.otherMails)
        assert.same({ "SMTP:" .. ADDRESS }, guest.proxyAddresses)
        assert.equal("contoso.onmicrosoft.com", guest.identities[1].issuer)
      end)

      it("makes a member where that is asked for: reference 1.3", function()
        assert.equal("Member", guest_of(invite { invitedUserType = "member" }).userType)
      end)

      it("echoes the message members and shows the unset ones as null: reference 5.3", function()
        local response = invite { invitedUserMessageInfo = { customizedMessageBody = "Welcome" } }
        helper.assert_same_json([[{"messageLanguage":null,"customizedMessageBody":"Welcome",
          "ccRecipients":[{"emailAddress":{"name":null,"address":null}}]}]],
          require("graphinvite.core").encode(nil, response.value.invitedUserMessageInfo))
      end)

      it("takes, stores and echoes what is read-only: design 9", function()
        local response = ask("POST /v1.0/invitations", [[{"id":"my-own","status":"Status value",
          "inviteRedeemUrl":"https://example.com/r","invitedUser":{"displayName":"x"},
          "invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://c.example"}]])
        assert.equal(201, response.status)
        local stored = ask("GET /v1.0/invitations/my-own")
        for _, shown in ipairs { response, stored } do
          helper.assert_json_has([[{"id":"my-own","status":"Status value",
            "inviteRedeemUrl":"https://example.com/r","invitedUser":{"displayName":"x"}}]],
            shown.body)
          assert.truthy(shown.value.invitedUser.id:find(GUID))
        end
      end)

      it("refuses an id that is taken: reference 4.2", function()
        assert.equal(201, invite { id = "mine" }.status)
        assert.equal(409, invite { id = "mine" }.status)
        assert.equal(1, #emulator:invitations())
      end)

      it("takes the message members in the other flavour: reference 1.4", function()
        for _, name in ipairs { '"@odata.type":"#Microsoft.AADInviteMgr.invitation",', "" } do
          local response = ask("POST /v1.0/invitations", ([[{%s"InvitedUserMessageInfo":
            {"customizedMessageBody":"Welcome"},"invitedUserEmailAddress":"a@b.example",
            "inviteRedirectUrl":"https://c.example"}]]):format(name))
          assert.equal(201, response.status)
          helper.assert_json_has([[{"@odata.type":"#Microsoft.AADInviteMgr.invitation",
            "InvitedUserMessageInfo":{"customizedMessageBody":"Welcome"}}]], response.body)
          assert.is_nil(response.value.invitedUserMessageInfo)
        end
      end)

      it("refuses the message members in both spellings: reference 10 row 11", function()
        local response = ask("POST /v1.0/invitations", [[{"InvitedUserMessageInfo":{},
          "@odata.type":"#Microsoft.AADInviteMgr.invitation","invitedUserMessageInfo":{},
          "invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://c.example"}]])
        assert.equal(400, response.status)
      end)
    end)

    describe("an address that is known", function()
      it("gives the pending guest a new invitation: reference 5.4", function()
        local first = invite().value
        local second = invite { invitedUserEmailAddress = ADDRESS:upper() }.value
        assert.equal(first.invitedUser.id, second.invitedUser.id)
        assert.not_equal(first.id, second.id)
        assert.not_equal(first.inviteRedeemUrl, second.inviteRedeemUrl)
        assert.equal("PendingAcceptance", second.status)
        assert.equal(2, #emulator:invitations())
      end)

      it("gives a guest that has accepted a completed one: reference 5.1, 5.4", function()
        local first = invite().value
        emulator:redeem { email = ADDRESS }
        local second = invite()
        assert.equal(201, second.status)
        assert.equal(first.invitedUser.id, second.value.invitedUser.id)
        assert.equal("Completed", second.value.status)
      end)

      -- section of the reference, address of an account of the tenant, what the message says
      local ACCOUNTS = {
        { "5.4 an account", "alex@woodgrove.example", "can use that account to sign in to shared" },
        { "4.4 a blocked account", "Diego@woodgrove.example", "blocked from signing in" },
      }
      for _, row in ipairs(ACCOUNTS) do
        it("is refused where it is an account's: reference " .. row[1], function()
          local response = invite { invitedUserEmailAddress = row[2] }
          assert.equal(400, response.status)
          local message = response.value.error.message
          assert.truthy(message:find(row[3], 1, true))
          local id = message:match("object ID: ([%x-]+)")
          assert.equal(row[2]:lower(), ask("GET /v1.0/users/" .. id).value.mail)
          assert.equal(0, #emulator:invitations())
        end)
      end
    end)

    describe("resetRedemption", function()
      local function reset(id, members)
        members = members or {}
        members.resetRedemption, members.invitedUser = true, { id = id }
        return invite(members)
      end

      it("starts anew with the same user: reference 5.1, 5.5", function()
        local first = invite().value
        emulator:redeem { email = ADDRESS }
        emulator:advance(60)
        local second = reset(first.invitedUser.id).value
        assert.equal(first.invitedUser.id, second.invitedUser.id)
        assert.not_equal(first.id, second.id)
        assert.equal("PendingAcceptance", second.status)
        assert.is_true(second.resetRedemption)
        local guest = ask("GET /v1.0/users/" .. first.invitedUser.id).value
        assert.equal("PendingAcceptance", guest.externalUserState)
        assert.equal("2026-01-01T00:01:00Z", guest.externalUserStateChangeDateTime)
      end)

      it("leaves the old invitation where it was: reference 5.1", function()
        local first = invite().value
        emulator:redeem { id = first.id }
        local second = reset(first.invitedUser.id).value
        assert.equal("Completed", ask("GET /v1.0/invitations/" .. first.id).value.status)
        emulator:redeem { id = second.id }
        assert.equal("Completed", ask("GET /v1.0/invitations/" .. second.id).value.status)
        reset(first.invitedUser.id)
        assert.equal("Completed", ask("GET /v1.0/invitations/" .. second.id).value.status)
      end)

      it("wants an address of the user: reference 5.5", function()
        local first = invite().value
        local response = reset(first.invitedUser.id, {
          invitedUserEmailAddress = "new@fabrikam.example",
        })
        assert.equal(400, response.status)
        assert.equal("invitedUserEmailAddress", response.value.error.target)
        assert.equal(1, #emulator:invitations())
      end)
    end)

    describe("update", function()
      it("answers seed 002 as its page says", function()
        local id = invite().value.id
        for _, version in ipairs { "beta", "v1.0" } do
          local response = ask("PATCH /" .. version .. "/invitations/" .. id,
            helper.fixture("seed-002-request.json"))
          assert.equal(200, response.status)
          local expected = helper.fixture("seed-002-response.json")
            :gsub("2b9c89ee%-89ee%-2b9c%-ee89%-9c2bee899c2b", id)
          helper.assert_json_has(expected, response.body)
        end
      end)

      it("leaves what is absent, clears by null, replaces a collection: reference 3.3", function()
        local id = invite {
          invitedUserDisplayName = "Adele", invitedUserMessageInfo = {
            messageLanguage = "de-DE", ccRecipients = { { emailAddress = { address = "a@b.c" } } },
          },
        }.value.id
        local response = ask("PATCH /v1.0/invitations/" .. id, [[{"invitedUserDisplayName":null,
          "invitedUserMessageInfo":{"customizedMessageBody":"x","ccRecipients":[]}}]])
        helper.assert_json_has([[{"invitedUserDisplayName":null,"invitedUserMessageInfo":
          {"messageLanguage":"de-DE","customizedMessageBody":"x","ccRecipients":[]},
          "invitedUserEmailAddress":"Adele.Vance@fabrikam.example"}]], response.body)
        helper.assert_same_json(response.body, (ask("GET /v1.0/invitations/" .. id).body))
      end)

      it("takes the id of the path, whatever the body says", function()
        local id = invite().value.id
        assert.equal(id, ask("PATCH /v1.0/invitations/" .. id, { id = "other" }).value.id)
      end)

      it("changes nothing when it is refused", function()
        local id = invite().value.id
        local before = ask("GET /v1.0/invitations/" .. id).body
        for _, body in ipairs { '{"x":1}', '{"status":7}', "[]", "{", "null", '"x"' } do
          assert.equal(400, ask("PATCH /v1.0/invitations/" .. id, body).status)
        end
        helper.assert_same_json(before, ask("GET /v1.0/invitations/" .. id).body)
      end)

      it("is understood in the flavour it was last written in: reference 1.4", function()
        local id = invite().value.id
        ask("PATCH /v1.0/invitations/" .. id, helper.fixture("seed-002-request.json"))
        local response = ask("PATCH /v1.0/invitations/" .. id,
          [[{"@odata.type":"#microsoft.graph.invitation","status":"Completed"}]])
        assert.equal(200, response.status)
        local info = response.value.invitedUserMessageInfo
        assert.equal("Message Language value", info.messageLanguage)
        assert.is_nil(response.value.InvitedUserMessageInfo)
      end)
    end)

    it("can be deleted, and the guest stays: reference 2.1 A6", function()
      local made = invite()
      assert.equal(204, ask("DELETE /v1.0/invitations/" .. made.value.id).status)
      assert.equal(404, ask("GET /v1.0/invitations/" .. made.value.id).status)
      assert.equal(404, ask("DELETE /v1.0/invitations/" .. made.value.id).status)
      assert.equal("0", ask("GET /v1.0/invitations/$count").body)
      assert.equal(ADDRESS, guest_of(made).mail)
    end)

    it("have a user that can be read, taken away and set: reference 2.1 A7 to A9", function()
      local made = invite().value
      local path = "/beta/invitations/" .. made.id .. "/invitedUser"
      assert.equal(ADDRESS, ask("GET " .. path).value.mail)
      assert.equal(204, ask("DELETE " .. path .. "/$ref").status)
      assert.equal(404, ask("GET " .. path).status)
      assert.equal(404, ask("DELETE " .. path .. "/$ref").status)
      local other = invite { invitedUserEmailAddress = "other@fabrikam.example" }.value
      local id = other.invitedUser.id
      for _, start in ipairs { "https://graph.microsoft.com/v1.0/users/", "users('" } do
        local url = start .. id .. (start:find("'", 1, true) and "')" or "")
        assert.equal(204, ask("POST " .. path .. "/$ref", { ["@odata.id"] = url }).status)
        assert.equal("other@fabrikam.example", ask("GET " .. path).value.mail)
      end
      assert.equal(404, ask("POST " .. path .. "/$ref", { ["@odata.id"] = "users/nobody" }).status)
      assert.equal(404, ask("POST " .. path .. "/$ref", "{}").status)
    end)

    it("show the guest where it is expanded: reference 3.8", function()
      local id = invite().value.id
      local path = "GET /v1.0/invitations/" .. id
      local value = ask(path .. "?$expand=invitedUser($select=mail)").value
      assert.same({ mail = ADDRESS }, value.invitedUser)
      local page = ask("GET /v1.0/invitations?$expand=invitedUser").value.value
      assert.equal("Guest", page[1].invitedUser.userType)
    end)

    it("without a tenant's say answer 404: reference 4.4", function()
      local response = ask("GET /v1.0/invitations/nothing")
      assert.equal(404, response.status)
      assert.equal("Request_ResourceNotFound", response.value.error.code)
      assert.truthy(response.value.error.message:find("Resource 'nothing' does not exist", 1, true))
    end)
  end)
end)
