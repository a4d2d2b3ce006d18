--- Who asks for a token just now: the tasks of a loop that need the same one wait for it.
local errors = require "graphinvite.errors"
local scheduler = require "graphinvite.scheduler"

local M = {}

local FOREVER = 1e9 -- seconds; a timer of a foreign loop can hold them

local Turns = {}
Turns.__index = Turns

--- How long a call waits for another one's token. A person who signs in has all the time.
---@param source graphinvite.TokenSource
---@param call graphinvite.Exchange
---@return number seconds
function M.patience(source, call)
  return source.interactive and FOREVER or math.max(0, call.deadline - call.transport.now())
end

--- The answer of one whose own time was over while it waited.
---@return table answer
function M.over()
  local message = "the time was over before another task had got the token"
  return { over = errors.new("deadline", message, { retriable = true }) }
end

-- Waits for the task that is asking.
local function wait_for(asked, source, call)
  local task = scheduler.current()
  asked[#asked + 1] = task
  call.transport.sleep(M.patience(source, call))
  if asked.answer then
    return asked.answer
  end
  for i = #asked, 1, -1 do
    if asked[i] == task then
      table.remove(asked, i)
    end
  end
  return M.over()
end

--- Gives the turn to ask, which finish ends; or waits for the end of another one's and gives the
--- answer that it had. Only a task of the same loop is waited for: another loop may never run
--- again.
---@param key string
---@param source graphinvite.TokenSource
---@param call graphinvite.Exchange
---@return table? turn
---@return table? answer
function Turns:take(key, source, call)
  local asked, task = self.asking[key], scheduler.current()
  if asked and task and asked.loop == task.loop then
    return nil, wait_for(asked, source, call)
  end
  local turn = { loop = task and task.loop }
  self.asking[key] = turn
  return turn
end

---@param key string
---@param turn table
---@param answer table
function Turns:finish(key, turn, answer)
  turn.answer = answer
  self.asking[key] = nil
  for _, waiting in ipairs(turn) do
    scheduler.wake(waiting)
  end
end

---@return table turns
function M.new()
  return setmetatable({ asking = {} }, Turns)
end

return M
