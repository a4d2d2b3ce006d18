local core = require "graphinvite.core"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local packing = require "graphinvite.workflows.packing"
local scripted = require "spec.support.scripted"

local INVITE = "POST /v1.0/invitations"
local REDIRECT = "https://app.contoso.example"

local function guest(i)
  return {
    invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i),
    inviteRedirectUrl = REDIRECT,
  }
end

-- Items in chains of some lengths, in the given order; ids are "CHAIN.PLACE".
local function chains(lengths)
  local items = {}
  for chain, length in ipairs(lengths) do
    for place = 1, length do
      items[#items + 1] = {
        op = "invitations.create", body = guest(#items + 1), id = chain .. "." .. place,
        depends_on = place > 1 and { chain .. "." .. place - 1 } or nil,
      }
    end
  end
  return items
end

-- The envelopes that were sent, each with its items' ids; those of items by their status.
local function envelopes(emulator)
  local n = 0
  for _, request in ipairs(emulator:requests()) do
    n = n + (request.path:find("/$batch", 1, true) and 1 or 0)
  end
  return n
end

local function posts(emulator, status)
  local n = 0
  for _, request in ipairs(emulator:requests()) do
    n = n + (request.path:find("/invitations$") and request.status == status and 1 or 0)
  end
  return n
end

helper.over_every_transport(function(open)
  describe("batch", function()
    it("gives values and errors in the order of the items", function()
      local client, emulator = open()
      local results = assert(client:batch {
        { op = "invitations.create", body = guest(1) },
        { op = "users.get", args = { "nobody" } },
        { op = "invitations.create", body = {} },
        { op = "users.count" },
        { op = "linkedin.invitations.update", body = { created = core.int64 "9007199254740993" } },
      })
      assert.equal("PendingAcceptance", results[1].value.status)
      assert.equal(404, results[2].err.status)
      assert.matches("^items%[3%]: invitedUserEmailAddress: required", results[3].err.message)
      assert.equal("number", type(results[4].value))
      assert.equal("9007199254740993", tostring(results[5].value.created))
      assert.equal(1, envelopes(emulator))
    end)

    it("packs 53 requests in chains of 12, 9, 8, 6, 5, 5, 4, 3 and 1 into 3 envelopes", function()
      local client, emulator = open()
      local results = assert(client:batch(chains { 12, 9, 8, 6, 5, 5, 4, 3, 1 }))
      assert.equal(53, #results)
      assert.equal(3, envelopes(emulator))
      assert.equal(53, #emulator:invitations())
    end)

    it("cuts a chain of 25 in its order", function()
      local client, emulator = open()
      assert(client:batch(chains { 25 }))
      assert.equal(2, envelopes(emulator))
      local addresses = {}
      for i, invitation in ipairs(emulator:invitations()) do
        addresses[i] = invitation.invitedUserEmailAddress
        assert.equal(guest(i).invitedUserEmailAddress, addresses[i])
      end
      assert.equal(25, #addresses)
    end)

    it("sends a throttled item again after what the service asks, alone", function()
      local client, emulator = open()
      emulator:fail_next { status = 429, headers = { ["Retry-After"] = "7" }, match = INVITE }
      local before = client.transport.now()
      local results = assert(client:batch(chains { 1, 1, 1, 1 }))
      for _, result in ipairs(results) do
        assert.is_nil(result.err)
      end
      assert.equal(7, client.transport.now() - before)
      assert.equal(2, envelopes(emulator))
      assert.equal(4, posts(emulator, 201))
      assert.equal(1, posts(emulator, 429))
    end)

    it("sends those behind a throttled item again with it", function()
      local client, emulator = open()
      emulator:fail_next { status = 429, headers = { ["Retry-After"] = "2" }, match = INVITE }
      local results = assert(client:batch(chains { 5 }))
      for _, result in ipairs(results) do
        assert.is_nil(result.err)
      end
      assert.equal(2, envelopes(emulator))
      assert.equal(5, posts(emulator, 201))
      assert.equal(1, posts(emulator, 429))
      assert.equal(5, #emulator:invitations())
    end)

    it("reports 424 behind an item that failed for good, and sends nothing again", function()
      local client, emulator = open()
      emulator:fail_next { status = 400, match = "/invitations" }
      local results = assert(client:batch(chains { 3, 1 }))
      assert.equal(400, results[1].err.status)
      assert.equal(424, results[2].err.status)
      assert.equal(424, results[3].err.status)
      assert.is_truthy(results[4].value)
      assert.equal(1, envelopes(emulator))
      assert.equal(1, #emulator:invitations())
    end)

    it("does not send what stands behind an item that is wrong here", function()
      local client, emulator = open()
      local items = chains { 2 }
      items[1].body = {}
      local results = assert(client:batch(items))
      assert.equal("model", results[1].err.kind)
      assert.equal(424, results[2].err.status)
      assert.equal(0, #emulator:requests())
    end)
  end)
end)

-- Scripted: which ids go out again in which envelope, and answers no service should give.
describe("batch", function()
  -- A client whose service gives each item the next of its statuses, 201 when there are none.
  local function answering(statuses, headers)
    local sent = {}
    local transport = scripted.new { function(request)
      local list, ids = core.decode(nil, request.body).requests, {}
      local responses = {}
      for i, item in ipairs(list) do
        ids[i] = item.id .. (item.dependsOn and " behind " .. item.dependsOn[1] or "")
        local queue = statuses[item.id] or {}
        local status = table.remove(queue, 1) or 201
        responses[i] = {
          id = item.id, status = status, headers = headers,
          body = status == 201 and { id = "i", status = "PendingAcceptance" } or { error = {} },
        }
      end
      sent[#sent + 1] = ids
      return { status = 200, body = core.encode(nil, { responses = responses }) }
    end }
    return graphinvite.new { transport = transport }, sent, transport
  end

  it("sends only the 7 throttled items again, ids unchanged, without what has succeeded", function()
    local lengths = { 12, 9, 8, 6, 5, 5, 4, 3, 1 }
    local statuses, wanted = {}, {}
    for chain = 1, 7 do
      local id = chain .. "." .. lengths[chain]
      statuses[id], wanted[chain] = { 429 }, id
    end
    local client, sent, transport = answering(statuses, { ["Retry-After"] = "3" })
    for _, result in ipairs(assert(client:batch(chains(lengths)))) do
      assert.is_nil(result.err)
    end
    assert.equal(4, #sent)
    table.sort(sent[4])
    assert.same(wanted, sent[4])
    assert.same({ 3 }, transport.sleeps)
  end)

  it("waits for the longest Retry-After among the items", function()
    local transport = scripted.new {
      { status = 200, body = '{"responses":[{"id":"1","status":429,"headers":{"Retry-After":"2"}},'
        .. '{"id":"2","status":429,"headers":{"retry-after":"9"}}]}' },
      { status = 200, body = '{"responses":[{"id":"2","status":201,"body":{"id":"b"}},'
        .. '{"id":"1","status":201,"body":{"id":"a"}}]}' },
    }
    local results = assert(graphinvite.new({ transport = transport }):batch {
      { op = "invitations.create", body = guest(1) },
      { op = "invitations.create", body = guest(2) },
    })
    assert.same({ 9 }, transport.sleeps)
    assert.equal("a", results[1].value.id)
    assert.equal("b", results[2].value.id)
  end)

  local LOST = {
    { "a lost reply", { reason = "closed", sent = true }, "unknown" },
    { "a 500", { status = 500 }, "unknown" },
    { "a refused connection", { reason = "connect", sent = false }, true },
    { "a 400", { status = 400 }, false },
  }
  for _, row in ipairs(LOST) do
    it(("says of its unsafe items after %s: %s"):format(row[1], tostring(row[3])), function()
      local transport = scripted.new { row[2] }
      local client = graphinvite.new { transport = transport, retry = false }
      local results = assert(client:batch {
        { op = "invitations.create", body = guest(1) }, { op = "users.get", args = { "u" } },
      })
      assert.equal(row[3], results[1].err.retriable)
    end)
  end

  it("says of an item without an answer that it may have taken effect", function()
    local client = graphinvite.new { transport = scripted.new {
      { status = 200, body = '{"responses":[]}' },
    } }
    local results = assert(client:batch { { op = "invitations.create", body = guest(1) } })
    assert.equal("unknown", results[1].err.retriable)
  end)

  it("gives up when the wait does not fit the deadline", function()
    local client, sent = answering({ ["1"] = { 429, 429 } }, { ["Retry-After"] = "500" })
    local results = assert(client:batch { { op = "invitations.create", body = guest(1) } })
    assert.equal("deadline", results[1].err.kind)
    assert.is_true(results[1].err.retriable)
    assert.equal(1, #sent)
  end)

  local FAULTS = {
    { "an id given twice", {
      { op = "users.count", id = "a" }, { op = "users.count", id = "A" },
    }, "twice" },
    { "an unknown dependency", { { op = "users.count", depends_on = { "x" } } }, "no item x" },
    { "a circle", {
      { op = "users.count", id = "a", depends_on = { "b" } },
      { op = "users.count", id = "b", depends_on = { "a" } },
    }, "circle" },
  }
  for _, row in ipairs(FAULTS) do
    it("refuses " .. row[1] .. " before anything is sent", function()
      local client, sent = answering {}
      local results, err = client:batch(row[2])
      assert.is_nil(results)
      assert.equal("model", err.kind)
      assert.matches(row[3], err.message)
      assert.equal(0, #sent)
    end)
  end
end)

describe("packing", function()
  it("keeps a chain apart where that is asked", function()
    local components = { { 1, 2 }, { 3 }, { 4 }, { 5, 6, 7 } }
    assert.same({ { 5, 6, 7 }, { 1, 2 }, { 3, 4 } }, packing.pack(components, 20, true))
    assert.same({ { 5, 6, 7, 1, 2, 3, 4 } }, packing.pack(components, 20))
  end)

  it("puts what depends behind what it depends on", function()
    assert.same({ { 3, 1, 2 } }, packing.components({ 1, 2, 3 }, { { 3 }, { 1 }, {} }))
  end)
end)
