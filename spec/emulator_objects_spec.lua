local core = require "graphinvite.core"
local helper = require "spec.helper"

local ADELE, REDIRECT = "adele@fabrikam.example", "https://app.contoso.example"
local MEGAN = "megan@contoso.onmicrosoft.com"

-- Who owns an address in its proxyAddresses: reference 5.4
local OWNERS = {
  { "a group", "add_object", { type = "group", name = "All guests", proxy = ADELE } },
  { "a contact", "add_object", { type = "contact", proxy = ADELE } },
  { "a user", "add_address", { user = MEGAN, proxy = ADELE } },
}

-- control, fields that it refuses, what it says
local REFUSED = {
  { "add_object", { type = "device" }, "type: one of group and contact is wanted" },
  { "add_object", {}, "type: one of group and contact is wanted" },
  { "add_object", { type = "contact", mail = "a@b", proxy = "a@b" }, "either mail or proxy" },
  { "add_object", { type = "group", proxy = "megan@contoso.example" }, "belongs to .* already" },
  { "add_address", { user = "nobody", proxy = "a@b" }, "user: there is no nobody" },
  { "add_address", { proxy = "a@b" }, "user: required" },
  { "add_address", { user = MEGAN }, "one of proxy and other_mail is required" },
  { "add_address", { user = MEGAN, proxy = "a", other_mail = "b" }, "one of proxy and other_mail" },
  { "free_address", {}, "address: required" },
  { "free_address", { address = "megan@contoso.example" }, "nobody has the address" },
}

helper.over_every_tenant(function(open)
  describe("an address that somebody owns", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(changes)
      local body = { invitedUserEmailAddress = ADELE, inviteRedirectUrl = REDIRECT }
      for name, value in pairs(changes or {}) do
        body[name] = value
      end
      return ask("POST /v1.0/invitations", body)
    end

    local function users(filter)
      local names = {}
      for i, user in ipairs(ask("GET /v1.0/users?$filter=" .. filter).value.value) do
        names[i] = user.userPrincipalName
      end
      return names
    end

    for _, row in ipairs(OWNERS) do
      it(("is not invited until %s has it no more: reference 5.4"):format(row[1]), function()
        local made = emulator[row[2]](emulator, row[3])
        local refused = invite { invitedUserEmailAddress = ADELE:upper() }
        assert.equal(400, refused.status)
        local id = row[2] == "add_object" and made.id or ask("GET /v1.0/users/" .. MEGAN).value.id
        assert.matches(id, refused.value.error.message, 1, true)
        assert.equal("invitedUserEmailAddress", refused.value.error.target)
        assert.same({}, emulator:invitations())
        emulator:free_address(ADELE)
        assert.equal(201, invite().status)
        assert.same({ "adele_fabrikam.example#EXT#@contoso.onmicrosoft.com" },
          users("proxyAddresses/any(x:x%20eq%20'SMTP:" .. ADELE .. "')"))
      end)
    end

    it("is filled into no guest where a contact has it: reference 5.4", function()
      emulator:add_object { type = "contact", mail = ADELE }
      local made = invite()
      assert.equal(201, made.status)
      local guest = ask("GET /v1.0/users/" .. made.value.invitedUser.id).value
      assert.equal(core.null, guest.mail)
      assert.same({ { ADELE }, {} }, { guest.otherMails, guest.proxyAddresses })
      assert.same({}, users("mail%20eq%20'" .. ADELE .. "'"))
      assert.same(1, #users("otherMails/any(x:x%20eq%20'" .. ADELE .. "')"))
      emulator:redeem { email = ADELE }
      assert.equal("Accepted", ask("GET /v1.0/users/" .. guest.id).value.externalUserState)
      emulator:free_address(ADELE)
      assert.same({}, users("mail%20eq%20'" .. ADELE .. "'"))
      assert.equal(201, invite().status) -- the same guest again
      assert.equal(2, #emulator:invitations())
    end)

    it("is a user's besides the first one", function()
      emulator:add_address { user = MEGAN, proxy = "mb@contoso.example" }
      emulator:add_address { user = MEGAN, other_mail = "megan@home.example" }
      local user = ask("GET /v1.0/users/" .. MEGAN).value
      assert.same({ "SMTP:megan@contoso.example", "smtp:mb@contoso.example" }, user.proxyAddresses)
      assert.same({ "megan@home.example" }, user.otherMails)
      assert.same({ MEGAN }, users "proxyAddresses/any(x:x%20eq%20'smtp:mb@contoso.example')")
      local invited = invite { invitedUserEmailAddress = "megan@home.example" }
      assert.equal(201, invited.status) -- only proxyAddresses are refused
      assert.equal(2, #users "otherMails/any(x:x%20eq%20'megan@home.example')")
      emulator:free_address "MB@contoso.example"
      user = ask("GET /v1.0/users/" .. MEGAN).value
      assert.same({ "SMTP:megan@contoso.example" }, user.proxyAddresses)
    end)

    it("serves for a reset where it is one of the guest's otherMails: reference 5.5", function()
      local id = invite().value.invitedUser.id
      emulator:redeem { email = ADELE }
      local reset = {
        resetRedemption = true, invitedUser = { id = id },
        invitedUserEmailAddress = "Adele@new.example", sendInvitationMessage = true,
      }
      assert.equal(400, invite(reset).status)
      emulator:add_address { user = id, other_mail = "adele@new.example" }
      local made = invite(reset)
      assert.equal(201, made.status)
      assert.equal(id, made.value.invitedUser.id)
      assert.equal("PendingAcceptance", ask("GET /v1.0/users/" .. id).value.externalUserState)
      assert.equal("Adele@new.example", emulator:mailbox()[1].to)
    end)

    it("is kept by a snapshot", function()
      emulator:add_object { type = "group", proxy = ADELE }
      emulator:snapshot()
      emulator:reset()
      emulator:restore()
      assert.equal(400, invite().status)
    end)

    for _, row in ipairs(REFUSED) do
      it(("is not what %s takes: %s"):format(row[1], row[3]), function()
        local response = ask("POST /_emulator/" .. row[1], row[2])
        assert.equal(400, response.status)
        assert.matches(row[3], response.value.error.message)
      end)
    end

    it("is nobody's twice", function()
      emulator:add_object { type = "contact", mail = ADELE }
      local response = ask("POST /_emulator/add_address", { user = MEGAN, proxy = ADELE })
      assert.matches("belongs to .* already", response.value.error.message)
    end)
  end)
end)
