local core = require "graphinvite.core"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local raises = require "spec.support.raises"
local scripted = require "spec.support.scripted"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
local NOBODY = "6e0a5b1c-0000-4000-8000-000000000000"
local MAIL = "adele@fabrikam.example"
local GUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"

local function body(changes)
  local fields = {
    invitedUserEmailAddress = MAIL, inviteRedirectUrl = "https://app.contoso.example/welcome",
  }
  for name, value in pairs(changes or {}) do
    fields[name] = value
  end
  return fields
end

local function person(id)
  return { identity = { user = { id = id } } }
end

-- What each method says of an id that nobody has.
local UNKNOWN = {
  { "invitations:get", function(c) return c.invitations:get(NOBODY) end },
  { "invitations:update", function(c) return c.invitations:update(NOBODY, {}) end },
  { "invitations:delete", function(c) return c.invitations:delete(NOBODY) end },
  { "invitations:invited_user", function(c) return c.invitations:invited_user(NOBODY) end },
  {
    "invitations:add_invited_user",
    function(c) return c.invitations:add_invited_user(NOBODY, NOBODY) end,
  },
  {
    "invitations:remove_invited_user",
    function(c) return c.invitations:remove_invited_user(NOBODY) end,
  },
  { "invitations.sponsors:get", function(c) return c.invitations.sponsors:get(NOBODY) end },
  { "invitations:reset", function(c) return c.invitations:reset(NOBODY, body()) end },
  { "call:get", function(c) return c:call(NOBODY):get() end },
  { "call:delete", function(c) return c:call(NOBODY):delete() end },
  { "call:keep_alive", function(c) return c:call(NOBODY):keep_alive() end },
  {
    "call.participants:invite",
    function(c) return c:call(NOBODY).participants:invite { participants = { person "u" } } end,
  },
  { "call.participants:remove", function(c) return c:call(CALL).participants:remove(NOBODY) end },
  { "call.operations:get", function(c) return c:call(CALL).operations:get(NOBODY) end },
  { "call.operations:count", function(c) return c:call(NOBODY).operations:count() end },
  { "call.operations:create", function(c) return c:call(NOBODY).operations:create {} end },
  { "call.operations:update", function(c) return c:call(CALL).operations:update(NOBODY, {}) end },
  { "call.operations:delete", function(c) return c:call(CALL).operations:delete(NOBODY) end },
  { "linkedin.invitations:get", function(c) return c.linkedin.invitations:get(NOBODY) end },
  {
    "linkedin.invitations:update",
    function(c) return c.linkedin.invitations:update(NOBODY, { trackingId = "a" }) end,
  },
  { "users:get", function(c) return c.users:get(NOBODY) end },
}

helper.over_every_transport(function(open)
  describe("client.invitations", function()
    local client, emulator
    before_each(function()
      client, emulator = open()
    end)

    it("creates an invitation and its guest, and leaves the body as it is", function()
      local given = body { invitedUserDisplayName = "Adele Vance" }
      local invitation = assert(client.invitations:create(given))
      assert.same(body { invitedUserDisplayName = "Adele Vance" }, given)
      assert.matches(GUID, invitation.id)
      assert.matches(GUID, invitation.invitedUser.id)
      assert.matches("^https://", invitation.inviteRedeemUrl)
      assert.equal("PendingAcceptance", invitation.status)
      assert.equal("Guest", invitation.invitedUserType)
      assert.equal("Adele Vance", invitation.invitedUserDisplayName)
      assert.is_false(invitation.sendInvitationMessage)
      assert.equal(graphinvite.null, invitation.invitedUserMessageInfo.messageLanguage)
      local user = assert(client.users:get(invitation.invitedUser.id))
      assert.equal("PendingAcceptance", user.externalUserState)
      assert.equal(MAIL, user.mail)
    end)

    it("mails only when it is told to", function()
      assert(client.invitations:create(body()))
      assert.same({}, emulator:mailbox())
      assert(client.invitations:create(body { sendInvitationMessage = true }))
      local mail = emulator:mailbox()
      assert.equal(1, #mail)
      assert.equal(MAIL, mail[1].to)
    end)

    it("reads, counts, changes and deletes", function()
      local invitation = assert(client.invitations:create(body()))
      assert.equal(1, client.invitations:count())
      local changed = assert(client.invitations:update(invitation.id, {
        invitedUserDisplayName = "Adele Vance",
      }))
      assert.equal("Adele Vance", changed.invitedUserDisplayName)
      assert.equal(MAIL, changed.invitedUserEmailAddress)
      assert.same(changed, (client.invitations:get(invitation.id)))
      assert.is_true(client.invitations:delete(invitation.id))
      assert.equal(0, client.invitations:count())
      assert.is_nil((client.invitations:get(invitation.id)))
    end)

    it("takes back what it gave", function()
      local invitation = assert(client.invitations:create(body()))
      local updated = client.invitations:update(invitation.id, invitation)
      updated["@odata.etag"] = nil -- which a new one does not have
      assert.same(invitation, updated)
    end)

    it("tells absent, null and a value apart", function()
      local id = assert(client.invitations:create(body { invitedUserDisplayName = "Adele" })).id
      local changed = assert(client.invitations:update(id, { invitedUserType = "Member" }))
      assert.equal("Adele", changed.invitedUserDisplayName)
      changed = assert(client.invitations:update(id, { invitedUserDisplayName = graphinvite.null }))
      assert.equal(graphinvite.null, changed.invitedUserDisplayName)
    end)

    it("follows the invitation to its user, and the other way round", function()
      local invitation = assert(client.invitations:create(body()))
      local user = assert(client.invitations:invited_user(invitation.id))
      assert.equal(invitation.invitedUser.id, user.id)
      assert.is_true(client.invitations:remove_invited_user(invitation.id))
      local _, err = client.invitations:invited_user(invitation.id)
      assert.equal(404, err.status)
    end)

    it("links a user by id, by sign-in name, by URL and by a body", function()
      local alex = "alex@contoso.onmicrosoft.com"
      local invitation = assert(client.invitations:create(body()))
      local id = assert(client.users:get(alex)).id
      for _, user in ipairs {
        id, alex, "https://graph.microsoft.com/v1.0/users/" .. id,
        { ["@odata.id"] = "https://graph.microsoft.com/v1.0/directoryObjects/" .. id },
      } do
        assert(client.invitations:remove_invited_user(invitation.id))
        assert.is_true(client.invitations:add_invited_user(invitation.id, user))
        assert.equal(id, assert(client.invitations:invited_user(invitation.id)).id)
      end
    end)

    it("resets a redemption: another invitation for the same user", function()
      local first = assert(client.invitations:create(body()))
      assert(emulator:redeem { email = MAIL })
      local given = body()
      local second = assert(client.invitations:reset(first.invitedUser.id, given))
      assert.same(body(), given)
      assert.equal(first.invitedUser.id, second.invitedUser.id)
      assert.not_equal(first.id, second.id)
      assert.equal("PendingAcceptance", second.status)
      assert.is_true(second.resetRedemption)
    end)
  end)

  describe("a call after others of its kind", function()
    it("has its own id, body and headers, also inside a hook of one", function()
      local seen, client, inner = {}, nil, false
      client = open {
        on_request = function(request)
          seen[#seen + 1] = request
          if #seen == 2 then
            inner = assert(client.invitations:create(body { invitedUserDisplayName = "inner" }))
          end
        end,
      }
      local names = { "one", "two", "three" }
      for i, name in ipairs(names) do
        names[i] = assert(client.invitations:create(body { invitedUserDisplayName = name }))
          .invitedUserDisplayName
      end
      assert.same({ "one", "two", "three" }, names)
      assert.equal("inner", inner.invitedUserDisplayName)
      assert.is_nil((client.invitations:create {}))
      assert(client.invitations:create(body()))
      local ids, count = {}, 0
      for _, request in ipairs(seen) do
        local id = request.headers["client-request-id"]
        assert.truthy(id:find(GUID))
        count = count + (ids[id] and 0 or 1)
        ids[id] = true
        assert.equal("application/json", request.headers["Content-Type"])
      end
      assert.equal(5, count)
      assert.equal(5, #seen)
      for _, user in ipairs { "a@x.example", "b@x.example" } do
        assert.is_nil((client.users:get(user)))
      end
      assert.truthy(seen[7].url:find "b%%40x.example$")
      assert.is_nil(seen[7].headers["Content-Type"])
    end)

    it("keeps the id that the client's headers give it", function()
      local id, seen = "12345678-9abc-4def-8123-456789abcdef", {}
      local client = open {
        headers = { ["client-request-id"] = id },
        on_request = function(request) seen[#seen + 1] = request.headers["client-request-id"] end,
      }
      assert(client.invitations:create(body()))
      assert(client.invitations:create(body()))
      assert.same({ id, id }, seen)
    end)
  end)

  describe("client:call", function()
    local client, emulator
    before_each(function()
      client, emulator = open()
    end)

    it("begins a call, keeps it alive, reads and ends it", function()
      local created = assert(client.calls:create {
        callbackUri = "https://bot.contoso.example", requestedModalities = { "audio" },
        targets = { person "u1" },
      })
      assert.equal("establishing", created.state)
      local call = client:call(created.id)
      assert.equal(created.id, call.id)
      emulator:advance(5)
      assert.equal("established", assert(call:get()).state)
      assert.is_true(call:keep_alive())
      assert.is_true(call:delete())
      local _, err = call:get()
      assert.equal(404, err.status)
    end)

    it("invites people, who then are in the call until they are removed", function()
      local call = client:call(CALL)
      local op = assert(call.participants:invite {
        participants = { person "u1", { identity = { phone = { id = "+12345678901" } } } },
        clientContext = "welcome-17",
      })
      assert.equal("Running", op.status)
      assert.equal("welcome-17", op.clientContext)
      assert.equal(graphinvite.null, op.resultInfo)
      assert.equal("u1", op.participants[1].identity.user.id)
      assert.equal("+12345678901", op.participants[2].identity.phone.id)
      emulator:advance(10)
      assert.equal("completed", assert(call.operations:get(op.id)).status)
      local people = {}
      for participant, err in call.participants:list() do
        assert.is_nil(err)
        people[#people + 1] = participant
      end
      assert.equal(2, #people)
      assert.is_true(call.participants:remove(people[1].id))
      assert.equal(people[2].id, call.participants:list():next().id)
    end)

    it("creates, changes, counts and deletes operations", function()
      local operations = client:call(CALL).operations
      local op = assert(operations:create { clientContext = "a", status = "NotStarted" })
      assert.equal(1, operations:count())
      op = assert(operations:update(op.id, { status = "Failed" }))
      assert.equal("Failed", op.status)
      assert.equal("a", op.clientContext)
      assert.is_true(operations:delete(op.id))
      assert.equal(0, operations:count())
    end)

    it("reaches the same operations under the older root", function()
      local op = assert(client:call(CALL).participants:invite { participants = { person "u1" } })
      local older = client:call(CALL, { root = "/app/calls" })
      assert.equal(op.id, assert(older.operations:get(op.id)).id)
      assert.equal(op.id, older.operations:list():next().id)
    end)

    it("gives an operation of the oldest path, which only the Location names", function()
      local oldest = client:call(CALL, { application = NOBODY })
      local op = assert(oldest.participants:invite { participants = { person "u1" } })
      assert.equal("running", assert(client:call(CALL).operations:get(op.id)).status)
    end)
  end)

  describe("client.linkedin", function()
    it("has the single object of the newer generation and the items of the older", function()
      local client = open()
      local single = assert(client.linkedin.invitations:get())
      local item = assert(client.linkedin.invitations:create { inviter = "a", invitee = "b" })
      assert.not_equal(single.id, item.id)
      assert(client.linkedin.invitations:update { trackingId = "new" })
      assert(client.linkedin.invitations:update(item.id, { trackingId = "old" }))
      assert.equal("new", assert(client.linkedin.invitations:get()).trackingId)
      assert.equal("old", assert(client.linkedin.invitations:get(item.id)).trackingId)
    end)

    it("closes invitations and changes itself", function()
      local client = open()
      local result = assert(client.linkedin.invitations:close {
        inviteActionData = { { invitationId = "i", validationToken = "validation-token-17" } },
        inviteeActionType = "ACCEPT",
      })
      assert.equal("microsoft.graph.InviteActionResults", (result["@odata.type"]:gsub("^#", "")))
      assert.is_table(client.linkedin:update {})
    end)
  end)

  describe("client.users", function()
    it("finds a user by mail, says false of nobody, and gives an error", function()
      local client = open()
      local guest = assert(client.invitations:create(body())).invitedUser.id
      assert.equal(guest, assert(client.users:find_by_mail(MAIL)).id)
      assert.equal(guest, assert(client.users:find_by_mail(MAIL:upper())).id)
      local user, err = client.users:find_by_mail "nobody@fabrikam.example"
      assert.is_false(user)
      assert.is_nil(err)
      assert.is_false((client.users:find_by_mail "o'hara@fabrikam.example"))
      local stranger = client:with { auth = graphinvite.auth.static "not.known" }
      user, err = stranger.users:find_by_mail(MAIL)
      assert.is_nil(user)
      assert.equal(401, err.status)
    end)

    it("reads a guest by the sign-in name with its #", function()
      local client = open()
      local guest = assert(client.invitations:create(body())).invitedUser.id
      local name = assert(client.users:get(guest)).userPrincipalName
      assert.matches("#EXT#@", name)
      assert.equal(guest, assert(client.users:get(name)).id)
    end)

    it("counts with a condition", function()
      local client = open()
      assert(client.invitations:create(body()))
      assert.equal(4, client.users:count())
      assert.equal(1, client.users:count { filter = "userType eq 'Guest'" })
    end)
  end)

  describe("an error of the service", function()
    for _, row in ipairs(UNKNOWN) do
      it("comes as nil and an error value: " .. row[1], function()
        local client, emulator = open()
        local value, err = row[2](client)
        assert.is_nil(value)
        assert.equal("graph", err.kind)
        assert.equal(404, err.status)
        assert.equal("Request_ResourceNotFound", err.code)
        assert.matches("^Resource '" .. NOBODY:gsub("%-", "%%-") .. "' does not exist", err.message)
        assert.is_false(err.retriable)
        assert.equal(1, err.attempts)
        local journal = emulator:requests()
        assert.equal(journal[#journal].client_request_id, err.client_request_id)
        assert.matches(GUID, err.request_id)
        assert.equal("4.0", err.headers["odata-version"])
        assert.matches("Request_ResourceNotFound", err.body)
        assert.equal("graph Request_ResourceNotFound: " .. err.message, tostring(err))
      end)
    end

    it("has Graph's details, and prints none of the body", function()
      local client = open()
      local _, err = client:request({ method = "POST", path = "/invitations" }, nil, {
        inviteRedirectUrl = "https://a.b",
      })
      assert.equal(400, err.status)
      assert.equal("MissingValue", err.details[1].code)
      assert.equal("invitedUserEmailAddress", err.target)
      assert.is_string(err.inner_error.date)
      assert.is_nil(tostring(err):find("innerError", 1, true))
    end)

    it("is thrown by check with its text", function()
      local client = open()
      local ok, message = pcall(function()
        graphinvite.check(client.users:get(NOBODY))
      end)
      assert.is_false(ok)
      assert.equal("string", type(message))
      assert.matches("graph Request_ResourceNotFound: Resource '6e0a", message)
    end)
  end)
end)

describe("check", function()
  it("gives all its values where there is one", function()
    assert.same({ 1, "a", "b" }, { graphinvite.check(1, "a", "b") })
    assert.equal(0, graphinvite.check(0))
    assert.equal(graphinvite.null, graphinvite.check(graphinvite.null))
  end)

  -- luacheck: push ignore 631
  local THROWS = {
    { "graph: no", function() graphinvite.check(nil, setmetatable({}, { __tostring = function() return "graph: no" end })) end },
    { "gone", function() graphinvite.check(false, "gone") end },
    { "check failed: there is no value and no error", function() graphinvite.check(nil) end },
  }
  -- luacheck: pop
  for _, row in ipairs(THROWS) do
    it("throws at its caller's line: " .. row[1], function()
      raises(row[1], row[2])
    end)
  end
end)

local USER = { status = 200, body = '{"id":"u1"}' }

-- Only a scripted transport shows the request as it is handed over.
describe("client:request", function()
  local transport, client
  before_each(function()
    transport = scripted.new { USER }
    client = graphinvite.new { transport = transport }
  end)

  it("takes a row of the caller's own", function()
    local row = {
      name = "groups.add", method = "POST", path = "/groups/{group}/members/$ref", safe = true,
      sends = "odata.reference",
    }
    transport = scripted.new { { status = 503 }, { status = 204 } }
    client = graphinvite.new { transport = transport }
    local reference = { ["@odata.id"] = "https://graph.microsoft.com/v1.0/users/u1" }
    assert.is_true(client:request(row, { "a/b" }, reference))
    assert.equal(2, #transport.requests)
    local request = transport.requests[1]
    assert.equal("https://graph.microsoft.com/v1.0/groups/a%2Fb/members/$ref", request.url)
    assert.equal('{"@odata.id":"https://graph.microsoft.com/v1.0/users/u1"}', request.body)
  end)

  it("takes any JSON where the row names no type", function()
    local value = assert(client:request({ method = "PUT", path = "/me/photo" }, nil, {
      list = core.array {}, nothing = graphinvite.null,
    }))
    assert.equal("u1", value.id)
    local sent = transport.requests[1].body
    assert.is_truthy(sent == '{"list":[],"nothing":null}' or sent == '{"nothing":null,"list":[]}')
  end)

  -- row, arguments, what the error says
  local REFUSED = {
    { "invitations.creat", nil, "no such operation (did you mean invitations.create?)" },
    { "invitations.get", nil, "invitations.get: 0 arguments given" },
    { "invitations.get", { "a", "b" }, "invitations.get: 2 arguments given" },
    { "users.get", { "" }, "user: an id is needed" },
    { "users.get", { ".." }, "user: cannot be .." },
    { { method = "GET", path = "no/slash" }, nil, "path" },
    { { method = "GET" }, nil, "path" },
    { { path = "/x" }, nil, "method" },
    { { method = "GET", path = "/x?a=b" }, nil, "path" },
    { { method = "GET", path = "/x", expects = "no.such.type" }, nil, "no.such.type" },
  }
  for i, row in ipairs(REFUSED) do
    it(("refuses what is no operation, case %d: %s"):format(i, row[3]), function()
      local value, err = client:request(row[1], row[2], row[4])
      assert.is_nil(value)
      assert.equal("model", err.kind)
      assert.is_truthy(err.message:find(row[3], 1, true), err.message)
      assert.equal(0, #transport.requests)
    end)
  end

  it("has ids of any characters in the path, and as numbers", function()
    client.users:get "a b/c#d?e%f:g'h(i)&j+k,l;m=n@o$p!q*r~s\"<é>"
    assert.equal("https://graph.microsoft.com/v1.0/users/a%20b%2Fc%23d%3Fe%25f%3Ag%27h%28i%29%26j"
      .. "%2Bk%2Cl%3Bm%3Dn%40o%24p%21q%2Ar~s%22%3C%C3%A9%3E", transport.requests[1].url)
    client.users:get(17)
    assert.equal("https://graph.microsoft.com/v1.0/users/17", transport.requests[2].url)
  end)
end)

-- Nothing is sent.
describe("client:without_read_only", function()
  local client = graphinvite.new { transport = scripted.new { USER } }

  it("takes out what the service sets, also inside, and changes nothing it was given", function()
    local given = {
      id = "i", status = "Completed", inviteRedeemUrl = "https://r", invitedUserDisplayName = "A",
      invitedUserMessageInfo = { ccRecipients = { { emailAddress = { address = "a@b" } } } },
    }
    local stripped = client:without_read_only(given)
    assert.same({
      invitedUserDisplayName = "A",
      invitedUserMessageInfo = { ccRecipients = { { emailAddress = { address = "a@b" } } } },
    }, stripped)
    assert.equal("i", given.id)
  end)

  it("goes by the type that it is told or that the value has", function()
    local linkedin = { id = "i", created = 5, trackingId = "t" }
    assert.same({ trackingId = "t" },
      client:without_read_only(linkedin, "microsoft.graph.InvitationV2"))
    linkedin["@odata.type"] = "#microsoft.graph.InvitationV2"
    assert.equal("t", client:without_read_only(linkedin).trackingId)
    assert.is_nil(client:without_read_only(linkedin).created)
  end)

  it("keeps the user that a reset has to name", function()
    local stripped = client:without_read_only {
      resetRedemption = true, invitedUser = { id = "u1" }, status = "Completed",
    }
    assert.same({ resetRedemption = true, invitedUser = { id = "u1" } }, stripped)
  end)
end)
