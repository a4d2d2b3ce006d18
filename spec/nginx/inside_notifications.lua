local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local guests = require "spec.support.guests"
local keys = require "graphinvite.emulator.keys"
local notifications = require "graphinvite.notifications"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896"
local LONG = 1000 -- seconds between two looks of a wait: nothing but a notification ends it

-- The request that tells of an operation.
local function told(operation)
  return { method = "POST", headers = {}, body = assert(core.encode(nil, {
    value = core.array { {
      changeType = "deleted", resourceData = operation,
      resourceUrl = ("/communications/calls/%s/operations/%s"):format(CALL, operation.id),
    } },
  })) }
end

-- What a thread has returned, without its "true".
local function wait(thread)
  return select(2, ngx.thread.wait(thread))
end

-- whose hubs; the one that waits and the one that is told
local HUBS = {
  ["two workers"] = function()
    ngx.shared.graphinvite:flush_all()
    return notifications.new { validate = false, shared = "graphinvite" },
      notifications.new { validate = false, shared = "graphinvite" }
  end,
  ["one worker"] = function()
    local hub = notifications.new { validate = false }
    return hub, hub
  end,
}

for whose, open in pairs(HUBS) do
  describe("notifications of " .. whose, function()
    local here, there, operations, looks

    before_each(function()
      here, there = open()
      looks = 0
      operations = graphinvite.new {
        transport = {
          overlaps = true, sleep = ngx.sleep, now = core.clock, wall = ngx.time,
          send = function(request)
            looks = looks + 1
            return { status = 200, headers = {}, body = '{"id":"a","status":"completed"}',
              url = request.url }
          end,
        },
      }:call(CALL).operations
    end)

    local function begin(operation)
      return ngx.thread.spawn(function()
        return operations:wait(operation, {
          notifications = here, interval = LONG, deadline = 2 * LONG,
        })
      end)
    end

    -- what is waited for, what is told in the other worker
    for name, row in pairs {
      ["an operation"] = { { id = "a" }, { id = "a", status = "Completed" } },
      ["an id"] = { "a", { id = "a", status = "completed" } },
      ["a context"] = { { id = "a", clientContext = "c" },
        { id = "z", status = "completed", clientContext = "c" } },
    } do
      it("end the wait for " .. name, function()
        local thread = begin(row[1])
        assert.equal(202, there:receive(told(row[2])).status)
        assert.equal("completed", assert(wait(thread)).status:lower())
        assert.equal(0, looks)
      end)
    end

    it("tell a failure with its result", function()
      local thread = begin "a"
      there:receive(told { id = "a", status = "failed", resultInfo = { code = 486 } })
      local value, err = wait(thread)
      assert.is_nil(value)
      assert.equal(486, err.result.code)
    end)

    it("look at once when an operation goes without a final status", function()
      local thread = begin { id = "a" }
      there:receive(told { id = "a", status = "running" })
      assert.equal("completed", wait(thread).status)
      assert.equal(1, looks)
    end)

    it("know what was told before anybody waited", function()
      there:receive(told { id = "a", status = "completed" })
      assert.equal("completed", wait(begin "a").status)
      assert.equal(0, looks)
    end)

    it("keep apart two operations of one context", function()
      local a = begin { id = "a", clientContext = "c" }
      local b = begin { id = "b", clientContext = "c" }
      there:receive(told { id = "a", status = "completed", clientContext = "c" })
      assert.equal("a", wait(a).id)
      there:receive(told { id = "b", status = "failed", clientContext = "c" })
      assert.is_nil((wait(b)))
      assert.equal(0, looks)
    end)
  end)
end

describe("the validator of bearers inside nginx", function()
  it("fetches the keys once for all that wait for them", function()
    local tenant, bearer = emulators.new(), nil
    tenant:on_notification(function(request)
      bearer = request.headers.authorization:match "^Bearer (%S+)$"
      return { status = 202 }
    end)
    local service = tenant:transport()
    local client = graphinvite.new { transport = service }
    local call = assert(client.calls:create { callbackUri = "https://bot.example" })
    assert(client:call(call.id).participants:invite { participants = guests.people() })
    tenant:advance(2)
    local fetched = 0
    local validate = notifications.bearer {
      app_id = keys.APPLICATION, transport = {
        overlaps = true, sleep = ngx.sleep, now = core.clock, wall = service.wall,
        send = function(request, timeout)
          fetched = fetched + 1
          ngx.sleep(0.001)
          return service.send(request, timeout)
        end,
      },
    }
    local threads = {}
    for i = 1, 20 do
      threads[i] = ngx.thread.spawn(validate, bearer)
    end
    for i = 1, 20 do
      assert(wait(threads[i]))
    end
    assert.equal(2, fetched)
  end)
end)
