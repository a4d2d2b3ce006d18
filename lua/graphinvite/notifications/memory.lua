--- What a hub of notifications remembers, in one process: how operations have ended, and the tasks
--- that wait for that. An ending is { keys, operation, owner }; owner is the key of the operation
--- that it was found to be about.
local scheduler = require "graphinvite.scheduler"

local M = {}

local REMEMBERED = 1000 -- ended operations that a later wait still finds
local LOOK = 0.05 -- seconds between two looks of a light thread of nginx

local Memory = {}
Memory.__index = Memory

---@param key string
---@return table? ending
function Memory:find(key)
  return self.ended[key]
end

--- Keeps an ending under its keys; the oldest one is forgotten.
---@param ending table
function Memory:keep(ending)
  local oldest = self.order[self.at]
  for _, key in ipairs(oldest and oldest.keys or {}) do
    if self.ended[key] == oldest then
      self.ended[key] = nil
    end
  end
  for _, key in ipairs(ending.keys) do
    self.ended[key] = ending
  end
  self.order[self.at] = ending
  self.at = self.at % REMEMBERED + 1
end

--- Says which operation an ending is about.
---@param ending table
---@param key string
function Memory:claim(ending, key) -- luacheck: no self
  ending.owner = key
end

---@param key string
---@return boolean
function Memory:is_awaited(key)
  return self.waiting[key] ~= nil
end

--- Wakes those who wait under any of the keys.
---@param keys string[]
function Memory:wake(keys)
  for _, key in ipairs(keys) do
    local waiters = self.waiting[key] or {}
    self.waiting[key] = nil
    for _, waiter in ipairs(waiters) do
      if waiter.loop then
        scheduler.wake(waiter)
      else
        waiter.woken = true
      end
    end
  end
end

-- What a light thread of nginx does for some seconds, or until somebody says that it is woken.
local function doze(waiter, transport, seconds)
  local finish, left = transport.now() + seconds, seconds
  while left > 0 and not waiter.woken do
    transport.sleep(math.min(LOOK, left))
    left = finish - transport.now()
  end
end

--- Waits for at most some seconds, inside a task only until it is woken.
---@param keys string[]
---@param transport graphinvite.Transport
---@param seconds number
function Memory:wait(keys, transport, seconds)
  local task = scheduler.current()
  local waiter = task or transport.overlaps and {}
  if not waiter then
    return transport.sleep(seconds)
  end
  for _, key in ipairs(keys) do
    self.waiting[key] = self.waiting[key] or {}
    table.insert(self.waiting[key], waiter)
  end
  if task then
    transport.sleep(seconds)
  else
    doze(waiter, transport, seconds)
  end
  for _, key in ipairs(keys) do
    local waiters = self.waiting[key] or {}
    for i = #waiters, 1, -1 do
      if waiters[i] == waiter then
        table.remove(waiters, i)
      end
    end
    self.waiting[key] = waiters[1] and waiters or nil
  end
end

---@return table memory
function M.new()
  return setmetatable({
    ended = {}, -- key = ending
    order = {}, -- endings, the next to be forgotten at `at`
    at = 1,
    waiting = {}, -- key = tasks
  }, Memory)
end

return M
