local scheduler = require "graphinvite.scheduler"
local scripted = require "spec.support.scripted"

-- A driver on a virtual clock whose calls are answered after as many seconds as their URL says.
local function overlapping()
  local driver = scripted.new { { status = 200 } }
  local flights = {}

  function driver.start(request)
    if request.url == "refused" then
      return nil, "no way"
    end
    local flight = { due = driver.elapsed + tonumber(request.url), url = request.url }
    flights[#flights + 1] = flight
    return flight
  end

  function driver.next(timeout)
    local first
    for i, flight in ipairs(flights) do
      if not first or flight.due < flights[first].due then
        first = i
      end
    end
    local due = first and flights[first].due or math.huge
    driver.elapsed = math.min(math.max(due, driver.elapsed), driver.elapsed + timeout)
    if due <= driver.elapsed then
      local flight = table.remove(flights, first)
      return flight, { url = flight.url }
    end
  end

  return driver
end

-- Begins a task. Notes its { value, err } in results when it has ended.
local function begin(loop, work, results, ...)
  local place = #results + 1
  results[place] = false
  scheduler.run(loop:spawn(work, function(value, err)
    results[place] = { value, err }
  end), ...)
end

-- Runs functions as the tasks of one loop. Returns { value, err } of each.
local function run(functions, ...)
  local loop, results = scheduler.loop(), {}
  for _, work in ipairs(functions) do
    begin(loop, work, results, ...)
  end
  while loop:step() ~= nil do end
  return results
end

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
    local tasks = {}
    for i, seconds in ipairs { 3, 1, 2, 1, 0 } do
      tasks[i] = function()
        port.sleep(seconds)
        order[#order + 1] = i
      end
    end
    run(tasks)
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
    local tasks = {}
    for i, driver in ipairs(drivers) do
      local port = scheduler.port(driver)
      tasks[i] = function() return port.send({ url = tostring(i * 0.01) }, 30).url end
    end
    assert.same({ { "0.01" }, { "0.02" } }, run(tasks))
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
