--- Waits for an operation of a call (reference 6.1).
local errors = require "graphinvite.errors"

local M = {}

local DEADLINE = 90 -- seconds; an unanswered invitation ends by itself after about 60
local FIRST, FACTOR, LONGEST = 0.5, 1.5, 5 -- seconds between two looks, growing
local TERMINAL = { completed = true, failed = true }

--- Tells how an operation has ended, whatever the casing of its status.
---@param op table
---@return "completed"|"failed"|nil
function M.ended(op)
  local status = type(op.status) == "string" and op.status:lower()
  return TERMINAL[status] and status or nil
end

-- The code and subcode that a message ends with: "DiagCode: 412#10073.@".
local function diagnosis(message)
  local code, subcode = (message or ""):match("DiagCode:%s*(%d+)#(%d+)")
  return code and { code = tonumber(code), subcode = tonumber(subcode) } or nil
end

-- An integer that is a number or a text of digits.
local function whole(value)
  local number = tonumber(value)
  return number and number % 1 == 0 and number or nil
end

--- What a final operation comes to: itself, or the error of a failed one.
---@param op table
---@return table? operation
---@return graphinvite.Error?
function M.outcome(op)
  if M.ended(op) == "completed" then
    return op
  end
  local info = type(op.resultInfo) == "table" and op.resultInfo or {}
  local message = type(info.message) == "string" and info.message or nil
  local code, subcode = whole(info.code), whole(info.subcode)
  return errors.fail("graph", message or "the operation failed", {
    code = code and ("%d"):format(code),
    result = {
      code = code,
      subcode = subcode,
      message = message,
      diag = diagnosis(message),
    },
    retriable = false,
  })
end

local function look(self, id, left, given)
  local options = {}
  for name, value in pairs(given) do
    options[name] = value
  end
  options.interval, options.notifications = nil, nil
  options.deadline = math.min(left, self.client.settings.deadline)
  return self:get(id, options)
end

local function vanished(err)
  return errors.fail("graph", "the operation has ended and its result is gone", {
    status = 404,
    code = err.code,
    inner = err,
    retriable = false,
    hint = "a notification would have told; look at the call's participants",
  })
end

-- Looks once. Returns the operation as it is now; or nil, the error, and true where that ends the
-- wait.
local function poll(self, known, left, given)
  local current, err = look(self, known.id, left, given)
  if current then
    known.alive, known.clientContext = true, known.clientContext or current.clientContext
    return current
  elseif err.status == 404 and known.alive then
    err = select(2, vanished(err))
  end
  return nil, err, err.retriable ~= true
end

-- Pauses, then tells the operation's end where a notification has told it.
local function rest(known, transport, pause, hub)
  if not hub then
    transport.sleep(pause)
    return nil
  end
  hub:wait(known, transport, pause)
  return hub:outcome(known)
end

--- Polls an operation until it is completed or failed; with the option notifications, a hub of
--- graphinvite.notifications, no longer than until its end is told.
---@param self table call.operations
---@param op table|string the operation, or its id
---@param given table? deadline (90) and interval (0.5 growing to 5) in seconds; a call's options
---@return table? operation the completed one
---@return graphinvite.Error? err a failed operation's resultInfo is err.result
function M.wait(self, op, given)
  given = given or {}
  self.client:resolve(given) -- raises where an option is wrong
  local transport = self.client.transport
  local hub = given.notifications
  local known = type(op) == "table"
      and { id = op.id, clientContext = op.clientContext, alive = true } -- it has been there
    or { id = op }
  if type(known.id) ~= "string" then
    errors.misuse("wait takes an operation or its id, this is a " .. type(op))
  elseif hub and type(hub.outcome) ~= "function" then
    errors.misuse "option notifications is a hub that graphinvite.notifications.new gives"
  end
  local finish = transport.now() + (given.deadline or DEADLINE)
  local pause = given.interval or FIRST
  if type(op) == "table" and M.ended(op) then
    return M.outcome(op)
  end
  local told = hub and hub:outcome(known)
  while not told do
    local left = finish - transport.now()
    if left <= (hub and 0 or pause) then
      local message = ("the operation has not ended within %g s"):format(given.deadline or DEADLINE)
      return errors.fail("deadline", message, { retriable = true })
    end
    told = rest(known, transport, math.min(pause, left), hub)
    left = finish - transport.now()
    if not told and left > 0 then
      local current, err, final = poll(self, known, left, given)
      told = hub and hub:outcome(known) -- it may have come meanwhile
      if current and M.ended(current) then
        return M.outcome(current)
      elseif final and not told then
        return nil, err
      end
    end
    pause = given.interval or math.min(LONGEST, pause * FACTOR)
  end
  return M.outcome(told)
end

return M
