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

local function deliver(run, index, value, err)
  run.active = run.active - 1
  run.results[run.ordered and index or run.last + 1] = { index, value, err }
  run.last = run.last + 1
  if run.waiter then
    local waiter = run.waiter
    run.waiter = nil
    scheduler.resume(waiter)
  end
end

-- Begins the next item. A list that fails in the middle gives false and an error.
local function begin(run)
  local item, err = run.items()
  if item == nil then
    run.exhausted = true
    return
  end
  run.begun = run.begun + 1
  run.active = run.active + 1
  local index = run.begun
  if item == false and err ~= nil then
    run.exhausted = true
    return deliver(run, index, nil, err)
  end
  run.loop:spawn(run.work, function(value, fault)
    if value == nil and fault == nil then
      value = true
    end
    deliver(run, index, value, fault)
  end, item, run.client)
end

local function may_begin(run)
  return not run.exhausted and run.active < run.concurrency
    and not (run.ordered and run.begun - run.taken >= AHEAD * run.concurrency)
end

local function take(run)
  local result = run.results[run.taken + 1]
  if not result then
    return nil
  end
  run.taken = run.taken + 1
  run.results[run.taken] = nil
  return result[1], result[2], result[3]
end

--- The next result. Waits for it; inside a task others run meanwhile.
---@param limit number? seconds to wait at the most, for programs with a loop of their own
---@return integer? index of the item; nil when all are done, or none within the limit
---@return any value
---@return graphinvite.Error? err
function Run:step(limit)
  local task = scheduler.current()
  while true do
    while may_begin(self) do
      begin(self)
    end
    if self.results[self.taken + 1] then
      return take(self)
    end
    if self.active == 0 then
      return nil
    end
    if task then
      self.waiter = task
      scheduler.suspend()
    else
      local moved = self.loop:step(limit)
      if limit and not self.results[self.taken + 1] and not self.loop.ready[self.loop.first] then
        return nil
      end
      if not moved then
        return nil
      end
    end
  end
end

function Run:__call()
  return self:step()
end

--- Tells whether every item has been worked on and every result been taken.
---@return boolean
function Run:done()
  return self.exhausted and self.active == 0 and not self.results[self.taken + 1]
end

--- What to watch in a loop of another library before step(0) is called again.
---@return table fds array of { fd =, events = "r"|"w"|"rw" }
---@return number? seconds after which step(0) is due anyway
function Run:fds()
  local driver = self.client.transport
  if driver.fds then
    return driver.fds()
  end
  return {}
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
  local concurrency = given.concurrency or CONCURRENCY
  if type(concurrency) ~= "number" or concurrency < 1 then
    errors.misuse "option concurrency is a number from 1 on"
  end
  return setmetatable({
    client = client,
    items = source(items),
    work = work,
    concurrency = client.transport and client.transport.start and concurrency or 1,
    ordered = given.ordered,
    loop = scheduler.loop(),
    results = {},
    begun = 0,
    active = 0,
    last = 0,
    taken = 0,
    exhausted = false,
  }, Run)
end

return M
