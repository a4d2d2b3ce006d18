--- Lets several calls wait at the same time: tasks are coroutines, and whatever waits inside one
--- yields to the loop that runs them all. Outside a task everything blocks as usual.
local M = {}

local unpack = table.unpack or unpack -- luacheck: ignore

local live = 0 -- tasks that have begun and not ended
local task_of = setmetatable({}, { __mode = "k" }) -- coroutine = task

---@return table? task the one that is running, nil outside all tasks
function M.current()
  if live == 0 then
    return nil
  end
  local co = coroutine.running()
  return co and task_of[co]
end

local Loop = {}
Loop.__index = Loop

local function new_loop()
  return setmetatable({
    ready = {}, -- { task, values the task's wait returns }, from first to last
    first = 1,
    last = 0,
    sleepers = {}, -- task = time to wake, by the clock of its driver
    flights = {}, -- driver = { handle = task }
    flying = {}, -- driver = how many
  }, Loop)
end

local function make_ready(loop, task, ...)
  loop.last = loop.last + 1
  loop.ready[loop.last] = { task, ... }
end

-- Lua 5.1's own words, which tell its user nothing.
local CANNOT_YIELD = "attempt to yield across metamethod/C%-call boundary"

local function finish(task, ok, value, err)
  if ok then
    return task.finished(value, err)
  end
  if tostring(value):find(CANNOT_YIELD) then
    value = "on Lua 5.1 neither pcall nor a for over a list may surround a call in a task: "
      .. "use graphinvite.pcall and list:next()"
  end
  task.finished(nil, value == nil and "nil was raised" or value)
end

local function resume(task, ...)
  local co = task.co
  local ok, value, err = coroutine.resume(co, ...)
  if coroutine.status(co) == "dead" then
    live = live - 1
    task_of[co] = nil -- weak keys alone do not free it on 5.1, where the value holds the key
    finish(task, ok, value, err)
  end
end

--- Begins a task. finished(value, err) is called when it has ended; an error that was raised in
--- it is then err.
---@param work fun(...): any, any
---@param finished fun(value: any, err: any)
---@param ... any what work gets
function Loop:spawn(work, finished, ...)
  local task = { loop = self, finished = finished, co = coroutine.create(work) }
  task_of[task.co] = task
  live = live + 1
  make_ready(self, task, ...)
end

local function run_ready(self)
  local entry = self.ready[self.first]
  self.ready[self.first] = nil
  self.first = self.first + 1
  resume(unpack(entry, 1, 4))
end

-- The sleeper to wake next, and in how many seconds.
local function earliest(self)
  local task, left
  for sleeper, sleep in pairs(self.sleepers) do
    local wait = sleep.at - sleep.driver.now()
    if not left or wait < left or (wait == left and sleep.order < self.sleepers[task].order) then
      task, left = sleeper, wait
    end
  end
  return task, left
end

local function wake(self, task)
  self.sleepers[task] = nil
  make_ready(self, task)
end

-- Takes what one driver has finished, waiting for at most timeout seconds.
local function land(self, driver, timeout)
  local handle, response, err = driver.next(timeout)
  local task = handle and self.flights[driver][handle]
  if not task then
    return -- nothing yet, or the answer to a call that nobody waits for any more
  end
  self.flights[driver][handle] = nil
  self.flying[driver] = self.flying[driver] > 1 and self.flying[driver] - 1 or nil
  make_ready(self, task, response, err)
end

local TURN = 0.005 -- seconds for each driver while several have calls in flight
local LONG = 3600 -- seconds; an answer or a time-out comes before

--- Does one thing: runs a task, or waits for an answer or a sleeper.
---@param limit number? seconds that it may wait at the most
---@return boolean moved false when there is nothing left to do
function Loop:step(limit)
  if self.ready[self.first] then
    run_ready(self)
    return true
  end
  local sleeper, left = earliest(self)
  if sleeper and left <= 0 then
    wake(self, sleeper)
    return true
  end
  local wait = math.min(left or LONG, limit or LONG)
  local driver = next(self.flying)
  if not driver then
    if not sleeper then
      return false
    end
    self.sleepers[sleeper].driver.sleep(wait)
    return true
  end
  if not next(self.flying, driver) then
    land(self, driver, wait)
    return true
  end
  for each in pairs(self.flying) do
    land(self, each, math.min(wait, TURN))
  end
  return true
end

--- The loop of the running task, or a new one.
---@return table loop
function M.loop()
  local task = M.current()
  return task and task.loop or new_loop()
end

--- Inside a task: lets others run until resume is called with the task.
---@return any ... what resume was given
function M.suspend()
  return coroutine.yield()
end

--- Ends the wait of a task that has suspended itself.
---@param task table
---@param ... any what suspend returns there
function M.resume(task, ...)
  make_ready(task.loop, task, ...)
end

--- Ends the sleep of a task before its time. Harmless where it does not sleep.
---@param task table
function M.wake(task)
  if task.loop.sleepers[task] then
    wake(task.loop, task)
  end
end

local orders = 0

--- A transport that yields inside tasks: the way in to the loop for everything above it.
---@param driver graphinvite.Transport
---@return graphinvite.Transport
function M.port(driver)
  local port = setmetatable({ driver = driver }, { __index = driver })

  function port.send(request, timeout)
    local task = driver.start and M.current()
    if not task then
      return driver.send(request, timeout)
    end
    local handle, err = driver.start(request, timeout)
    if not handle then
      return nil, err
    end
    local loop = task.loop
    loop.flights[driver] = loop.flights[driver] or {}
    loop.flights[driver][handle] = task
    loop.flying[driver] = (loop.flying[driver] or 0) + 1
    return coroutine.yield()
  end

  function port.sleep(seconds)
    local task = M.current()
    if not task then
      return driver.sleep(seconds)
    end
    orders = orders + 1
    task.loop.sleepers[task] = { at = driver.now() + seconds, driver = driver, order = orders }
    coroutine.yield()
  end

  return port
end

-- Forwards what a coroutine inside a task yields to the task's own loop.
local function forward(co, ok, ...)
  if coroutine.status(co) == "suspended" then
    return forward(co, coroutine.resume(co, coroutine.yield(...)))
  end
  task_of[co] = nil
  return ok, ...
end

--- pcall through which a task can wait on every Lua.
---@param f function
---@return boolean ok
---@return any ...
function M.pcall(f, ...)
  local task = M.current()
  if not task then
    return pcall(f, ...)
  end
  local co = coroutine.create(f)
  task_of[co] = task
  return forward(co, coroutine.resume(co, ...))
end

return M
