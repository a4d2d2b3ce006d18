--- Lets several calls wait at the same time: in a task, whatever waits yields to the loop that runs
--- them all. Outside a task everything blocks as usual.
local errors = require "graphinvite.errors"
local loops = require "graphinvite.loop"

local M = {}

local current, wait = loops.current, loops.wait

M.current = current
M.run = loops.run
M.suspend = wait

--- The loop of the running task, or a new one.
---@return table loop
function M.loop()
  local task = current()
  return task and task.loop or loops.new()
end

--- Ends the wait of a task that has suspended itself: it goes on when its turn comes.
---@param task table
---@param value any what suspend returns there
---@param err any
function M.resume(task, value, err)
  local ready = task.loop.ready
  task.value, task.err = value, err
  ready[#ready + 1] = task
end

--- Ends the sleep of a task before its time. Harmless where it does not sleep.
---@param task table
function M.wake(task)
  local sleepers = task.loop.sleepers
  for i, sleeper in ipairs(sleepers) do
    if sleeper == task then
      table.remove(sleepers, i)
      return M.resume(task)
    end
  end
end

-- Ends what waits for an answer of a driver that has been closed.
local function abort(driver)
  for handle, task in pairs(driver.waiting) do
    driver.waiting[handle] = nil
    M.resume(task, errors.fail("transport", "the transport was closed before the answer came", {
      reason = "aborted", sent = true,
    }))
  end
end

--- A transport that yields inside tasks: the way in to the loop for everything above it.
---@param driver graphinvite.Transport
---@return graphinvite.Transport
function M.port(driver)
  if driver.yields then
    return driver
  end
  local port = setmetatable({ driver = driver, yields = true }, { __index = driver })
  driver.waiting = driver.waiting or {} -- handle = task; kept there because loops may share it

  function port.send(request, timeout, spare)
    local task = driver.start and current()
    if not task then
      return driver.send(request, timeout, spare)
    end
    local handle, err = driver.start(request, timeout, spare)
    if not handle then
      return nil, err
    end
    local drivers = task.loop.drivers
    if not drivers[driver] then
      drivers[driver] = true
      drivers[#drivers + 1] = driver
    end
    driver.waiting[handle] = task
    return wait()
  end

  function port.sleep(seconds)
    local task = current()
    if not task then
      return driver.sleep(seconds)
    end
    task.wake_at, task.clock = driver.now() + seconds, driver
    table.insert(task.loop.sleepers, task)
    wait()
  end

  function port.close()
    if driver.close then
      driver.close()
      abort(driver)
    end
  end

  return port
end

-- Forwards what a coroutine inside a task yields to the task's own loop, until it has ended.
local function forward(co, ok, ...)
  if coroutine.status(co) == "suspended" then
    return forward(co, coroutine.resume(co, coroutine.yield(...)))
  end
  return ok, ...
end

--- pcall through which a task can wait on every Lua.
---@param f function
---@return boolean ok
---@return any ...
function M.pcall(f, ...)
  local task = current()
  if not task then
    return pcall(f, ...)
  end
  local co = coroutine.create(f)
  loops.adopt(co, task)
  return forward(co, coroutine.resume(co, ...))
end

return M
