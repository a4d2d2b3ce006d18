--- client:parallel: the same work on many items, several at a time.
local errors = require "graphinvite.errors"
local scheduler = require "graphinvite.scheduler"

local M = {}

local CONCURRENCY = 16
local AHEAD = 4 -- ordered: how many times the concurrency may be begun before the first result

---@class graphinvite.ParallelOptions
---@field concurrency integer? how many items are worked on at a time (16)
---@field ordered boolean? results come in the order of the items

---@class graphinvite.Parallel
---@operator call: any
local Run = { __name = "graphinvite.Parallel" }
Run.__index = Run

local function is_callable(value)
  local mt = type(value) ~= "function" and getmetatable(value)
  return type(value) == "function" or type(mt) == "table" and mt.__call ~= nil
end

-- A function that gives the items one by one.
local function source(items)
  if is_callable(items) then
    return items
  end
  local i = 0
  return function()
    i = i + 1
    return items[i]
  end
end

-- A worker has one item at a time: it works on it, and holds the result until that is taken.
local function deliver(run, worker, value, err)
  if value == nil and err == nil then
    value = true
  end
  worker.value, worker.err = value, err
  run.active = run.active - 1
  local before = run.results
  while before.next and not (run.ordered and before.next.index > worker.index) do
    before = before.next
  end
  worker.next, before.next = before.next, worker
  if run.waiter then
    scheduler.resume(run.waiter)
    run.waiter = nil
  end
end

-- Gives a worker a task. What raises ends it: then the worker gets another one for the next item.
local function equip(run, worker)
  local work, client, rest = run.work, run.client, run.loop.rest
  worker.task = run.loop:spawn(function(item)
    repeat
      deliver(run, worker, work(item, client))
      item = rest()
    until item == nil
  end, function(_, err)
    worker.task = nil
    if err ~= nil then
      deliver(run, worker, nil, err)
    end
  end)
end

-- Begins the next item. A list that fails in the middle gives false and an error.
local function begin(run)
  local item, err = run.items()
  if item == nil then
    run.exhausted = true
    return
  end
  local worker = run.idle or {}
  run.idle = worker.next
  run.begun = run.begun + 1
  run.active = run.active + 1
  worker.index = run.begun
  if item == false and err ~= nil then
    run.exhausted = true
    return deliver(run, worker, nil, err)
  end
  if not worker.task then
    equip(run, worker)
  end
  run.loop:run(worker.task, item)
end

local function may_begin(run)
  return run.active < run.concurrency and not run.exhausted
    and not (run.ordered and run.begun - run.taken >= AHEAD * run.concurrency)
end

-- The worker with the next result, if there is one.
local function next_result(run)
  local worker = run.results.next
  if worker and (not run.ordered or worker.index == run.taken + 1) then
    return worker
  end
end

local function take(run, worker)
  run.taken = run.taken + 1
  run.results.next = worker.next
  worker.next, run.idle = run.idle, worker
  return worker.index, worker.value, worker.err
end

-- Lets tasks go on. Tells whether a result may have come, or may still.
local function go_on(run, limit)
  local task = run.within and scheduler.current()
  if task and task.loop == run.loop then
    run.waiter = task
    scheduler.suspend()
    return true
  end
  local moved = run.loop:step(limit)
  return moved or moved == false and not limit
end

--- The next result. Waits for it; inside a task others run meanwhile.
---@param limit number? seconds to wait at the most, for programs with a loop of their own
---@return integer? index of the item; nil when all are done, or none within the limit
---@return any value
---@return graphinvite.Error? err
function Run:step(limit)
  while true do
    local worker = next_result(self)
    if worker then
      return take(self, worker)
    elseif may_begin(self) then
      begin(self)
    elseif self.active == 0 or not go_on(self, limit) then
      return nil
    end
  end
end

Run.__call = Run.step

--- Tells whether every item has been worked on and every result been taken.
---@return boolean
function Run:done()
  return self.exhausted and self.active == 0 and not self.results.next
end

--- What to watch in a loop of another library before step(0) is called again.
---@return { fd: integer, events: "r"|"w"|"rw" }[] fds
---@return number? seconds after which step(0) is due anyway
function Run:fds()
  if may_begin(self) or next_result(self) then
    return {}, 0
  end
  return self.loop:fds()
end

--- Begins no further item. Those that have begun come to their end.
function Run:cancel()
  self.exhausted = true
end

---@param client graphinvite.Client
---@param items table|function array, or a function that returns the next item, nil at the end
---@param work fun(item: any, client: graphinvite.Client): any, graphinvite.Error?
---@param given graphinvite.ParallelOptions?
---@return graphinvite.Parallel run for index, value, err in run do
function M.run(client, items, work, given)
  given = given or {}
  for name in pairs(given) do
    if name ~= "concurrency" and name ~= "ordered" then
      errors.misuse("parallel has the options concurrency and ordered, not " .. tostring(name))
    end
  end
  if type(items) ~= "table" and not is_callable(items) then
    errors.misuse("parallel takes an array or an iterator function, this is a " .. type(items))
  end
  if not is_callable(work) then
    errors.misuse("parallel takes a function that does the work, this is a " .. type(work))
  end
  local transport = client.transport or {}
  local concurrency = given.concurrency or CONCURRENCY
  if type(concurrency) ~= "number" or concurrency < 1 then
    errors.misuse "option concurrency is a number from 1 on"
  end
  return setmetatable({
    client = client,
    items = source(items),
    work = work,
    concurrency = (transport.start or transport.overlaps) and concurrency or 1,
    ordered = given.ordered,
    loop = transport.overlaps and require("graphinvite.light").new() or scheduler.loop(),
    within = scheduler.current() ~= nil, -- a task: then the loop is that task's
    results = {}, -- and its next: the workers that have one, in the order in which they are taken
    idle = nil, -- the workers that have nothing, linked by next
    begun = 0,
    active = 0,
    taken = 0,
    exhausted = false,
  }, Run)
end

return M
