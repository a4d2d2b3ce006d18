local scheduler = require "graphinvite.scheduler"
local scripted = require "spec.support.scripted"
local tasks = require "spec.support.tasks"

local begin, overlapping, run = tasks.begin, tasks.driver, tasks.run

describe("loop", function()
  it("waits no longer than the limit of a step, and says what came of it", function()
    local driver = overlapping()
    local port, loop, results = scheduler.port(driver), scheduler.loop(), {}
    begin(loop, function() port.sleep(10) end, results)
    assert.is_false(loop:step(4))
    assert.equal(4, driver.elapsed)
    begin(loop, function() port.send({ url = "3" }, 30) end, results)
    assert.is_false(loop:step(0))
    assert.is_false(loop:step(2))
    assert.is_true(loop:step(2)) -- the answer
    assert.equal(7, driver.elapsed)
    assert.is_true(loop:step(5)) -- the time of the sleeper comes
    assert.is_true(loop:step(5)) -- it goes on
    assert.is_nil(loop:step(5))
    assert.equal(10, driver.elapsed)
    assert.same({ {}, {} }, results)
  end)

  it("takes turns between drivers", function()
    local drivers = { overlapping(), overlapping() }
    local works = {}
    for i, driver in ipairs(drivers) do
      local port = scheduler.port(driver)
      works[i] = function() return port.send({ url = tostring(i * 0.01) }, 30).url end
    end
    assert.same({ { "0.01" }, { "0.02" } }, run(works))
  end)

  it("gives the answer to whom it is for when loops share a driver", function()
    local driver = overlapping()
    local port, other = scheduler.port(driver), scheduler.port(driver)
    local one, two, results = scheduler.loop(), scheduler.loop(), {}
    begin(one, function() return port.send({ url = "1" }, 30).url end, results)
    begin(two, function() return other.send({ url = "2" }, 30).url end, results)
    assert.is_true(two:step())
    assert.same({ { "1" }, false }, results)
    assert.is_true(one:step())
    assert.same({ { "1" }, { "2" } }, results)
    assert.is_nil(one:step())
    assert.is_nil(two:step())
  end)

  it("does not take a coroutine of the user's for the task in which it runs", function()
    local driver = scripted.new { { status = 200 } }
    local port = scheduler.port(driver)
    local results = run { function()
      local seen = coroutine.wrap(function()
        port.sleep(5) -- blocks
        coroutine.yield(scheduler.current() or "none")
      end)()
      port.sleep(1)
      return seen
    end }
    assert.same({ { "none" } }, results)
    assert.same({ 5, 1 }, driver.sleeps)
  end)

  it("ends a task that yields by itself with an error", function()
    local results = run {
      function() coroutine.yield("mine") end,
      function()
        scheduler.pcall(function() coroutine.yield() end)
      end,
    }
    assert.matches("a task has yielded", results[1][2])
    assert.matches("a task has yielded", results[2][2])
  end)

  describe("for a loop of another library", function()
    local driver, port, loop, results
    before_each(function()
      driver = overlapping()
      driver.fds = function() return { { fd = 7, events = "r" } }, 3 end
      port, loop, results = scheduler.port(driver), scheduler.loop(), {}
    end)

    local function seconds()
      return select(2, loop:fds())
    end

    it("has nothing to watch when nothing waits", function()
      assert.same({}, (loop:fds()))
      assert.is_nil(seconds())
    end)

    it("gives what the drivers wait for, and when it is due", function()
      begin(loop, function() port.send({ url = "1" }, 30) end, results)
      assert.same({ { fd = 7, events = "r" } }, (loop:fds()))
      assert.equal(3, seconds())
      begin(loop, function() port.sleep(2) end, results)
      assert.equal(2, seconds())
    end)

    it("is due at once when a task can go on", function()
      local waiter
      begin(loop, function()
        waiter = scheduler.current()
        scheduler.suspend()
      end, results)
      assert.is_nil(seconds())
      scheduler.resume(waiter)
      assert.equal(0, seconds())
      begin(loop, function() port.sleep(-1) end, results)
      assert.is_true(loop:step(0))
      assert.equal(0, seconds())
    end)
  end)

  it("runs what a task begins in the task's own loop", function()
    local port = scheduler.port(scripted.new { { status = 200 } })
    local inner
    run {
      function()
        local loop = scheduler.loop()
        scheduler.run(loop:spawn(function()
          port.sleep(1)
          return "in"
        end, function(value) inner = value end))
      end,
    }
    assert.equal("in", inner)
  end)
end)
