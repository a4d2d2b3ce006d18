local core = require "graphinvite.core"
local helper = require "spec.helper"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
local APPLICATION = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local ALEX = "alex@contoso.onmicrosoft.com"
local REDIRECT = "https://app.contoso.example"
local PEOPLE = { { identity = { user = { id = "278405a3-f568-4b3e-b684-009193463064" } } } }

local INVITATION = {
  invitedUserEmailAddress = "adele@fabrikam.example", inviteRedirectUrl = REDIRECT,
}
local NAME = { invitedUserDisplayName = "Adele Vance" }
local INVITE = { participants = PEOPLE, clientContext = "welcome-17" }
local OPERATION = { status = "NotStarted", participants = PEOPLE }
local CONTEXT = { clientContext = "welcome-18" }
local NEW_CALL = { callbackUri = "https://bot.contoso.example", requestedModalities = { "audio" } }
local REQUEST = { inviter = "urn:li:person:1", invitee = "urn:li:person:2" }
local TRACKING = { trackingId = "campaign-7" }
local CLOSING = {
  inviteActionData = { { invitationId = "urn:li:invitation:1", validationToken = "abc" } },
  inviteeActionType = "ACCEPT",
}

-- A row of core.operations() as name, root where it has one, number of arguments = how the facade
-- calls it with a table of what is there (client, call, calls under the older roots, ids); what the
-- answer has to have; the body
local CALLS = {
  ["invitations.create 0"] = {
    function(is) return is.client.invitations:create(INVITATION) end, "inviteRedeemUrl", INVITATION,
  },
  ["invitations.list 0"] = { function(is) return is.client.invitations:list() end, "status" },
  ["invitations.count 0"] = { function(is) return is.client.invitations:count() end, 1 },
  ["invitations.get 1"] = {
    function(is) return is.client.invitations:get(is.invitation) end, "status",
  },
  ["invitations.update 1"] = {
    function(is) return is.client.invitations:update(is.invitation, NAME) end, "status", NAME,
  },
  ["invitations.delete 1"] = {
    function(is) return is.client.invitations:delete(is.invitation) end,
  },
  ["invitations.invited_user 1"] = {
    function(is) return is.client.invitations:invited_user(is.invitation) end, "externalUserState",
  },
  ["invitations.add_invited_user 1"] = {
    function(is) return is.client.invitations:add_invited_user(is.invitation, is.user) end,
    nil,
    { ["@odata.id"] = "https://graph.microsoft.com/v1.0/users/" .. ALEX },
  },
  ["invitations.remove_invited_user 1"] = {
    function(is) return is.client.invitations:remove_invited_user(is.invitation) end,
  },
  ["invitations.sponsors.list 0"] = {
    function(is) return is.client.invitations.sponsors:list() end, "displayName",
  },
  ["invitations.sponsors.count 0"] = {
    function(is) return is.client.invitations.sponsors:count() end, 1,
  },
  ["invitations.sponsors.get 1"] = {
    function(is) return is.client.invitations.sponsors:get(is.sponsor) end, "displayName",
  },
  ["call.participants.invite /communications/calls 1"] = {
    function(is) return is.call.participants:invite(INVITE) end, "status", INVITE,
  },
  ["call.participants.invite /app/calls 1"] = {
    function(is) return is.older.participants:invite(INVITE) end, "status", INVITE,
  },
  ["call.participants.invite /applications 2"] = {
    function(is) return is.oldest.participants:invite(INVITE) end, "id", INVITE,
  },
  ["call.operations.get /communications/calls 2"] = {
    function(is) return is.call.operations:get(is.operation) end, "status",
  },
  ["call.operations.get /app/calls 2"] = {
    function(is) return is.older.operations:get(is.operation) end, "status",
  },
  ["call.operations.list /communications/calls 1"] = {
    function(is) return is.call.operations:list() end, "status",
  },
  ["call.operations.list /app/calls 1"] = {
    function(is) return is.older.operations:list() end, "status",
  },
  ["call.operations.count /communications/calls 1"] = {
    function(is) return is.call.operations:count() end, 1,
  },
  ["call.operations.create /communications/calls 1"] = {
    function(is) return is.call.operations:create(OPERATION) end, "participants", OPERATION,
  },
  ["call.operations.update /communications/calls 2"] = {
    function(is) return is.call.operations:update(is.operation, CONTEXT) end,
    "clientContext", CONTEXT,
  },
  ["call.operations.update /app/calls 2"] = {
    function(is) return is.older.operations:update(is.operation, CONTEXT) end,
    "clientContext", CONTEXT,
  },
  ["call.operations.delete /communications/calls 2"] = {
    function(is) return is.call.operations:delete(is.operation) end,
  },
  ["calls.create 0"] = {
    function(is) return is.client.calls:create(NEW_CALL) end, "state", NEW_CALL,
  },
  ["call.get /communications/calls 1"] = { function(is) return is.call:get() end, "state" },
  ["call.delete /communications/calls 1"] = { function(is) return is.call:delete() end },
  ["call.keep_alive /communications/calls 1"] = { function(is) return is.call:keep_alive() end },
  ["call.participants.list /communications/calls 1"] = {
    function(is) return is.call.participants:list() end, "info",
  },
  ["call.participants.remove /communications/calls 2"] = {
    function(is) return is.call.participants:remove(is.participant) end,
  },
  ["linkedin.invitations.list 0"] = {
    function(is) return is.client.linkedin.invitations:list() end, "created",
  },
  ["linkedin.invitations.get 0"] = {
    function(is) return is.client.linkedin.invitations:get() end, "created",
  },
  ["linkedin.invitations.create 0"] = {
    function(is) return is.client.linkedin.invitations:create(REQUEST) end, "inviter", REQUEST,
  },
  ["linkedin.invitations.get 1"] = {
    function(is) return is.client.linkedin.invitations:get(is.linkedin) end, "inviter",
  },
  ["linkedin.invitations.update 1"] = {
    function(is) return is.client.linkedin.invitations:update(is.linkedin, TRACKING) end,
    "trackingId", TRACKING,
  },
  ["linkedin.invitations.update 0"] = {
    function(is) return is.client.linkedin.invitations:update(TRACKING) end, "trackingId", TRACKING,
  },
  ["linkedin.invitations.close 0"] = {
    function(is) return is.client.linkedin.invitations:close(CLOSING) end, "@odata.type", CLOSING,
  },
  ["linkedin.update 0"] = {
    function(is) return is.client.linkedin:update {} end, "@odata.type", {},
  },
  ["users.get 1"] = { function(is) return is.client.users:get(is.user) end, "userPrincipalName" },
  ["users.list 0"] = { function(is) return is.client.users:list() end, "userPrincipalName" },
  ["users.count 0"] = { function(is) return is.client.users:count() end, 4 },
}

local function key_of(row)
  return table.concat({ row.name, row.root or row.arguments, row.root and row.arguments }, " ")
end

-- A tenant with one of everything.
local function furnish(client, emulator)
  local is = { client = client, call = client:call(CALL), user = ALEX }
  is.older = client:call(CALL, { root = "/app/calls" })
  is.oldest = client:call(CALL, { application = APPLICATION })
  is.invitation = assert(client.invitations:create(INVITATION)).id
  is.sponsor = client.invitations.sponsors:list():next().id
  local other = { { identity = { phone = { id = "+15550100" } } } }
  is.operation = assert(is.call.participants:invite { participants = other }).id
  emulator:advance(10)
  is.participant = is.call.participants:list():next().id
  is.linkedin = assert(client.linkedin.invitations:create(REQUEST)).id
  return is
end

-- The values of the path's placeholders.
local function arguments_of(row, is)
  local values = {
    invitation = row.name:find("^linkedin") and is.linkedin or is.invitation,
    call = CALL, application = APPLICATION, operation = is.operation,
    participant = is.participant, user = is.user, sponsor = is.sponsor,
  }
  local list = {}
  for name in row.path:gmatch "{(%w+)}" do
    list[#list + 1] = assert(values[name])
  end
  return list
end

local function path_of(row, arguments)
  local i = 0
  return "/v1.0" .. row.path:gsub("{%w+}", function()
    i = i + 1
    return core.url_encode(arguments[i])
  end)
end

local function contains(list, wanted)
  for _, value in ipairs(list) do
    if value == wanted then
      return true
    end
  end
  return false
end

-- Asserts that an answer is of the kind that the row promises.
local function assert_shape(row, wanted, value, err)
  assert.is_nil(err)
  if row.answer == "nothing" then
    assert.is_true(value)
  elseif row.answer == "count" then
    assert.equal(wanted, value)
  else
    assert.is_table(value)
    assert.is_truthy(value[wanted] ~= nil, "the answer has no " .. tostring(wanted))
  end
end

local function assert_journal(emulator, row, path)
  local journal = emulator:requests()
  local last = journal[#journal]
  assert.equal(row.method, last.method)
  assert.equal(path, last.path)
  assert.is_true(contains(row.success, last.status), "status " .. last.status)
  assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", last.client_request_id)
end

describe("core.operations()", function()
  it("has no row without a call here, and no call is left over", function()
    local rows = {}
    for _, row in ipairs(core.operations()) do
      assert.is_nil(rows[key_of(row)], "two rows are " .. key_of(row))
      rows[key_of(row)] = true
      assert.is_truthy(CALLS[key_of(row)], "no call for " .. key_of(row))
    end
    for key in pairs(CALLS) do
      assert.is_true(rows[key], "no row for " .. key)
    end
  end)
end)

-- Calls a row in a new tenant; ask gives the answer, of a collection its page.
local function check(open, row, ask)
  local client, emulator = open()
  local is = furnish(client, emulator)
  local arguments = arguments_of(row, is)
  local value, err = ask(is, arguments)
  assert_shape(row, CALLS[key_of(row)][2], row.collection and value.value[1] or value, err)
  assert_journal(emulator, row, path_of(row, arguments))
end

helper.over_every_transport(function(open)
  for _, row in ipairs(core.operations()) do
    local call, body = CALLS[key_of(row)][1], CALLS[key_of(row)][3]

    describe("the row " .. key_of(row), function()
      it("is called by the facade", function()
        check(open, row, function(is)
          local value, err = call(is)
          return row.collection and { value = { value:next() } } or value, err
        end)
      end)

      it("is called by its table", function()
        check(open, row, function(is, arguments)
          return is.client:request(row, arguments, body)
        end)
      end)

      if not row.root or row.root == "/communications/calls" then
        it("is called by its name", function()
          check(open, row, function(is, arguments)
            return is.client:request(row.name, arguments, body)
          end)
        end)
      end
    end)
  end
end)
