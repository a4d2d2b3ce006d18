--- Lets several calls wait at the same time: tasks are coroutines, and whatever waits inside one
--- yields to the loop that runs them all. Outside a task everything blocks as usual.
local errors = require "graphinvite.errors"

local M = {}

local co_resume, co_running, co_yield = coroutine.resume, coroutine.running, coroutine.yield

local WAIT = {} -- what a task yields, so that no other yield is taken for one of ours

local running -- the task that runs

---@return table? task the one that is running, nil outside all tasks
local function current()
  if running and co_running() == running.innermost then
    return running
  end
end
M.current = current

local Loop = {}
Loop.__index = Loop

-- Lua 5.1's own words, which tell its user nothing.
local CANNOT_YIELD = "attempt to yield across metamethod/C%-call boundary"

local function finish(task, ok, value, err)
  if ok and coroutine.status(task.co) ~= "dead" then
    ok, value = false, "a task has yielded: in it, only calls and sleep may wait"
  end
  if ok then
    return task.finished(value, err)
  end
  if tostring(value):find(CANNOT_YIELD) then
    value = "on Lua 5.1 neither pcall nor a for over a list may surround a call in a task: "
      .. "use graphinvite.pcall and list:next()"
  end
  task.finished(nil, value == nil and "nil was raised" or value)
end

--- Lets a task begin or go on, until it waits or has ended.
---@param task table
---@param a any what its work gets, or what its wait returns
---@param b any
local function run(task, a, b)
  local outer = running
  running = task
  local ok, value, err = co_resume(task.co, a, b)
  running = outer
  if value ~= WAIT then
    finish(task, ok, value, err)
  end
end
M.run = run

--- Makes a task, which M.run begins. finished(value, err) is called when it has ended; an error
--- that was raised in it is then err.
---@param work fun(a: any, b: any): any, any
---@param finished fun(value: any, err: any)
---@return table task
function Loop:spawn(work, finished)
  local co = coroutine.create(work)
  return { loop = self, finished = finished, co = co, innermost = co }
end

local function run_ready(self)
  local task = self.ready[self.first]
  self.first = self.first + 1
  if not self.ready[self.first] then
    self.ready, self.first = {}, 1
  end
  run(task, task.value, task.err)
end

-- The place of the sleeper to wake next, and in how many seconds.
local function earliest(sleepers)
  local place, left
  for i = 1, #sleepers do
    local wait = sleepers[i].wake_at - sleepers[i].clock.now()
    if not left or wait < left then
      place, left = i, wait
    end
  end
  return place, left
end

local TURN = 0.005 -- seconds for each driver when a loop has several
local LONG = 3600 -- seconds; an answer or a time-out comes before

-- Takes an answer from each driver, waiting for at most so many seconds. Who waits for it goes on,
-- be it a task of another loop. Tells whether one did; nil where no answer is to come.
local function land(drivers, seconds)
  local landed
  if drivers[2] then
    seconds = math.min(seconds, TURN)
  end
  for i = 1, #drivers do
    local driver = drivers[i]
    local waiting = driver.waiting
    if next(waiting) ~= nil then
      local handle, response, err = driver.next(seconds)
      local task = waiting[handle]
      landed = landed or task ~= nil
      if task then
        waiting[handle] = nil
        run(task, response, err)
      end
    end
  end
  return landed
end

--- Does one thing: lets a task go on, or waits for an answer or a sleeper.
---@param limit number? seconds that it may wait at the most
---@return boolean? moved false when nothing came of the wait, nil when there is nothing to wait for
function Loop:step(limit)
  if self.ready[self.first] then
    run_ready(self)
    return true
  end
  local place, left
  if self.sleepers[1] then
    place, left = earliest(self.sleepers)
  end
  if place and left <= 0 then
    run(table.remove(self.sleepers, place))
    return true
  end
  local wait = limit or LONG
  if place and left < wait then
    wait = left
  end
  local moved = land(self.drivers, wait)
  if moved == nil then
    if not place then
      return nil
    end
    self.sleepers[place].clock.sleep(wait)
  end
  return moved or wait == left
end

--- What to watch in a loop of another library before step(0) is called again.
---@return { fd: integer, events: "r"|"w"|"rw" }[] fds
---@return number? seconds after which step(0) is due anyway
function Loop:fds()
  local list, due = {}, self.ready[self.first] and 0 or select(2, earliest(self.sleepers))
  for _, driver in ipairs(self.drivers) do
    local fds, seconds = driver.fds()
    for _, each in ipairs(fds) do
      list[#list + 1] = each
    end
    due = math.min(due or LONG, seconds or LONG)
  end
  return list, due and math.max(due, 0)
end

--- The loop of the running task, or a new one.
---@return table loop
function M.loop()
  local task = current()
  return task and task.loop or setmetatable({
    ready = {}, -- tasks to go on with, from first
    first = 1,
    sleepers = {}, -- tasks, in the order in which they fell asleep
    drivers = {}, -- those that have had a call, as an array and as a set
  }, Loop)
end

--- Inside a task: lets others run until resume is called with the task.
---@return any value, any err what resume was given
function M.suspend()
  return co_yield(WAIT)
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

  function port.send(request, timeout)
    local task = driver.start and current()
    if not task then
      return driver.send(request, timeout)
    end
    local handle, err = driver.start(request, timeout)
    if not handle then
      return nil, err
    end
    local drivers = task.loop.drivers
    if not drivers[driver] then
      drivers[driver] = true
      drivers[#drivers + 1] = driver
    end
    driver.waiting[handle] = task
    return co_yield(WAIT)
  end

  function port.sleep(seconds)
    local task = current()
    if not task then
      return driver.sleep(seconds)
    end
    task.wake_at, task.clock = driver.now() + seconds, driver
    table.insert(task.loop.sleepers, task)
    co_yield(WAIT)
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
local function forward(task, outer, co, ok, ...)
  if coroutine.status(co) == "suspended" then
    return forward(task, outer, co, co_resume(co, co_yield(...)))
  end
  task.innermost = outer
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
  local outer, co = task.innermost, coroutine.create(f)
  task.innermost = co
  return forward(task, outer, co, co_resume(co, ...))
end

return M
