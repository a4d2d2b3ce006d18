--- One operation of a call: how it moves on with the tenant's clock, and how Graph shows it.
-- Reference 6.1: NotStarted or Running, then Completed or Failed, never back.
local core = require "graphinvite.core"

local M = {}

local TYPE = "#microsoft.graph.inviteParticipantsOperation"
-- How a status is written where it is read or told; the answer to an invitation has the schema's
-- spelling. Source: 1.8 docs:participant-invite and FIELD, the first two INF.
local READ_STATUS = {
  NotStarted = "notStarted", Running = "running", Completed = "completed", Failed = "failed",
}

---@class graphinvite.emulator.Operation
---@field id string
---@field body table the members as the caller gave them
---@field started number? seconds since 1970
---@field changes integer? how often a caller has changed it
---@field outcome graphinvite.emulator.Outcome? of an invitation; else the body says its status

local function has_ended(emulator, operation)
  return emulator.clock:wall() >= operation.started + operation.outcome.after
end

--- Tells whether an operation is an invitation that has not ended.
---@param emulator graphinvite.Emulator
---@param operation graphinvite.emulator.Operation
---@return boolean
function M.is_running(emulator, operation)
  return operation.outcome ~= nil and not has_ended(emulator, operation)
end

--- An operation as Graph shows it.
---@param emulator graphinvite.Emulator
---@param operation graphinvite.emulator.Operation
---@return table
function M.value(emulator, operation)
  local shown = { ["@odata.type"] = TYPE, status = "NotStarted" }
  for name, member in pairs(operation.body) do
    shown[name] = member
  end
  shown.id = operation.id
  if operation.outcome and has_ended(emulator, operation) then
    shown.status, shown.resultInfo = operation.outcome.status, operation.outcome.result
  elseif operation.outcome then
    shown.status, shown.resultInfo = "Running", core.null
  end
  return shown
end

--- A number that grows with each change of what Graph shows of an operation.
---@param emulator graphinvite.Emulator
---@param operation graphinvite.emulator.Operation
---@return integer
function M.version(emulator, operation)
  local ended = operation.outcome and has_ended(emulator, operation)
  return 2 * (operation.changes or 0) + (ended and 2 or 1)
end

--- An operation as Graph shows it to who reads it, and tells of it. A status that a caller wrote
--- stays as it is.
---@param emulator graphinvite.Emulator
---@param operation graphinvite.emulator.Operation
---@return table
function M.read_value(emulator, operation)
  local shown = M.value(emulator, operation)
  if operation.outcome or operation.body.status == nil then
    shown.status = READ_STATUS[shown.status]
  end
  return shown
end

--- What tells the people of an identity set apart: "user:id".
---@param identity table
---@return string[]
function M.keys(identity)
  local keys = {}
  for kind, member in pairs(identity) do
    if type(member) == "table" and type(member.id) == "string" then
      keys[#keys + 1] = kind .. ":" .. member.id:lower()
    end
  end
  return keys
end

--- Tells whether the people of an invitation are rung, or have come.
---@param emulator graphinvite.Emulator
---@param operation graphinvite.emulator.Operation
---@return boolean
function M.has_people(emulator, operation)
  local outcome = operation.outcome
  return outcome ~= nil and (outcome.status == "Completed" or not has_ended(emulator, operation))
end

-- Lets the people of an invitation into the call.
local function admit(emulator, call, participants)
  for _, invited in ipairs(participants) do
    call.admitted = call.admitted + 1
    call.roster[#call.roster + 1] = {
      id = emulator.random:guid(), identity = invited.identity, number = call.admitted,
    }
  end
end

--- Brings a call up to the present: what has ended by now takes effect.
---@param emulator graphinvite.Emulator
---@param call graphinvite.emulator.Call
function M.settle(emulator, call)
  local running = {}
  for _, operation in ipairs(call.running) do
    if M.is_running(emulator, operation) then
      running[#running + 1] = operation
    elseif operation.outcome and operation.outcome.status == "Completed" then
      admit(emulator, call, operation.body.participants)
    end
  end
  call.running = running
end

return M
