local emulators = require "graphinvite.emulator"

local function request(path)
  return { method = "GET", url = "https://graph.microsoft.com/v1.0" .. path, headers = {} }
end

describe("emulator's driver", function()
  local emulator, driver

  before_each(function()
    emulator = emulators.new()
    driver = emulator:transport()
  end)

  it("gives the answers of overlapping calls in the order in which they are there", function()
    for _, seconds in ipairs { 7, 3, 0 } do
      emulator:fail_next { fault = "stall", seconds = seconds }
    end
    local slow, quick, now = driver.start(request "/users", 30), driver.start(request "/users", 30),
      driver.start(request "/users", 30)
    local last = driver.start(request "/invitations/$count", 30)
    for _, wanted in ipairs { { now, 0 }, { last, 0 }, { quick, 3 }, { slow, 7 } } do
      local handle, response = driver.next(30)
      assert.equal(wanted[1], handle)
      assert.equal(200, response.status)
      assert.equal(wanted[2], driver.now())
    end
    assert.is_nil((driver.next(30)))
    assert.equal(7, driver.now())
  end)

  it("waits for no answer longer than it is told, and than its request may take", function()
    emulator:fail_next { fault = "stall", seconds = 100 }
    local handle = driver.start(request "/users", 10)
    assert.is_nil((driver.next(4)))
    assert.is_nil((driver.next(0)))
    assert.equal(4, driver.now())
    local ended, response, err = driver.next()
    assert.equal(handle, ended)
    assert.is_nil(response)
    assert.equal("timeout", err.reason)
    assert.is_true(err.sent)
    assert.equal(10, driver.now())
  end)

  it("says when an answer is due", function()
    assert.is_nil(select(2, driver.fds()))
    emulator:fail_next { fault = "stall", seconds = 7 }
    driver.start(request "/users", 30)
    assert.equal(7, select(2, driver.fds()))
    driver.start(request "/users", 30)
    local fds, seconds = driver.fds()
    assert.same({}, fds)
    assert.equal(0, seconds)
  end)

  it("costs a stalled call its time, at the most what it may take", function()
    for seconds, cost in pairs { [3] = 3, [50] = 10 } do
      local before = driver.now()
      emulator:fail_next { fault = "stall", seconds = seconds }
      local response = driver.send(request "/users", 10)
      assert.equal(seconds == cost, response ~= nil)
      assert.equal(cost, driver.now() - before)
    end
  end)

  it("waits in a real clock's time", function()
    local clock = require("graphinvite.core").clock
    driver = emulators.new({ clock = "real" }):transport()
    local before = clock()
    driver.sleep(0.01)
    assert.is_true(clock() - before >= 0.01)
  end)
end)
