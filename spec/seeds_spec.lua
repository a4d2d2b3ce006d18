local core = require "graphinvite.core"
local json_text = require "spec.support.json_text"

local OPERATION = "microsoft.graph.inviteParticipantsOperation"
local COMMS = "microsoft.graph.commsOperation"
local AAD = "Microsoft.AADInviteMgr.invitation"
local INVITATION = "microsoft.graph.invitation"
local V2 = "microsoft.graph.InvitationV2"

-- Fixture, and the types it is read as: its own, and the one its place is declared with.
local BODIES = {
  { "seed-000-request", { OPERATION, COMMS } },
  { "seed-000-response", { OPERATION, COMMS } },
  { "seed-001-resource", { OPERATION, COMMS } },
  { "seed-002-request", { AAD, INVITATION } },
  { "seed-002-response", { AAD, INVITATION } },
  { "seed-003-request", { OPERATION, COMMS } },
  { "seed-003-response", { OPERATION, COMMS } },
  { "seed-004-request", { V2 } },
  { "seed-004-response", { V2 } },
}

describe("seeds", function()
  for _, row in ipairs(BODIES) do
    local name, types = row[1], row[2]
    for _, type in ipairs(types) do
      it("come through the codec unchanged: " .. name .. " as " .. type, function()
        local text = json_text.fixture(name)
        local value = assert(core.decode(type, text))
        assert(json_text.equal(assert(core.encode(type, value)), text))
      end)
    end

    it("come through the codec unchanged: " .. name .. " without a type", function()
      local text = json_text.fixture(name)
      assert(json_text.equal(assert(core.encode(nil, assert(core.decode(nil, text)))), text))
    end)

    it("come through the codec unchanged: " .. name .. " as an item of a page", function()
      local text = '{"value":[' .. json_text.fixture(name) .. "]}"
      local type = "Collection(" .. types[#types] .. ")"
      assert(json_text.equal(assert(core.encode(type, assert(core.decode(type, text)))), text))
    end)
  end

  for _, name in ipairs { "seed-004-request-printed", "seed-004-response-printed" } do
    it("print a text where an Int64 belongs: " .. name, function()
      local value, why = core.decode(V2, json_text.fixture(name))
      assert.is_nil(value)
      assert.equal('created: not an Int64: "Integer"', why)
    end)

    it("differ from our copy in the two numbers only: " .. name, function()
      local printed = json_text.parse(json_text.fixture(name)).members
      local ours = json_text.parse(json_text.fixture((name:gsub("-printed", "")))).members
      assert.equal("1485388767467e0", ours.created.value)
      assert.equal("9223372036854775807e0", ours.lastModified.value)
      printed.created, printed.lastModified = ours.created, ours.lastModified
      assert.same(printed, ours)
    end)
  end

  it("are written with @odata.type first and the texts as given", function()
    local value = assert(core.decode(OPERATION, json_text.fixture "seed-000-request"))
    local text = assert(core.encode(OPERATION, value))
    assert.equal('{"@odata.type":"#microsoft.graph.inviteParticipantsOperation",', text:sub(1, 62))
    local nested_types = { "resultInfo", "invitationParticipantInfo", "identitySet", "identity" }
    for _, nested in ipairs(nested_types) do
      assert.matches('{"@odata.type":"microsoft.graph.' .. nested .. '"', text, 1, true)
    end
  end)

  it("are Lua values that a script can use", function()
    local operation = assert(core.decode(OPERATION, json_text.fixture "seed-000-response"))
    assert.equal("b4cc9683-9683-b4cc-8396-ccb48396ccb4", operation.id)
    assert.equal(4, operation.resultInfo.code)
    local application = operation.participants[1].identity.application
    assert.equal("Display Name value", application.displayName)
    local device = operation.participants[1].identity.device
    assert.same({ ["@odata.type"] = "microsoft.graph.identity" }, device)
    local invitation = assert(core.decode(AAD, json_text.fixture "seed-002-response"))
    assert.is_true(invitation.sendInvitationMessage)
    local recipient = invitation.InvitedUserMessageInfo.ccRecipients[1]
    assert.equal("Address value", recipient.emailAddress.address)
  end)
end)
