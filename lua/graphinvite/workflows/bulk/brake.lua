--- What slows a run down or holds it up: refusals, and a service that cannot be reached.
local core = require "graphinvite.core"
local paces = require "graphinvite.workflows.bulk.pace"

local M = {}

-- Rows were counted for this hour, and nobody was invited.
local function refund(run, n)
  if not run.given.max_per_hour or n == 0 then
    return
  end
  local _, err = run.store.pace(run.now(), function(state)
    state.used = math.max(0, (state.used or 0) - n)
    return true
  end)
  if err then
    run:stop(err)
  end
end

--- Gives back a row that was marked: the service has not taken it.
---@param run graphinvite.bulk.Run
---@param row graphinvite.bulk.JobRow
function M.give_back(run, row)
  refund(run, 1)
  row.sends = row.sends - 1
  run:settled(row, "planned")
end

--- Gives back all that is marked and not begun: its time is another one.
---@param run graphinvite.bulk.Run
function M.drop(run)
  refund(run, run.slot and run.slot.count or 0)
  local first, last = run.first, run.last
  run.first, run.last, run.slot = 1, 0, nil
  for i = first, last do
    M.give_back(run, run.ready[i])
    run.ready[i] = nil
  end
end

--- A request was refused because there were too many: nothing begins until that is over.
---@param run graphinvite.bulk.Run
---@param begun number
---@param wait number|false seconds; false where the service did not say
---@param looking boolean? the request was a look-up
function M.throttled(run, begun, wait, looking)
  local now = run.now()
  local first = begun >= (run.pause or begun)
  if first then
    run.refusals = (run.refusals or 0) + 1
    run.slots:lower()
  end
  if not wait then
    local random = run.client.transport.random or core.random
    wait = math.min(60, 2 ^ ((run.refusals or 1) - 1)) * (1 + random()) / 2
  end
  run.pause = math.max(run.pause or 0, now + wait)
  local accepted = run.accepted
  if looking then
    paces.throttled(run.look_pace, now, begun, wait, accepted)
  end
  local _, err = run.store.pace(now, function(state, here)
    if looking then
      state.pause = math.max(state.pause or 0, here + wait)
    else
      local all = state.rate and run.store.shared -- then this worker's are a part of them
      paces.throttled(state, here, here - (now - begun), wait, not all and accepted or nil)
    end
    return true
  end)
  if err then
    run:stop(err)
  end
  if first then
    run.accepted = 0
  end
  M.drop(run)
end

--- The service could not be reached, and others did not reach it either since. When that has lasted
--- for the time of one row, and longer than one request, the run gives up.
---@param run graphinvite.bulk.Run
---@param begun number
---@param err graphinvite.Error
function M.unreachable(run, begun, err)
  local now = run.now()
  run.lost_since = run.lost_since or math.max(begun, run.reached_at or begun)
  if run.losses > 0 and now - run.lost_since >= run.given.deadline then
    err.hint = "nothing got through for a while: run again when the service can be reached"
    run:stop(err)
  elseif begun >= (run.pause or begun) then
    run.losses = run.losses + 1
    run.pause = now + math.min(8, 2 ^ (run.losses - 1))
    M.drop(run)
  end
end

--- The service has answered.
---@param run graphinvite.bulk.Run
function M.reached(run)
  run.reached_at, run.lost_since, run.losses = run.now(), nil, 0
end

--- It has taken some requests.
---@param run graphinvite.bulk.Run
---@param full boolean all calls were under way
---@param n integer
function M.taken(run, full, n)
  run.refusals = nil
  run.accepted = run.accepted + n
  run.slots:accepted(full)
end

return M
