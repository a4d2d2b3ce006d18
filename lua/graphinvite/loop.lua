--- Runs tasks, which are coroutines, and waits for what they wait for: answers and times.
local M = {}

local co_resume, co_running, co_yield = coroutine.resume, coroutine.running, coroutine.yield

local WAIT = {} -- what a task yields, so that no other yield is taken for one of ours

-- The task that a coroutine belongs to. Inside nginx one may wait there while others run, so it is
-- not enough to know which one was begun last.
local tasks = setmetatable({}, { __mode = "kv" })
local any = false -- most programs have no task at all: that need not be looked up at each call

--- The task that is running, nil outside all tasks.
---@return table? task
function M.current()
  return any and tasks[co_running()] or nil
end

--- Makes a coroutine a part of a task.
---@param co thread
---@param task table
function M.adopt(co, task)
  any, tasks[co] = true, task
end

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
  local ok, value, err = co_resume(task.co, a, b)
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
  local task = { loop = self, finished = finished, co = co }
  M.adopt(co, task)
  return task
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

--- Begins a task of this loop, or lets it go on.
---@param task table
---@param item any
function Loop.run(_, task, item)
  run(task, item)
end

--- Inside a task that has done its work: waits for the next item.
---@return any item nil where the task is to end
function Loop.rest()
  return (co_yield(WAIT))
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

--- Inside a task: lets others run until somebody runs it again.
---@return any a, any b what M.run was given
function M.wait()
  return co_yield(WAIT)
end

---@return table loop
function M.new()
  return setmetatable({
    ready = {}, -- tasks to go on with, from first
    first = 1,
    sleepers = {}, -- tasks, in the order in which they fell asleep
    drivers = {}, -- those that have had a call, as an array and as a set
  }, Loop)
end

return M
