local core = require "graphinvite.core"

local ADDRESS, REDIRECT = "adele@fabrikam.example", "https://app.contoso.example/welcome"

-- The body of an invitation with some members changed; NONE takes one out.
local NONE = core.array()
local function invitation(changes)
  local body = { invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = REDIRECT }
  for name, value in pairs(changes or {}) do
    body[name] = value
    if value == NONE then
      body[name] = nil
    end
  end
  return body
end

local function people(n)
  local participants = {}
  for i = 1, n do
    participants[i] = { identity = { user = { id = "u" .. i } } }
  end
  return { participants = participants }
end

-- Reference 2.1 A1 and 5.2: what is claimed, changes to a good body, explanation; nil is fine.
local INVITATIONS = {
  { "a good body", {} },
  { "no address", { invitedUserEmailAddress = NONE }, "invitedUserEmailAddress: required" },
  { "a null address", { invitedUserEmailAddress = core.null },
    "invitedUserEmailAddress: required" },
  { "an address that is no text", { invitedUserEmailAddress = 5 },
    "invitedUserEmailAddress: not a String" },
  { "an empty address", { invitedUserEmailAddress = "" },
    "invitedUserEmailAddress: not an e-mail address: it has no @" },
  { "two @", { invitedUserEmailAddress = "a@b@c" },
    "invitedUserEmailAddress: not an e-mail address: it has more than one @" },
  { "nothing before the @", { invitedUserEmailAddress = "@b.c" },
    "invitedUserEmailAddress: not an e-mail address: a name, @ and a domain are needed" },
  { "nothing behind the @", { invitedUserEmailAddress = "a@" },
    "invitedUserEmailAddress: not an e-mail address: a name, @ and a domain are needed" },
  { "a space in the domain", { invitedUserEmailAddress = "a@b c" },
    "invitedUserEmailAddress: not an e-mail address: a name, @ and a domain are needed" },
  { "bad UTF-8 in the address", { invitedUserEmailAddress = "a\255@b.c" },
    "invitedUserEmailAddress: a String that is not UTF-8" },
  { "no redirect", { inviteRedirectUrl = NONE }, "inviteRedirectUrl: required" },
  { "a null redirect", { inviteRedirectUrl = core.null }, "inviteRedirectUrl: required" },
  { "a redirect over http, whatever the casing", { inviteRedirectUrl = "HTTP://h" } },
  { "a relative redirect", { inviteRedirectUrl = "/welcome" },
    "inviteRedirectUrl: not an absolute http or https URL" },
  { "a redirect without a host", { inviteRedirectUrl = "https:///welcome" },
    "inviteRedirectUrl: not an absolute http or https URL" },
  { "a redirect that ends after its scheme", { inviteRedirectUrl = "https://" },
    "inviteRedirectUrl: not an absolute http or https URL" },
  { "a script for a redirect", { inviteRedirectUrl = "javascript:alert(1)" },
    "inviteRedirectUrl: not an absolute http or https URL" },
  { "a space in the redirect", { inviteRedirectUrl = "https://h/a b" },
    "inviteRedirectUrl: not a URL: it has a character that must be percent-encoded" },
  { "one cc recipient", { invitedUserMessageInfo = { ccRecipients = { {} } } } },
  { "two cc recipients", { invitedUserMessageInfo = { ccRecipients = { {}, {} } } },
    "invitedUserMessageInfo.ccRecipients: 2 given, Microsoft Graph supports one" },
  { "a message that is null", { invitedUserMessageInfo = core.null } },
  { "a reset without a user", { resetRedemption = true },
    "invitedUser.id: required when resetRedemption is true" },
  { "a reset of a user without an id", { resetRedemption = true, invitedUser = {} },
    "invitedUser.id: required when resetRedemption is true" },
  { "a reset of a user", { resetRedemption = true, invitedUser = { id = "u" } } },
  { "no reset and no user", { resetRedemption = false } },
  { "a type that is neither guest nor member", { invitedUserType = "Friend" } },
}

-- Reference 2.2 B1.
local INVITES = {
  { "five people", people(5) },
  { "six people", people(6), "participants: 6 given, at most 5 can be invited in one request" },
  { "nobody at all", {}, "participants: required" },
  { "people that are null", { participants = core.null }, "participants: required" },
  { "people that are no list", { participants = "x" }, 'participants: not a collection: "x"' },
  { "a person without an identity", { participants = { { region = "westus" } } },
    "participants[1].identity: required" },
  { "a person whose identity is null",
    { participants = { people(1).participants[1], { identity = core.null } } },
    "participants[2].identity: required" },
  { "256 characters of context", { participants = {}, clientContext = ("é"):rep(256) } },
  { "257 characters of context", { participants = {}, clientContext = ("x"):rep(257) },
    "clientContext: 257 characters, at most 256 are allowed" },
}

describe("rules", function()
  for _, row in ipairs(INVITATIONS) do
    it((row[3] and "refuses to invite with " or "invites with ") .. row[1], function()
      local request, why = core.request("invitations.create", nil, invitation(row[2]))
      assert.equal(row[3], why)
      assert.equal(row[3] == nil, request ~= nil)
    end)
  end

  it("knows the characters of an address that can be invited", function()
    local refused, allowed = "~!#$%^&*()+=[]{}\\/|;:\"<>?, ", "abzABZ019._-'`"
    for byte = 33, 126 do
      local c = string.char(byte)
      if c ~= "@" then
        local request, why = core.request("invitations.create", nil, invitation {
          invitedUserEmailAddress = "a" .. c .. "b@fabrikam.example",
        })
        local wanted = refused:find(c, 1, true) == nil
        assert.equal(wanted, request ~= nil, c .. tostring(why))
        assert.is_true(wanted or allowed:find(c, 1, true) == nil)
      end
    end
  end)

  for _, row in ipairs {
    { ".a", false }, { "a.", false }, { "-a", false }, { "a-", false }, { "_a_", true }, { "a.b-c",
      true },
    { "a b", false }, { "é", true },
  } do
    it(("%s the name %q before the @"):format(row[2] and "takes" or "refuses", row[1]), function()
      local request, why = core.request("invitations.create", nil, invitation {
        invitedUserEmailAddress = row[1] .. "@fabrikam.example",
      })
      assert.equal(row[2], request ~= nil)
      assert.is_true(row[2] or why:find("^invitedUserEmailAddress: cannot be invited: ") ~= nil)
    end)
  end

  for _, row in ipairs(INVITES) do
    it((row[3] and "refuses to call " or "calls ") .. row[1], function()
      local request, why = core.request("call.participants.invite", { "c" }, row[2])
      assert.equal(row[3], why)
      assert.equal(row[3] == nil, request ~= nil)
    end)
  end

  it("binds the rules of A1 and B1 under every root and to no other row", function()
    for _, root in ipairs { "/app/calls", "/communications/calls" } do
      assert.is_nil((core.request("call.participants.invite", { "c" }, people(6), { root = root })))
    end
    assert(core.request("invitations.update", { "i" }, { invitedUserEmailAddress = "any value" }))
    assert(core.request("call.operations.create", { "c" }, people(6)))
    assert(core.request("call.operations.update", { "c", "o" }, { clientContext = ("x"):rep(300) }))
  end)
end)
