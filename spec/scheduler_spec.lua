local scheduler = require "graphinvite.scheduler"
local scripted = require "spec.support.scripted"
local tasks = require "spec.support.tasks"

local overlapping, run = tasks.driver, tasks.run

describe("scheduler", function()
  it("knows the task that runs, and none outside", function()
    assert.is_nil(scheduler.current())
    local seen
    run { function() seen = scheduler.current() end }
    assert.is_table(seen)
    assert.is_nil(scheduler.current())
  end)

  it("hands work its arguments and its results on", function()
    local results = run({
      function(a, b) return a + b end,
      function() return nil, "why" end,
      function() error("raised", 0) end,
      function() error() end,
      function() error { code = 1 } end,
    }, 2, 3)
    assert.same({ { 5 }, { nil, "why" }, { nil, "raised" }, { nil, "nil was raised" },
      { nil, { code = 1 } } }, results)
  end)

  it("wakes sleepers in the order of their times, equal ones as they fell asleep", function()
    local driver = scripted.new { { status = 200 } }
    local port, order = scheduler.port(driver), {}
    local works = {}
    for i, seconds in ipairs { 3, 1, 2, 1, 0 } do
      works[i] = function()
        port.sleep(seconds)
        order[#order + 1] = i
      end
    end
    run(works)
    assert.same({ 5, 2, 4, 3, 1 }, order)
    assert.same({ 1, 1, 1 }, driver.sleeps)
  end)

  it("overlaps calls with one another and with sleep", function()
    local driver = overlapping()
    local port, order = scheduler.port(driver), {}
    local function call(seconds)
      return function()
        local response = port.send({ url = tostring(seconds) }, 30)
        order[#order + 1] = response.url
      end
    end
    local function sleep(seconds)
      return function()
        port.sleep(seconds)
        order[#order + 1] = seconds
      end
    end
    run { call(5), sleep(4), call(1), sleep(2), call(3) }
    assert.same({ "1", 2, "3", 4, "5" }, order)
    assert.equal(5, driver.elapsed)
  end)

  it("hands on what a call could not even begin with", function()
    local port = scheduler.port(overlapping())
    local results = run { function() return port.send({ url = "refused" }, 30) end }
    assert.same({ { nil, "no way" } }, results)
  end)

  it("blocks outside a task", function()
    local driver = overlapping()
    local port = scheduler.port(driver)
    assert.equal(200, port.send({ url = "x", headers = {} }, 30).status)
    port.sleep(7)
    assert.same({ 7 }, driver.sleeps)
  end)

  it("passes on the rest of a driver", function()
    local driver = scripted.new { { status = 200 } }
    assert.equal(driver.wall(), scheduler.port(driver).wall())
  end)

  it("wakes a sleeper before its time, once", function()
    local driver = scripted.new { { status = 200 } }
    local port = scheduler.port(driver)
    local sleeper, times = nil, {}
    run {
      function()
        sleeper = scheduler.current()
        port.sleep(50)
        times[#times + 1] = port.now()
        port.sleep(10)
        times[#times + 1] = port.now()
      end,
      function()
        port.sleep(3)
        scheduler.wake(sleeper)
        scheduler.wake(sleeper)
      end,
    }
    assert.same({ 3, 13 }, times)
    scheduler.wake(sleeper) -- it has ended
  end)

  it("does not wake what waits for an answer", function()
    local port = scheduler.port(overlapping())
    local caller, url
    run {
      function()
        caller = scheduler.current()
        url = port.send({ url = "5" }, 30).url
      end,
      function()
        port.sleep(1)
        scheduler.wake(caller)
      end,
    }
    assert.equal("5", url)
  end)

  it("resumes what has suspended itself, with values", function()
    local waiter
    local results = run {
      function()
        waiter = scheduler.current()
        local a, b = scheduler.suspend()
        return a, b
      end,
      function() scheduler.resume(waiter, "x", "y") end,
    }
    assert.same({ "x", "y" }, results[1])
  end)

  it("ends the calls of a driver that is closed", function()
    local driver, closed = overlapping(), 0
    function driver.close() closed = closed + 1 end
    local port = scheduler.port(driver)
    local results = run {
      function() return port.send({ url = "5" }, 30) end,
      function()
        port.sleep(1)
        port.close()
        return "closed"
      end,
    }
    assert.equal(1, closed)
    assert.equal("closed", results[2][1])
    assert.is_nil(results[1][1])
    assert.equal("transport", results[1][2].kind)
    assert.equal("aborted", results[1][2].reason)
  end)

  it("makes no port of a port", function()
    local port = scheduler.port(overlapping())
    assert.equal(port, scheduler.port(port))
  end)
end)

describe("scheduler.pcall", function()
  it("is pcall outside a task", function()
    assert.same({ true, 1, 2 }, { scheduler.pcall(function(...) return ... end, 1, 2) })
    assert.same({ false, "x" }, { scheduler.pcall(error, "x", 0) })
  end)

  it("lets a task wait inside it, in several layers", function()
    local port = scheduler.port(scripted.new { { status = 200 } })
    local results = run {
      function()
        local ok, inner = scheduler.pcall(function()
          port.sleep(1)
          local task = scheduler.current()
          local fine, why = scheduler.pcall(function()
            port.sleep(1)
            assert(scheduler.current() == task)
            error("deep", 0)
          end)
          port.sleep(1)
          return { fine, why }
        end)
        return { ok, inner, port.now() }
      end,
    }
    assert.same({ { { true, { false, "deep" }, 3 } } }, results)
  end)
end)
