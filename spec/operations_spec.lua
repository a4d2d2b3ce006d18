local core = require "graphinvite.core"

local ALL = "global usgov dod china"
local NOT_CHINA = "global usgov dod"
local BOTH = "v1.0 beta"
local CALLS, APP, OLD = "/communications/calls", "/app/calls", "/applications"
local INVITATION = "microsoft.graph.invitation"
local OPERATION = "microsoft.graph.inviteParticipantsOperation"
local COMMS = "microsoft.graph.commsOperation"
local CALL = "microsoft.graph.call"
local V2 = "microsoft.graph.InvitationV2"
local USER = "microsoft.graph.user"
local OBJECT = "microsoft.graph.directoryObject"
local SPONSORS = "/invitations/invitedUserSponsors"
local INVITE = "graphinvite.inviteParameters"
local CLOSE = "graphinvite.inviteeClosingInvitationParameters"

-- Section 2 of the reference: row, name, method, path, type sent, type expected, successes,
-- status, clouds, versions, root. "[]" is a page. What the reference calls auto is generated.
local ROWS = {
  -- 2.1
  { "A1", "invitations.create", "POST", "/invitations", INVITATION, INVITATION, "201 200",
    "documented", ALL, BOTH },
  { "A2", "invitations.list", "GET", "/invitations", nil, INVITATION .. "[]", "200", "schema", ALL,
    BOTH },
  { "A3", "invitations.count", "GET", "/invitations/$count", nil, "count", "200", "schema", ALL,
    "v1.0" },
  { "A4", "invitations.get", "GET", "/invitations/{}", nil, INVITATION, "200", "generated", ALL,
    "beta" },
  { "A5", "invitations.update", "PATCH", "/invitations/{}", INVITATION, INVITATION, "200 204",
    "generated", ALL, "beta" },
  { "A6", "invitations.delete", "DELETE", "/invitations/{}", nil, nil, "204", "generated", ALL,
    "beta" },
  { "A7", "invitations.invited_user", "GET", "/invitations/{}/invitedUser", nil, USER, "200",
    "generated", ALL, "beta" },
  { "A8", "invitations.add_invited_user", "POST", "/invitations/{}/invitedUser/$ref",
    "odata.reference", nil, "204", "generated", ALL, "beta" },
  { "A9", "invitations.remove_invited_user", "DELETE", "/invitations/{}/invitedUser/$ref", nil, nil,
    "204", "generated", ALL, "beta" },
  { "A10", "invitations.sponsors.list", "GET", SPONSORS, nil, OBJECT .. "[]", "200", "schema",
    "global", "v1.0" },
  { "A10", "invitations.sponsors.count", "GET", SPONSORS .. "/$count", nil, "count", "200",
    "schema", "global", "v1.0" },
  { "A10", "invitations.sponsors.get", "GET", SPONSORS .. "/{}", nil, OBJECT, "200", "schema",
    "global", "v1.0" },
  -- 2.2
  { "B1", "call.participants.invite", "POST", CALLS .. "/{}/participants/invite", INVITE, OPERATION,
    "200 202", "documented", NOT_CHINA, BOTH, CALLS },
  { "B1'", "call.participants.invite", "POST", APP .. "/{}/participants/invite", INVITE, OPERATION,
    "200 202", "documented", NOT_CHINA, "beta", APP },
  { "B1''", "call.participants.invite", "POST", OLD .. "/{}/calls/{}/participants/invite", INVITE,
    OPERATION, "200 202", "superseded", NOT_CHINA, "beta", OLD },
  -- 2.3
  { "B2", "call.operations.get", "GET", CALLS .. "/{}/operations/{}", nil, COMMS, "200", "schema",
    NOT_CHINA, BOTH, CALLS },
  { "B2'", "call.operations.get", "GET", APP .. "/{}/operations/{}", nil, COMMS, "200", "schema",
    NOT_CHINA, "beta", APP },
  { "B3", "call.operations.list", "GET", CALLS .. "/{}/operations", nil, COMMS .. "[]", "200",
    "schema", NOT_CHINA, BOTH, CALLS },
  { "B3'", "call.operations.list", "GET", APP .. "/{}/operations", nil, COMMS .. "[]", "200",
    "generated", NOT_CHINA, "beta", APP },
  { "B4", "call.operations.count", "GET", CALLS .. "/{}/operations/$count", nil, "count", "200",
    "schema", NOT_CHINA, "v1.0", CALLS },
  { "B5", "call.operations.create", "POST", CALLS .. "/{}/operations", OPERATION, OPERATION,
    "201 200", "schema", NOT_CHINA, BOTH, CALLS },
  { "B6", "call.operations.update", "PATCH", CALLS .. "/{}/operations/{}", OPERATION, OPERATION,
    "200 204", "schema", NOT_CHINA, BOTH, CALLS },
  { "B6'", "call.operations.update", "PATCH", APP .. "/{}/operations/{}", OPERATION, OPERATION,
    "200 204", "generated", NOT_CHINA, "beta", APP },
  { "B7", "call.operations.delete", "DELETE", CALLS .. "/{}/operations/{}", nil, nil, "204",
    "schema", NOT_CHINA, BOTH, CALLS },
  { "2.3", "calls.create", "POST", CALLS, CALL, CALL, "201 200", "documented", NOT_CHINA, BOTH },
  { "2.3", "call.get", "GET", CALLS .. "/{}", nil, CALL, "200", "documented", NOT_CHINA, BOTH,
    CALLS },
  { "2.3", "call.delete", "DELETE", CALLS .. "/{}", nil, nil, "204", "documented", NOT_CHINA, BOTH,
    CALLS },
  { "2.3", "call.keep_alive", "POST", CALLS .. "/{}/keepAlive", nil, nil, "200 204", "documented",
    NOT_CHINA, BOTH, CALLS },
  { "2.3", "call.participants.list", "GET", CALLS .. "/{}/participants", nil,
    "microsoft.graph.participant[]", "200", "documented", NOT_CHINA, BOTH, CALLS },
  { "2.3", "call.participants.remove", "DELETE", CALLS .. "/{}/participants/{}", nil, nil, "204",
    "documented", NOT_CHINA, BOTH, CALLS },
  -- 2.4
  { "C1", "linkedin.invitations.list", "GET", "/linkedIn/invitations", nil, V2 .. "[]", "200",
    "generated", "global", BOTH },
  { "C1", "linkedin.invitations.get", "GET", "/linkedIn/invitations", nil, V2, "200", "generated",
    "global", "v1.0" },
  { "C2", "linkedin.invitations.create", "POST", "/linkedIn/invitations", V2, V2, "201 200",
    "generated", "global", "beta" },
  { "C3", "linkedin.invitations.get", "GET", "/linkedIn/invitations/{}", nil, V2, "200",
    "generated", "global", "beta" },
  { "C4", "linkedin.invitations.update", "PATCH", "/linkedIn/invitations/{}", V2, V2, "200 204",
    "generated", "global", "beta" },
  { "C5", "linkedin.invitations.update", "PATCH", "/linkedIn/invitations", V2, V2, "200 204",
    "generated", "global", "v1.0" },
  { "C6", "linkedin.invitations.close", "POST", "/linkedIn/invitations/inviteeClosingInvitation",
    CLOSE, "microsoft.graph.InviteActionResults", "200", "generated", "global", "beta" },
  { "C7", "linkedin.update", "PATCH", "/linkedIn", "microsoft.graph.linkedIn.linkedIn",
    "microsoft.graph.linkedIn.linkedIn", "200 204", "generated", "global", "beta" },
  -- 1.6, 3.8
  { "1.6", "users.get", "GET", "/users/{}", nil, USER, "200", "documented", ALL, BOTH },
  { "1.6", "users.list", "GET", "/users", nil, USER .. "[]", "200", "documented", ALL, BOTH },
  { "1.6", "users.count", "GET", "/users/$count", nil, "count", "200", "documented", ALL, BOTH },
}

-- A row of core.operations() in the notation above.
local function notation(row)
  return {
    row.id, row.name, row.method, (row.path:gsub("{%a+}", "{}")), row.sends,
    row.expects and row.expects .. (row.collection and "[]" or ""),
    table.concat(row.success, " "), row.status, table.concat(row.clouds, " "),
    table.concat(row.versions, " "), row.root,
  }
end

-- The least body that a type's rules let through.
local BODIES = {
  [INVITATION] = { invitedUserEmailAddress = "a@b.c", inviteRedirectUrl = "https://b.c" },
  [INVITE] = { participants = {} },
}

local function label(row)
  return row.name .. " " .. row.path
end

describe("operations", function()
  local rows = core.operations()

  it("are those of the reference", function()
    assert.equal(#ROWS, #rows)
  end)

  for i, wanted in ipairs(ROWS) do
    it(("has %s %s %s as the reference does"):format(wanted[1], wanted[2], wanted[4]), function()
      assert.same(wanted, notation(rows[i]))
    end)
  end

  it("are told apart by name, root and number of arguments", function()
    local seen = {}
    for _, row in ipairs(rows) do
      local key = table.concat({ row.name, row.root or "", row.arguments }, " ")
      assert.is_nil(seen[key], key)
      seen[key] = true
    end
  end)

  for _, row in ipairs(rows) do
    it("counts the arguments of " .. label(row), function()
      local _, n = row.path:gsub("{%a+}", "")
      assert.equal(n, row.arguments)
      assert.is_nil(row.path:gsub("{%a+}", ""):find "[{}]")
    end)

    it("repeats " .. label(row) .. " only where that is safe", function()
      local safe = row.method ~= "POST" or row.name == "call.keep_alive"
      assert.equal(safe, row.safe)
    end)

    it("names existing types in " .. label(row), function()
      for _, type in ipairs { row.sends or "count", row.expects or "count" } do
        assert.is_true(type == "count" or core.describe(type) ~= nil, type)
      end
      assert.is_true(row.method ~= "GET" and row.method ~= "DELETE" or row.sends == nil)
    end)

    it("builds the same request from " .. label(row) .. " and from its name", function()
      local arguments, path = {}, row.path
      for i = 1, row.arguments do
        arguments[i] = "id" .. i
        path = path:gsub("{%a+}", "id" .. i, 1)
      end
      local body = row.sends and (BODIES[row.sends] or {})
      local root = { root = row.root, base_url = "https://h/beta" }
      local by_name = assert(core.request(row.name, arguments, body, root))
      local by_row = assert(core.request(row, arguments, body, { base_url = "https://h/beta" }))
      assert.equal("https://h/beta" .. path, by_name.url)
      assert.equal(row.method, by_name.method)
      assert.same(row, by_name.op)
      assert.equal(row.sends ~= nil, by_name.body ~= nil)
      by_row.op = by_name.op
      assert.same(by_name, by_row)
    end)
  end

  it("gives fresh tables, which a caller may change", function()
    core.operations()[1].method = "PUT"
    assert.equal("POST", core.operations()[1].method)
    assert.equal("POST", assert(core.request("invitations.create", nil, BODIES[INVITATION])).method)
  end)
end)
