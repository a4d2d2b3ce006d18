local emulators = require "graphinvite.emulator"
local helper = require "spec.helper"

local ADDRESS = "adele@fabrikam.example"
local REDIRECT = "https://app.contoso.example/welcome"

helper.over_every_tenant(function(open)
  describe("redemption", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(members)
      local body = { invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = REDIRECT }
      for name, value in pairs(members or {}) do
        body[name] = value
      end
      return ask("POST /v1.0/invitations", body).value
    end

    it("turns the guest to Accepted at that time: reference 5.1", function()
      local made = invite()
      emulator:advance(90)
      local redeemed = emulator:redeem { email = ADDRESS }
      assert.same({
        email = ADDRESS, invitation = made.id, user = made.invitedUser.id, redirect = REDIRECT,
      }, redeemed)
      local guest = ask("GET /v1.0/users/" .. made.invitedUser.id).value
      assert.equal("Accepted", guest.externalUserState)
      assert.equal("2026-01-01T00:01:30Z", guest.externalUserStateChangeDateTime)
      assert.equal("ExternalAzureAD", guest.identities[1].issuer)
      assert.equal("Completed", ask("GET /v1.0/invitations/" .. made.id).value.status)
    end)

    it("finds the invitation by address, by either id and by link", function()
      for _, key in ipairs { "email", "invitation", "user", "url" } do
        emulator:reset()
        local made = invite()
        local wanted = {
          email = { email = ADDRESS:upper() }, invitation = { id = made.id },
          user = { id = made.invitedUser.id }, url = { url = made.inviteRedeemUrl },
        }
        assert.equal(made.id, assert(emulator:redeem(wanted[key])).invitation)
      end
    end)

    it("the second time changes nothing", function()
      local made = invite()
      emulator:redeem { email = ADDRESS }
      emulator:advance(10)
      emulator:redeem { email = ADDRESS }
      local guest = ask("GET /v1.0/users/" .. made.invitedUser.id).value
      assert.equal("2026-01-01T00:00:00Z", guest.externalUserStateChangeDateTime)
    end)

    it("ends a status that a caller has written: reference 5.1", function()
      local made = invite()
      ask("PATCH /v1.0/invitations/" .. made.id, { status = "Status value" })
      emulator:redeem { id = made.id }
      assert.equal("Completed", ask("GET /v1.0/invitations/" .. made.id).value.status)
    end)

    it("of what is not there is an error without the link in it", function()
      local made = invite()
      local other = made.inviteRedeemUrl:gsub("ticket%%3D%x%x", "ticket%%3Dzz")
      local unknown = { { email = "x@y.z" }, { id = "x" }, { url = other }, { url = "x" } }
      for _, wanted in ipairs(unknown) do
        local redeemed, err = emulator:redeem(wanted)
        assert.is_nil(redeemed)
        assert.equal("graph", err.kind)
        assert.equal(404, err.status)
        assert.is_nil(tostring(err):find("ticket", 1, true))
      end
    end)

    it("of an id that a caller chose goes by its link too", function()
      local made = invite { id = "a b/c&d%" }
      assert.equal(made.id, emulator:redeem { url = made.inviteRedeemUrl }.invitation)
    end)

    describe("mail", function()
      it("is sent only where it is asked for: reference 5.1, 5.3", function()
        invite()
        invite { sendInvitationMessage = false }
        assert.same({}, emulator:mailbox())
        invite { sendInvitationMessage = true }
        assert.equal(1, #emulator:mailbox())
      end)

      it("is a journal: two invitations are two mails", function()
        local first = invite { sendInvitationMessage = true }
        local second = invite { sendInvitationMessage = true }
        local box = emulator:mailbox()
        assert.equal(first.id, box[1].invitation)
        assert.equal(second.id, box[2].invitation)
      end)

      it("carries the link, the words and the people in copy: reference 1.5", function()
        local made = invite {
          sendInvitationMessage = true, invitedUserMessageInfo = {
            customizedMessageBody = "Welcome, Adele",
            ccRecipients = { { emailAddress = { address = "boss@fabrikam.example" } } },
          },
        }
        local mail = emulator:mailbox()[1]
        assert.equal(ADDRESS, mail.to)
        assert.same({ "boss@fabrikam.example" }, mail.cc)
        assert.equal("Welcome, Adele", mail.body)
        assert.equal(made.inviteRedeemUrl, mail.inviteRedeemUrl)
        assert.equal("2026-01-01T00:00:00Z", mail.sent)
      end)

      it("is in en-US unless told otherwise: reference 1.5", function()
        invite { sendInvitationMessage = true }
        invite { sendInvitationMessage = true, invitedUserMessageInfo = { messageLanguage = "de" } }
        local box = emulator:mailbox()
        assert.equal("en-US", box[1].language)
        assert.equal("de", box[2].language)
      end)

      it("stays as it was sent when the invitation is changed", function()
        local made = invite { sendInvitationMessage = true }
        ask("PATCH /v1.0/invitations/" .. made.id, { invitedUserEmailAddress = "x" })
        assert.equal(ADDRESS, emulator:mailbox()[1].to)
      end)

      it("leaves out an application's own words: reference 5.3 docs", function()
        local token = ask("POST /contoso.example/oauth2/v2.0/token", "grant_type=client_credentials"
          .. "&client_id=a&client_secret=b&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
          { ["Content-Type"] = "application/x-www-form-urlencoded" }).value.access_token
        ask("POST /v1.0/invitations", {
          invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = REDIRECT,
          sendInvitationMessage = true, invitedUserMessageInfo = { customizedMessageBody = "Mine" },
        }, { Authorization = "Bearer " .. token })
        local mail = emulator:mailbox()[1]
        assert.is_nil(mail.body:find("Mine", 1, true))
      end)
    end)
  end)
end)

-- In process only: four servers would say no more.
describe("mail", function()
  -- cloud, sender: reference 5.3 docs
  local SENDERS = {
    global = "Invites@microsoft.com", usgov = "invites@azuread.us", dod = "invites@azuread.us",
    china = "Invites@oe.21vianet.com",
  }
  for cloud, sender in pairs(SENDERS) do
    it("of the cloud " .. cloud .. " comes from " .. sender, function()
      local emulator = emulators.new { cloud = cloud }
      emulator:handle {
        method = "POST", url = "/v1.0/invitations",
        headers = { authorization = "Bearer emulator", ["content-type"] = "application/json" },
        body = [[{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://c.example",
          "sendInvitationMessage":true}]],
      }
      assert.equal(sender, emulator:mailbox()[1].from)
    end)
  end
end)
