local helper = require "spec.helper"

local REDIRECT = "https://app.contoso.example/welcome"

-- The body of a new invitation with some members changed; false takes one out.
local function invitation(changes)
  local body = { invitedUserEmailAddress = "adele@fabrikam.example", inviteRedirectUrl = REDIRECT }
  for name, value in pairs(changes or {}) do
    body[name] = value or nil
  end
  return body
end

-- section of the reference, address, status
local ADDRESSES = {
  { "5.2 one @ with both sides", "adele@fabrikam.example", 201 },
  { "5.2 no @", "adele.fabrikam.example", 400 },
  { "5.2 two @", "adele@x@fabrikam.example", 400 },
  { "5.2 empty user name", "@fabrikam.example", 400 },
  { "5.2 empty domain", "adele@", 400 },
  { "5.2 empty", "", 400 },
  { "5.2 . and - inside", "a.d-e@fabrikam.example", 201 },
  { "5.2 . first", ".adele@fabrikam.example", 400 },
  { "5.2 . last", "adele.@fabrikam.example", 400 },
  { "5.2 - first", "-adele@fabrikam.example", 400 },
  { "5.2 - last", "adele-@fabrikam.example", 400 },
  { "5.2 _ anywhere", "_adele_@fabrikam.example", 201 },
  { "5.2 '", "o'hara@fabrikam.example", 201 },
  { "5.2 space", "a dele@fabrikam.example", 400 },
  { "5.2 line end", "adele\n@fabrikam.example", 400 },
  { "5.2 the domain's line end", "adele@fabrikam.example\r\n", 400 },
  { "5.2 domain with .. in it", "adele@fabrikam..example", 400 },
  { "5.2 domain with a . last", "adele@fabrikam.example.", 400 },
  { "5.2 domain with a _", "adele@fabri_kam.example", 400 },
  { "5.2 domain of the tenant", "someone@contoso.example", 400 },
  { "5.2 domain of the tenant in capitals", "someone@CONTOSO.example", 400 },
  { "5.2 denied domain", "someone@blocked.example", 403 },
}
for character in ("~!#$%^&*()+=[]{}\\/|;:\"<>?,"):gmatch(".") do
  ADDRESSES[#ADDRESSES + 1] = {
    "5.2 forbidden " .. character, "a" .. character .. "b@fabrikam.example", 400,
  }
end

-- section of the reference, what changes in the body, status, what the error names
local BODIES = {
  { "5.2 redirect http", { inviteRedirectUrl = "http://x.example" }, 201 },
  { "5.2 redirect HTTPS", { inviteRedirectUrl = "HTTPS://x.example/a?b#c" }, 201 },
  { "5.2 redirect relative", { inviteRedirectUrl = "/welcome" }, 400, "inviteRedirectUrl" },
  { "5.2 redirect ftp", { inviteRedirectUrl = "ftp://x.example" }, 400, "inviteRedirectUrl" },
  { "5.2 redirect without host", { inviteRedirectUrl = "https:///a" }, 400, "inviteRedirectUrl" },
  { "5.2 redirect with a space", { inviteRedirectUrl = "https://x/ y" }, 400, "inviteRedirectUrl" },
  { "5.2 redirect missing", { inviteRedirectUrl = false }, 400, "inviteRedirectUrl" },
  { "5.2 address missing", { invitedUserEmailAddress = false }, 400, "invitedUserEmailAddress" },
  { "1.3 guest in any case", { invitedUserType = "gUEST" }, 201 },
  { "1.3 member", { invitedUserType = "Member" }, 201 },
  { "5.2 other user type", { invitedUserType = "Owner" }, 400, "invitedUserType" },
  {
    "1.5 one cc recipient", {
      invitedUserMessageInfo = { ccRecipients = { { emailAddress = { address = "a@b.c" } } } },
    },
    201,
  },
  {
    "5.2 two cc recipients", {
      invitedUserMessageInfo = { ccRecipients = { { emailAddress = {} }, { emailAddress = {} } } },
    },
    400, "ccRecipients",
  },
  { "1.3 unknown member", { invitedUserMail = "x" }, 400, "invitedUserMail" },
  { "3.4 wrong type", { sendInvitationMessage = "yes" }, 400, "sendInvitationMessage" },
  { "5.5 reset without a user", { resetRedemption = true }, 400, "invitedUser" },
  {
    "5.5 reset of an unknown user",
    { resetRedemption = true, invitedUser = { id = "6e0a5b1c-0000-4000-8000-000000000000" } },
    404, "6e0a5b1c",
  },
}

helper.over_every_tenant(function(open)
  describe("the rules of a new invitation", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    for _, row in ipairs(ADDRESSES) do
      local name, address, status = row[1], row[2], row[3]
      it(("answer %d to an address: %s"):format(status, name), function()
        local response = ask("POST /v1.0/invitations", invitation {
          invitedUserEmailAddress = address,
        })
        assert.equal(status, response.status)
        assert.equal(status == 201 and 1 or 0, #emulator:invitations())
      end)
    end

    for _, row in ipairs(BODIES) do
      local name, changes, status, named = row[1], row[2], row[3], row[4]
      it(("answer %d to a body: %s"):format(status, name), function()
        local response = ask("POST /v1.0/invitations", invitation(changes))
        assert.equal(status, response.status)
        if named then
          assert.truthy(response.value.error.message:find(named, 1, true))
        end
        assert.equal(status == 201 and 1 or 0, #emulator:invitations())
      end)
    end

    it("name every missing member: reference 5.2", function()
      local response = ask("POST /v1.0/invitations", "{}")
      assert.equal(400, response.status)
      assert.same({
        { code = "MissingValue", target = "invitedUserEmailAddress" },
        { code = "MissingValue", target = "inviteRedirectUrl" },
      }, response.value.error.details)
    end)

    it("bind no other row", function()
      local made = ask("POST /v1.0/invitations", invitation()).value
      local body = [[{"invitedUserEmailAddress":"no address","inviteRedirectUrl":"",
        "invitedUserType":"x","status":"x","resetRedemption":true,
        "invitedUserMessageInfo":{"ccRecipients":[{},{}]}}]]
      local response = ask("PATCH /v1.0/invitations/" .. made.id, body)
      assert.equal(200, response.status)
      helper.assert_json_has(body, response.body)
    end)
  end)
end)
