local core = require "graphinvite.core"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local json = require "spec.support.json_text"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
local CALLS = "/communications/calls/" .. CALL .. "/operations"
local OPERATION = "microsoft.graph.inviteParticipantsOperation"
local unpack = table.unpack or unpack -- luacheck: compat
local RESOURCE_ID = "String (identifier)" -- as seed 001 prints it

local function operations(client)
  return client:call(CALL).operations
end

-- The operation of seed 001 as it is printed.
local function create_resource(client)
  return assert(operations(client):create(assert(core.decode(OPERATION,
    json.fixture "seed-001-resource"))))
end

-- seed and page; version; type and fixture of the body; fixture of the answer, method, path behind
-- the version, status; what has to be there first; the call; the options of the client
local ROWS = {
  {
    "000 Update inviteParticipantsOperation", "v1.0", OPERATION, "seed-000-request",
    "seed-000-response", "PATCH", CALLS .. "/b4cc9683-9683-b4cc-8396-ccb48396ccb4", 200,
    function(client)
      assert(operations(client):create { id = "b4cc9683-9683-b4cc-8396-ccb48396ccb4" })
    end,
    function(client, body)
      return operations(client):update("b4cc9683-9683-b4cc-8396-ccb48396ccb4", body)
    end,
  },
  {
    "000 Update, under the older root", "beta", OPERATION, "seed-000-request",
    "seed-000-response", "PATCH",
    "/app/calls/" .. CALL .. "/operations/b4cc9683-9683-b4cc-8396-ccb48396ccb4", 200,
    function(client)
      assert(operations(client):create { id = "b4cc9683-9683-b4cc-8396-ccb48396ccb4" })
    end,
    function(client, body)
      local call = client:call(CALL, { root = "/app/calls" })
      return call.operations:update("b4cc9683-9683-b4cc-8396-ccb48396ccb4", body)
    end,
  },
  {
    "001 Get inviteParticipantsOperation", "v1.0", nil, nil, "seed-001-resource", "GET",
    CALLS .. "/String%20%28identifier%29", 200, create_resource,
    function(client) return operations(client):get(RESOURCE_ID) end,
  },
  {
    "001 List inviteParticipantsOperations", "v1.0", nil, nil, "seed-001-resource", "GET",
    CALLS, 200, create_resource,
    function(client) return operations(client):list():next() end,
  },
  {
    "001 Delete inviteParticipantsOperation", "v1.0", nil, nil, nil, "DELETE",
    CALLS .. "/String%20%28identifier%29", 204, create_resource,
    function(client) return operations(client):delete(RESOURCE_ID) end,
  },
  {
    "002 Update invitation", "beta", "Microsoft.AADInviteMgr.invitation", "seed-002-request",
    "seed-002-response", "PATCH", "/invitations/2b9c89ee-89ee-2b9c-ee89-9c2bee899c2b", 200,
    function(client)
      assert(client.invitations:create {
        id = "2b9c89ee-89ee-2b9c-ee89-9c2bee899c2b",
        invitedUserEmailAddress = "adele@fabrikam.example", inviteRedirectUrl = "https://a.example",
      })
    end,
    function(client, body)
      return client.invitations:update("2b9c89ee-89ee-2b9c-ee89-9c2bee899c2b", body)
    end,
    { flavour = "aadinvitemgr" },
  },
  {
    "003 Create inviteParticipantsOperation", "v1.0", OPERATION, "seed-003-request",
    "seed-003-response", "POST", CALLS, 201, function() end,
    function(client, body) return operations(client):create(body) end,
  },
  {
    "004 Update invitations", "v1.0", "microsoft.graph.InvitationV2", "seed-004-request",
    "seed-004-response", "PATCH", "/linkedIn/invitations", 200, function() end,
    function(client, body) return client.linkedin.invitations:update(body) end,
  },
}

-- The page's answer, with the id of ours where the path has none.
local function expected(fixture, path, value)
  local text = json.fixture(fixture)
  local id = text:match '"id": "([^"]*)"'
  if path:find(core.url_encode(id), 1, true) or fixture == "seed-001-resource" then
    return text
  end
  return (text:gsub('"id": "[^"]*"', ('"id": "%s"'):format(value.id)))
end

helper.over_every_transport(function(open)
  describe("the seed", function()
    for _, row in ipairs(ROWS) do
      local name, version, type_name, sends, answers, method, path, status, prepare, call, options =
        unpack(row, 1, 11)

      it(name .. " is sent and answered as its page says", function()
        local client, emulator, driver = open {
          version = version, auth = graphinvite.auth.static "emulator",
        }
        prepare(client)
        local sent, answer
        local send = driver.send
        driver.send = function(request, timeout)
          sent = request
          answer = send(request, timeout)
          return answer
        end
        local body = sends and assert(core.decode(type_name, json.fixture(sends)))
        local value, err = call(client:with(options or {}), body)
        assert.is_nil(err)

        assert.equal("Bearer emulator", sent.headers.Authorization)
        assert.equal(sends and "application/json", sent.headers["Content-Type"])
        if sends then
          assert(json.equal(sent.body, json.fixture(sends)))
        else
          assert.is_nil(sent.body)
        end
        local journal = emulator:requests()
        local last = journal[#journal]
        assert.same({ method, "/" .. version .. path, status },
          { last.method, last.path, last.status })
        if not answers then
          assert.is_true(value)
          assert.equal("", answer.body or "")
          return
        end
        assert.is_true(#value.id > 0)
        local wanted = expected(answers, path, value)
        assert(json.covers(assert(core.encode(type_name or OPERATION, value)), wanted))
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
      local send, body = driver.send, nil
      driver.send = function(request, timeout)
        body = request.body
        return send(request, timeout)
      end
      assert(client.invitations:update(created.id, {
        invitedUserMessageInfo = { customizedMessageBody = "Hello." },
      }))
      assert(json.equal(body, '{"@odata.type":"#Microsoft.AADInviteMgr.invitation",'
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
