local core = require "graphinvite.core"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local json = require "spec.support.json_text"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
local CALLS = "/communications/calls/" .. CALL .. "/operations"
local OPERATION = "microsoft.graph.inviteParticipantsOperation"
local RESOURCE_ID = "String (identifier)" -- as seed 001 prints it

local function operations(client)
  return client:call(CALL).operations
end

-- The operation of seed 001 as it is printed.
local function create_resource(client)
  return assert(operations(client):create(assert(core.decode(OPERATION,
    json.fixture "seed-001-resource"))))
end

local ID_B4CC = "b4cc9683-9683-b4cc-8396-ccb48396ccb4" -- the id in seed 000's answer
local ID_2B9C = "2b9c89ee-89ee-2b9c-ee89-9c2bee899c2b" -- the id in seed 002's answer

local function create_b4cc(client)
  assert(operations(client):create { id = ID_B4CC })
end

-- type and fixture of what is sent, fixture of what is answered; line and status in the journal;
-- what has to be there first; the call; options of the client. An answer's id is the path's where
-- the path has one, and own_id says that it has none.
local ROWS = {
  {
    name = "000 Update inviteParticipantsOperation",
    type = OPERATION, sends = "seed-000-request", answers = "seed-000-response",
    line = "PATCH /v1.0" .. CALLS .. "/" .. ID_B4CC, status = 200,
    prepare = create_b4cc,
    call = function(client, body) return operations(client):update(ID_B4CC, body) end,
  },
  {
    name = "000 Update inviteParticipantsOperation, under the older root", version = "beta",
    type = OPERATION, sends = "seed-000-request", answers = "seed-000-response",
    line = "PATCH /beta/app/calls/" .. CALL .. "/operations/" .. ID_B4CC, status = 200,
    prepare = create_b4cc,
    call = function(client, body)
      return client:call(CALL, { root = "/app/calls" }).operations:update(ID_B4CC, body)
    end,
  },
  {
    name = "001 Get inviteParticipantsOperation",
    type = OPERATION, answers = "seed-001-resource",
    line = "GET /v1.0" .. CALLS .. "/String%20%28identifier%29", status = 200,
    prepare = create_resource,
    call = function(client) return operations(client):get(RESOURCE_ID) end,
  },
  {
    name = "001 List inviteParticipantsOperations",
    type = OPERATION, answers = "seed-001-resource",
    line = "GET /v1.0" .. CALLS, status = 200,
    prepare = create_resource,
    call = function(client) return operations(client):list():next() end,
  },
  {
    name = "001 Delete inviteParticipantsOperation",
    line = "DELETE /v1.0" .. CALLS .. "/String%20%28identifier%29", status = 204,
    prepare = create_resource,
    call = function(client) return operations(client):delete(RESOURCE_ID) end,
  },
  {
    name = "002 Update invitation", version = "beta", options = { flavour = "aadinvitemgr" },
    type = "Microsoft.AADInviteMgr.invitation",
    sends = "seed-002-request", answers = "seed-002-response",
    line = "PATCH /beta/invitations/" .. ID_2B9C, status = 200,
    prepare = function(client)
      assert(client.invitations:create {
        id = ID_2B9C, invitedUserEmailAddress = "adele@fabrikam.example",
        inviteRedirectUrl = "https://a.example",
      })
    end,
    call = function(client, body) return client.invitations:update(ID_2B9C, body) end,
  },
  {
    name = "003 Create inviteParticipantsOperation", own_id = true,
    type = OPERATION, sends = "seed-003-request", answers = "seed-003-response",
    line = "POST /v1.0" .. CALLS, status = 201,
    call = function(client, body) return operations(client):create(body) end,
  },
  {
    name = "004 Update invitations", own_id = true,
    type = "microsoft.graph.InvitationV2",
    sends = "seed-004-request", answers = "seed-004-response",
    line = "PATCH /v1.0/linkedIn/invitations", status = 200,
    call = function(client, body) return client.linkedin.invitations:update(body) end,
  },
}

-- Notes the last request and response of a transport.
local function watch(driver)
  local last, send = {}, driver.send
  driver.send = function(request, timeout)
    last.request = request
    last.response = send(request, timeout)
    return last.response
  end
  return last
end

helper.over_every_transport(function(open)
  describe("the seed", function()
    for _, row in ipairs(ROWS) do
      it(row.name .. " is sent and answered as its page says", function()
        local client, emulator, driver = open {
          version = row.version, auth = graphinvite.auth.static "emulator",
        }
        if row.prepare then
          row.prepare(client)
        end
        local last = watch(driver)
        local body = row.sends and assert(core.decode(row.type, json.fixture(row.sends)))
        local value, err = row.call(client:with(row.options or {}), body)
        assert.is_nil(err)

        assert.equal("Bearer emulator", last.request.headers.Authorization)
        if row.sends then
          assert.equal("application/json", last.request.headers["Content-Type"])
          assert(json.equal(last.request.body, json.fixture(row.sends)))
        else
          assert.is_nil(last.request.body)
        end
        local journal = emulator:requests()
        local noted = journal[#journal]
        assert.equal(row.line, noted.method .. " " .. noted.path)
        assert.equal(row.status, noted.status)
        if row.answers then
          local wanted = json.fixture(row.answers)
          if row.own_id then
            wanted = wanted:gsub('"id": "[^"]*"', ('"id": "%s"'):format(value.id), 1)
          end
          assert.is_true(#value.id > 0)
          assert(json.covers(assert(core.encode(row.type, value)), wanted))
        else
          assert.is_true(value)
          assert.equal("", last.response.body or "")
        end
      end)
    end

    it("001 deletes for good", function()
      local client = open()
      create_resource(client)
      assert.is_true(operations(client):delete(RESOURCE_ID))
      local _, err = operations(client):get(RESOURCE_ID)
      assert.equal(404, err.status)
      assert.is_nil((operations(client):list():next()))
    end)

    it("002 keeps the capital I of InvitedUserMessageInfo there and back", function()
      local client, _, driver = open { version = "beta", flavour = "aadinvitemgr" }
      local created = assert(client.invitations:create {
        invitedUserEmailAddress = "adele@fabrikam.example", inviteRedirectUrl = "https://a.example",
        InvitedUserMessageInfo = { customizedMessageBody = "Welcome." },
      })
      assert.equal("Welcome.", created.InvitedUserMessageInfo.customizedMessageBody)
      assert.is_nil(created.invitedUserMessageInfo)
      local last = watch(driver)
      assert(client.invitations:update(created.id, {
        invitedUserMessageInfo = { customizedMessageBody = "Hello." },
      }))
      assert(json.equal(last.request.body, '{"@odata.type":"#Microsoft.AADInviteMgr.invitation",'
        .. '"InvitedUserMessageInfo":{"customizedMessageBody":"Hello."}}'))
      local read = assert(client.invitations:get(created.id))
      assert.equal("Hello.", read.InvitedUserMessageInfo.customizedMessageBody)
    end)

    it("004 as printed is refused before anything is sent", function()
      local client, emulator = open()
      local body = {
        ["@odata.type"] = "#microsoft.graph.InvitationV2", created = "Integer",
        lastModified = "Integer",
      }
      local value, err = client.linkedin.invitations:update(body)
      assert.is_nil(value)
      assert.equal("model", err.kind)
      assert.equal('created: not an Int64: "Integer"', err.message)
      assert.same({}, emulator:requests())
    end)

    it("004 keeps every digit of its numbers there and back", function()
      local client = open()
      for _, digits in ipairs {
        "9223372036854775807", "-9223372036854775808", "9007199254740993", "1485388767467", "0",
      } do
        local number = graphinvite.int64(digits)
        assert(client.linkedin.invitations:update { created = number })
        local value = assert(client.linkedin.invitations:get())
        assert.equal(number, value.created)
        assert.equal(digits, tostring(value.created))
      end
    end)
  end)
end)
