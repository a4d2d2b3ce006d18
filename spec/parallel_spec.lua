local graphinvite = require "graphinvite"
local guests = require "spec.support.guests"
local helper = require "spec.helper"
local scripted = require "spec.support.scripted"

local collect, count_to = guests.collect, guests.count_to
local guest, invite = guests.guest, guests.invite

helper.over_every_transport(function(open)
  describe("parallel", function()
    it("gives a result for each item of an array, by its index", function()
      local client, emulator = open()
      local results = collect(client:parallel({ 3, 1, 2 }, invite))
      assert.equal(3, #emulator:invitations())
      for index, number in ipairs { 3, 1, 2 } do
        assert.equal(guest(number).invitedUserEmailAddress,
          results[index].value.invitedUserEmailAddress)
      end
    end)

    it("takes items from an iterator function, and from a list of the client", function()
      local client, emulator = open()
      collect(client:parallel(count_to(30), invite))
      assert.equal(30, #emulator:invitations())
      local read = collect(client:parallel(client.invitations:list { top = 7 }, function(item, with)
        return with.invitations:get(item.id)
      end))
      assert.equal(30, #read)
    end)

    it("lets sleeping tasks overlap: time moves to the earliest of them", function()
      local client, emulator = open()
      local now = client.transport.now()
      local _, order = collect(client:parallel({ 50, 20, 40, 10, 30 }, function(seconds, with)
        with.transport.sleep(seconds)
        return seconds
      end))
      assert.same({ 4, 2, 5, 3, 1 }, order)
      assert.equal(50, client.transport.now() - now)
      emulator:reset()
    end)

    it("keeps to the concurrency", function()
      local client = open()
      local running, most = 0, 0
      collect(client:parallel(count_to(40), function(i, with)
        running = running + 1
        most = math.max(most, running)
        with.transport.sleep(i % 7)
        running = running - 1
        return i
      end, { concurrency = 5 }))
      assert.equal(5, most)
    end)

    it("gives results in the order of the items when that is asked", function()
      local client = open()
      local _, order = collect(client:parallel({ 30, 10, 20 }, function(seconds, with)
        with.transport.sleep(seconds)
        return seconds
      end, { ordered = true }))
      assert.same({ 1, 2, 3 }, order)
    end)

    it("makes a failing item and a raising item its own error, and goes on", function()
      local client = open()
      local results = collect(client:parallel({ 1, 2, 3, 4 }, function(i, with)
        if i == 2 then
          return with.invitations:create { inviteRedirectUrl = guest(i).inviteRedirectUrl }
        elseif i == 3 then
          with.transport.sleep(1)
          error("item three", 0)
        end
        return invite(i, with)
      end))
      assert.is_truthy(results[1].value)
      assert.equal("model", results[2].err.kind)
      assert.equal("item three", results[3].err)
      assert.is_truthy(results[4].value)
    end)

    it("begins nothing more after a break, and bears an endless iterator", function()
      local client, emulator = open()
      local endless = count_to(math.huge)
      local taken = 0
      for _, value in client:parallel(endless, invite, { concurrency = 4 }) do
        assert.is_truthy(value)
        taken = taken + 1
        if taken == 10 then
          break
        end
      end
      assert.is_truthy(client.invitations:create(guest(1000)))
      local made = #emulator:requests() -- ten taken, up to four more begun, and the last one
      assert.is_true(made >= 11 and made <= 15, made)
    end)

    it("gives results between the items of an endless iterator whose work does not wait", function()
      local client = open()
      local begun = 0
      local function endless()
        begun = begun + 1
        return begun
      end
      for _, ordered in ipairs { false, true } do
        begun = 0
        local taken = 0
        local run = client:parallel(endless, function(i) return i end,
          { concurrency = 4, ordered = ordered })
        for index, value in run do
          assert.equal(index, value)
          taken = taken + 1
          if taken == 20 then
            break
          end
        end
        assert.is_true(begun <= 20 + 4, begun)
      end
    end)

    it("goes on with as many at a time after items that raised", function()
      local client = open()
      local running, most = 0, 0
      local results = collect(client:parallel(count_to(40), function(i, with)
        running = running + 1
        most = math.max(most, running)
        with.transport.sleep(i % 3)
        running = running - 1
        if i % 2 == 0 then
          error(i, 0)
        end
        return i
      end, { concurrency = 5 }))
      assert.equal(5, most)
      for i = 1, 40 do
        assert.equal(i % 2 == 0 and i or nil, results[i].err)
        assert.equal(i % 2 == 1 and i or nil, results[i].value)
      end
    end)

    it("hands on the failure of a list, and ends with it", function()
      local client, emulator = open { retry = false }
      collect(client:parallel(count_to(3), invite))
      emulator:fail_next { status = 500, match = "GET" }
      local results = collect(client:parallel(client.invitations:list(), function() return 1 end))
      assert.equal(1, #results)
      assert.equal(500, results[1].err.status)
    end)

    it("can be used inside itself", function()
      local client = open()
      local results = collect(client:parallel({ 10, 20 }, function(base, with)
        local sum, run = 0, with:parallel({ 1, 2, 3 }, function(i, inner)
          inner.transport.sleep(i)
          return base + i
        end)
        while true do
          local index, value = run:step()
          if not index then
            return sum
          end
          sum = sum + value
        end
      end))
      assert.equal(36, results[1].value)
      assert.equal(66, results[2].value)
    end)

    it("lets graphinvite.pcall surround a call", function()
      local client = open()
      local results = collect(client:parallel({ 1, 2 }, function(i, with)
        local ok, value = graphinvite.pcall(function()
          with.transport.sleep(1)
          local made = graphinvite.check(invite(i, with))
          if i == 2 then
            error("caught", 0)
          end
          return made
        end)
        return { ok = ok, value = value }
      end))
      assert.is_true(results[1].value.ok)
      assert.same({ ok = false, value = "caught" }, results[2].value)
    end)
  end)
end)

-- Scripted: how a transport that cannot overlap calls is used is no matter of the tenant.
describe("parallel without a transport that can overlap calls", function()
  it("works on one item at a time", function()
    local running, most = 0, 0
    local client = graphinvite.new { transport = scripted.new { { status = 200, body = "{}" } } }
    collect(client:parallel(count_to(5), function(i, with)
      running = running + 1
      most = math.max(most, running)
      assert(with.users:get(tostring(i)))
      with.transport.sleep(1)
      running = running - 1
      return i
    end))
    assert.equal(1, most)
  end)
end)

describe("parallel", function()
  local client = graphinvite.new { transport = scripted.new { { status = 200 } } }
  local MISUSES = {
    { "items that are no list", function() client:parallel(5, invite) end, "takes an array" },
    { "work that is no function", function() client:parallel({}, 5) end, "takes a function" },
    { "an unknown option", function() client:parallel({}, invite, { size = 1 }) end, "not size" },
    { "no concurrency", function() client:parallel({}, invite, { concurrency = 0 }) end, "from 1" },
  }
  for _, row in ipairs(MISUSES) do
    it("raises at the caller's line for " .. row[1], function()
      local ok, message = pcall(row[2])
      assert.is_false(ok)
      assert.matches("parallel_spec%.lua:%d+:.*" .. row[3], message)
    end)
  end

  if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
    it("tells on Lua 5.1 what may not surround a call", function()
      local tenant = require("graphinvite.emulator").new {}
      local here = graphinvite.new { transport = tenant:transport() }
      local results = collect(here:parallel({ 1 }, function(_, with)
        local last
        for item in with.users:list() do
          last = item
        end
        return last
      end))
      assert.matches("graphinvite.pcall", results[1].err)
    end)
  end
end)
