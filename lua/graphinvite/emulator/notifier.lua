--- Follows invitations into calls to their ends, in the order of time, and tells of each. Whoever
-- is to be told is emulator.post(notice): a listener in process, or the server's courier.
local notice = require "graphinvite.emulator.notice"
local operation_of = require "graphinvite.emulator.operation"

local M = {}

M.TRIES = 3 -- of each notice until the answer is a 2xx: INF

---@param emulator graphinvite.Emulator
function M.start(emulator)
  local tenant = emulator.tenant
  tenant.underway, tenant.duplicates = {}, 0
  tenant.due = math.huge -- seconds since 1970: before that no operation ends
end

--- Says that an operation may now end earlier than it was to.
---@param emulator graphinvite.Emulator
function M.changed(emulator)
  emulator.tenant.due = 0
end

--- Begins to follow an operation.
---@param emulator graphinvite.Emulator
---@param call graphinvite.emulator.Call
---@param operation graphinvite.emulator.Operation
function M.follow(emulator, call, operation)
  local tenant = emulator.tenant
  local list = tenant.underway
  list[#list + 1] = {
    call = call, operation = operation,
    known = not operation_of.is_running(emulator, operation), -- the answer has told its end: 6.1
  }
  tenant.due = math.min(tenant.due, operation.started + operation.outcome.after)
end

-- Tells whether an end is still to come: nobody has deleted it or said himself how it stands.
local function is_open(tenant, entry)
  local call, operation = entry.call, entry.operation
  return not entry.done and operation.outcome and tenant.calls[call.id] == call
    and call.operation_by_id[operation.id] == operation
end

-- The operations that end until a time, the earliest first; forgets those that nothing comes of.
local function ripe_until(tenant, limit)
  local open, ripe, due = {}, {}, math.huge
  for _, entry in ipairs(tenant.underway) do
    if is_open(tenant, entry) then
      open[#open + 1] = entry
      entry.at, entry.order = entry.operation.started + entry.operation.outcome.after, #open
      if entry.at <= limit then
        ripe[#ripe + 1] = entry
      else
        due = math.min(due, entry.at)
      end
    end
  end
  tenant.underway, tenant.due = open, due
  table.sort(ripe, function(a, b)
    return a.at < b.at or a.at == b.at and a.order < b.order
  end)
  return ripe
end

local function post(emulator, told)
  local tenant = emulator.tenant
  local times = 1
  if tenant.duplicates > 0 then
    tenant.duplicates, times = tenant.duplicates - 1, 2
  end
  for _ = 1, times do
    emulator.post(told)
  end
end

-- Takes a person out of a meeting. Returns whether he was in it.
local function move_out(meeting, participant_id)
  for place, person in ipairs(meeting.roster) do
    if person and person.id == participant_id then
      meeting.roster[place] = false
      return true
    end
  end
  return false
end

-- Ends the calls between two people that those who have come were in (reference 1.10, 6.1), and
-- takes whoever is named by his participantId out of the meeting that he was in (2.2 docs-beta).
local function leave_replaced(emulator, call, operation)
  local calls, over, left = emulator.tenant.calls, {}, {}
  for _, participant in ipairs(operation.body.participants) do
    local id = participant.replacesCallId
    local replaced = type(id) == "string" and calls[id]
    if replaced and replaced ~= call then
      operation_of.settle(emulator, replaced)
      if replaced.body.chatInfo == nil and replaced.body.meetingInfo == nil then
        calls[id] = nil -- what has neither is a call between two: INF
        over[#over + 1] = replaced
      elseif move_out(replaced, participant.participantId) then
        left[#left + 1] = replaced
      end
    end
  end
  return over, left
end

--- Tells that a call is over.
---@param emulator graphinvite.Emulator
---@param call graphinvite.emulator.Call
---@param result table? its resultInfo
function M.over(emulator, call, result)
  if emulator.post then
    local terminated, deleted = notice.over(emulator, call, result)
    post(emulator, terminated)
    post(emulator, deleted)
  end
end

-- The end first, then the roster, each by itself, then the calls that were replaced: 6.1 INF.
local function tell(emulator, entry)
  local call, operation = entry.call, entry.operation
  entry.done = true
  emulator.change_count = emulator.change_count + 1
  operation_of.settle(emulator, call)
  local completed = operation.outcome.status == "Completed"
  local over, left = {}, {}
  if completed then
    over, left = leave_replaced(emulator, call, operation)
  end
  if not emulator.post then
    return
  end
  local ended = not entry.known and notice.ended(emulator, call, operation)
  local roster = completed and notice.roster(emulator, call)
  for _, told in ipairs { ended or roster, ended and roster or nil } do
    if told then
      post(emulator, told)
    end
  end
  for _, meeting in ipairs(left) do
    post(emulator, notice.roster(emulator, meeting))
  end
  for _, replaced in ipairs(over) do
    M.over(emulator, replaced)
  end
end

-- Lets everything happen that ends until a time. What a listener does may change what comes.
local function run(emulator, limit)
  local tenant, clock = emulator.tenant, emulator.clock
  repeat
    local ripe = ripe_until(tenant, math.max(limit, clock:wall()))
    for _, entry in ipairs(ripe) do
      if tenant.due <= entry.at or emulator.tenant ~= tenant then
        break -- something ends before it, or all began anew
      elseif is_open(tenant, entry) then
        clock:reach(entry.at)
        tell(emulator, entry)
      end
    end
  until not ripe[1] or emulator.tenant ~= tenant
end

-- While one notice is told others wait for their turn, whatever its listener does.
local function run_once(emulator, limit)
  if emulator.telling or limit < emulator.tenant.due then
    return
  end
  emulator.telling = true
  local ok, why = pcall(run, emulator, limit)
  emulator.telling = false
  if not ok then
    error(why, 0)
  end
end

--- Tells what has ended by now.
---@param emulator graphinvite.Emulator
---@return number seconds until something more can end
function M.catch_up(emulator)
  run_once(emulator, emulator.clock:wall())
  return emulator.tenant.due - emulator.clock:wall()
end

--- Moves the time forward; what ends on the way happens at its own time.
---@param emulator graphinvite.Emulator
---@param seconds number from 0
---@return true? done
---@return string? why
function M.advance(emulator, seconds)
  local clock = emulator.clock
  local target, why = clock:later(seconds)
  if not target then
    return nil, why
  end
  if not clock.real then
    run_once(emulator, clock:wall(target))
  end
  clock:move(target)
  if clock.real then
    M.catch_up(emulator)
  end
  return true
end

--- Lets so much of the tenant's time go by.
---@param emulator graphinvite.Emulator
---@param seconds number from 0
function M.sleep(emulator, seconds)
  local clock = emulator.clock
  if not clock.real then
    M.advance(emulator, seconds)
    return
  end
  local finish = clock:now() + seconds
  repeat
    local next_end = emulator.telling and math.huge or M.catch_up(emulator)
    local left = math.max(0, finish - clock:now())
    require("graphinvite.sys").sleep(math.min(left, math.max(0, next_end)))
  until clock:now() >= finish
  M.catch_up(emulator)
end

--- A listener in process as what emulator.post is.
---@param emulator graphinvite.Emulator
---@param listener fun(request: graphinvite.emulator.Notice): table
---@return fun(told: graphinvite.emulator.Notice)
function M.listening(emulator, listener)
  return function(told)
    for _ = 1, M.TRIES do
      local headers = notice.headers(emulator, told)
      local response = listener {
        method = told.method, url = told.url, headers = headers, body = told.body,
      }
      if type(response) ~= "table" or type(response.status) ~= "number" then
        error("what on_notification was given returned no response with a status", 0)
      elseif response.status >= 200 and response.status < 300 then
        return
      end
    end
  end
end

return M
