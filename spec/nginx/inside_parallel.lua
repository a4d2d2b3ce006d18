local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local guests = require "spec.support.guests"

local collect, count_to = guests.collect, guests.count_to
local guest, invite = guests.guest, guests.invite

-- A client of a tenant in this worker whose answers take as long as nginx needs to come round.
local function open()
  local tenant = emulators.new()
  local here = tenant:transport()
  return graphinvite.new {
    transport = {
      overlaps = true, sleep = ngx.sleep, now = here.now, wall = here.wall,
      send = function(request, timeout)
        ngx.sleep(0.001)
        return here.send(request, timeout)
      end,
    },
  }, tenant
end

describe("parallel inside nginx", function()
  it("works in light threads, so that whatever waits lets the others go on", function()
    local client, events = open(), {}
    collect(client:parallel({ 3, 1, 2 }, function(i)
      events[#events + 1] = "begin " .. i
      ngx.sleep(i / 1000)
      events[#events + 1] = "end " .. i
      return i
    end))
    assert.same({ "begin 3", "begin 1", "begin 2", "end 1", "end 2", "end 3" }, events)
  end)

  it("lets others answer meanwhile", function()
    local client, others = open(), 0
    local other = ngx.thread.spawn(function()
      while true do
        ngx.sleep(0.001)
        others = others + 1
      end
    end)
    collect(client:parallel(count_to(4), invite))
    ngx.thread.kill(other)
    assert.is_true(others > 0)
  end)

  it("lets what has begun come to its end after a break, and begins nothing more", function()
    local client, tenant = open()
    local begun = 0
    local function work(i, with)
      begun = begun + 1
      return invite(i, with)
    end
    assert.equal(1, (client:parallel(count_to(math.huge), work, { concurrency = 4 })()))
    while #tenant:invitations() < begun do
      ngx.sleep(0.001)
    end
    assert.equal(4, begun)
  end)

  it("keeps no thread that has ended", function()
    local client = open()
    local function run(n)
      assert.equal(n, #collect(client:parallel(count_to(n), function(i) return i end)))
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    run(500)
    local before = run(500)
    assert.is_true(run(5000) - before < 200) -- KiB; a thread has about one
  end)

  it("waits no longer than it is told", function()
    local client = open()
    local run = client:parallel({ 1 }, function(i) ngx.sleep(0.01) return i end)
    assert.is_nil((run:step(0)))
    assert.is_nil((run:step(0.001)))
    assert.is_false(run:done())
    assert.equal(1, (run:step()))
    assert.is_true(run:done())
  end)

  it("makes an error of what is raised behind a wait, inside pcall and outside", function()
    local client = open()
    local results = collect(client:parallel({ "out", "in" }, function(where, with)
      local function fail()
        assert(invite(1, with))
        error("so", 0)
      end
      if where == "in" then
        return { pcall(fail) }
      end
      fail()
    end))
    assert.equal("so", results[1].err)
    assert.same({ false, "so" }, results[2].value)
  end)

  it("goes on where another request has a run of the same client", function()
    local client, tenant = open()
    local threads = {}
    for i = 1, 3 do
      threads[i] = ngx.thread.spawn(function()
        return #collect(client:parallel({ 1, 2, 3, 4 }, function(n, with)
          return with.invitations:create(guest(10 * i + n))
        end))
      end)
    end
    for i = 1, 3 do
      assert.same({ true, 4 }, { ngx.thread.wait(threads[i]) })
    end
    assert.equal(12, #tenant:invitations())
  end)
end)
