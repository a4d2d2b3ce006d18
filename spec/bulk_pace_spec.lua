local bulk = require "graphinvite.workflows.bulk"
local guests = require "spec.support.bulk_rows"
local helper = require "spec.helper"
local paces = require "graphinvite.workflows.bulk.pace"

-- The POSTs of invitations of a tenant, as its journal has them.
local function posts(emulator)
  local list = {}
  for _, entry in ipairs(emulator:requests()) do
    if entry.method == "POST" and entry.path:find "/invitations$" then
      list[#list + 1] = entry
    end
  end
  return list
end

-- The requests within each Retry-After of the list, its own answer excepted.
local function intruders(list)
  local most = 0
  for i, entry in ipairs(list) do
    if entry.retry_after then
      local n = 0
      for k = i + 1, #list do
        if list[k].time < entry.time + tonumber(entry.retry_after) then
          n = n + 1
        end
      end
      most = math.max(most, n)
    end
  end
  return most
end

local function first_refusal(list)
  for i, entry in ipairs(list) do
    if entry.status == 429 then
      return i, entry
    end
  end
end

helper.over_every_transport(function(open)
  describe("the pace of a bulk run", function()
    -- the rate that is asked for; the service's limit is another one
    for _, rate in ipairs { 0, 40, 60, 300 } do
      it(("comes within a tenth of the service's, at a rate of %d"):format(rate), function()
        local client, emulator = open()
        emulator:throttle { limit = 30, window = 1 }
        assert(bulk.run { client = client, input = guests.rows(1000), rate = rate })
        local list = posts(emulator)
        local _, refusal = first_refusal(list)
        local accepted, last = 0, refusal.time
        for _, entry in ipairs(list) do
          if entry.time > refusal.time and entry.status == 201 then
            accepted, last = accepted + 1, entry.time
          end
        end
        local found = accepted / (last - refusal.time)
        assert.is_true(found >= 27 and found <= 33, tostring(found))
      end)
    end
    for _, concurrency in ipairs { 1, 16 } do
      it(("waits as it is told, with %d calls at a time"):format(concurrency), function()
        local client, emulator = open()
        emulator:throttle { limit = 30, window = 1 }
        assert(bulk.run {
          client = client, input = guests.rows(300), rate = 0, concurrency = concurrency,
        })
        local list = posts(emulator)
        assert.is_truthy(first_refusal(list))
        assert.is_true(intruders(list) <= concurrency - 1, tostring(intruders(list)))
        assert.equal(300, #emulator:mailbox())
      end)
    end

    it("is the documented one unless told otherwise: nothing is refused", function()
      local client, emulator = open { emulator = { throttle = "documented" } }
      local summary = assert(bulk.run { client = client, input = guests.rows(600) })
      assert.equal(0, summary.throttled)
      local looked_up = 600 / 350 -- the seconds that the limit of look-ups leaves
      assert.near(looked_up + 600 / paces.DOCUMENTED, summary.seconds, 0.5)
      assert.equal(600, #posts(emulator))
    end)

    it("survives refusals that do not say how long to wait", function()
      local client, emulator = open()
      emulator:fail_next { status = 429, match = "POST /v1.0/invitations", count = 6 }
      local summary = assert(bulk.run { client = client, input = guests.rows(10) })
      assert.equal(10, summary.done)
      assert.equal(6, summary.throttled)
    end)

    it("survives refusals among answers", function()
      local client, emulator = open()
      emulator:fail_rate { rate = 0.4, status = 429, match = "POST /v1.0/invitations" }
      local summary = assert(bulk.run { client = client, input = guests.rows(60), rate = 0 })
      assert.equal(60, summary.done)
      assert.is_true(summary.throttled > 10)
      assert.equal(60, #emulator:mailbox())
    end)

    it("outlasts a wait that is longer than a row's deadline and the lease", function()
      local client, emulator = open()
      emulator:fail_next {
        status = 429, match = "POST /v1.0/invitations", headers = { ["Retry-After"] = "600" },
      }
      local waits = 0
      local summary = assert(bulk.run {
        client = client, input = guests.rows(10),
        on_event = function(event)
          waits = math.max(waits, event.wait or 0)
        end,
      })
      assert.equal(10, summary.done)
      assert.is_true(summary.seconds >= 600)
      assert.is_true(waits > 500)
      assert.equal(11, #posts(emulator))
    end)

    it("obeys a wait that a look-up is told", function()
      local client, emulator = open()
      emulator:fail_next { status = 429, match = "GET", headers = { ["Retry-After"] = "40" } }
      local summary = assert(bulk.run { client = client, input = guests.rows(30) })
      assert.equal(30, summary.done)
      assert.is_true(summary.seconds >= 40)
    end)
  end)
end)

describe("the pace", function()
  local GIVEN = { rate = 10 }

  it("spaces requests evenly, however they are reserved", function()
    local state, times = {}, {}
    local now = 100
    for _, n in ipairs { 1, 3, 2 } do
      local wait, gap, granted = paces.reserve(state, now, n, GIVEN)
      for i = 1, granted do
        times[#times + 1] = now + wait + (i - 1) * gap
      end
    end
    for i, time in ipairs(times) do
      assert.near(100 + (i - 1) / 10, time, 1e-6)
    end
  end)

  it("is lowered once for calls that were under way together", function()
    local state = {}
    paces.reserve(state, 0, 10, GIVEN)
    paces.throttled(state, 9, 8.9, 1)
    local rate = state.rate
    assert.is_true(rate < 10 and rate > 8)
    paces.throttled(state, 9.1, 8.9, 3)
    assert.equal(rate, state.rate)
    assert.near(12.1, state.pause, 1e-6)
    assert.near(12.1 - 9.2, (paces.reserve(state, 9.2, 1, GIVEN)), 1e-6)
  end)

  it("never goes above what was asked for", function()
    local state = {}
    paces.reserve(state, 0, 1, GIVEN)
    paces.throttled(state, 5, 4, 5)
    for now = 10, 500 do
      paces.reserve(state, now, 1, GIVEN)
    end
    assert.equal(10, state.rate)
  end)

  it("gives out no more than an hour has", function()
    local state, given = {}, { rate = 0, per_hour = 5 }
    assert.equal(3, (select(3, paces.reserve(state, 0, 3, given))))
    assert.equal(2, (select(3, paces.reserve(state, 10, 3, given))))
    local wait, _, granted = paces.reserve(state, 20, 9, given)
    assert.same({ 3580, 5 }, { wait, granted })
  end)

  it("does not wait for an hour that another run would have waited for", function()
    local state, given = {}, { rate = 0, per_hour = 5 }
    paces.reserve(state, 0, 5, given)
    assert.equal(3590, (paces.reserve(state, 10, 1, given)))
    assert.is_true(paces.reserve(state, 20, 1, given) >= 3580)
    assert.equal(0, (paces.reserve(state, 30, 1, GIVEN)))
  end)

  it("finds out how many calls may be under way", function()
    local slots = paces.slots(64)
    assert.equal(4, slots.limit)
    for _ = 1, 10 do
      slots:accepted(true)
    end
    assert.equal(14, slots.limit)
    slots:accepted(false) -- the limit was not what held it back
    assert.equal(14, slots.limit)
    slots:lower()
    assert.equal(7, slots.limit)
    for _ = 1, 7 do
      slots:accepted(true)
    end
    assert.equal(8, slots.limit)
    assert.equal(1, paces.slots(1).limit)
  end)
end)
