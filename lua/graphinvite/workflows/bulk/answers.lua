--- What is done with a row, and with what the service answers.
local brake = require "graphinvite.workflows.bulk.brake"
local check = require "graphinvite.workflows.bulk.check"
local errors = require "graphinvite.errors"
local lookup = require "graphinvite.workflows.bulk.lookup"
local verdicts = require "graphinvite.workflows.bulk.verdict"

local M = {}

local MOST_SENDS = 3 -- POSTs of one row whose fate was unknown
local LOST = "its answer was lost each time it was sent"
local MOST_LOOKS = 5 -- look-ups of one row that fail

local function stop(run, err)
  err.hint = verdicts.stops(err)
  run:stop(err)
end

local REFUSED = {
  stopped = function(run, row, err)
    stop(run, err)
    brake.give_back(run, row)
  end,
  throttled = function(run, row, err, begun)
    run.tally.throttled = run.tally.throttled + 1
    brake.give_back(run, row)
    brake.throttled(run, begun, verdicts.throttled(err))
  end,
  unsent = function(run, row, err, begun)
    brake.give_back(run, row)
    brake.unreachable(run, begun, err)
  end,
  unknown = function(run, row, err)
    row.sent_at = run.now() -- it left before that
    run:settled(row, "unknown", err)
  end,
  failed = function(run, row, err)
    run:settled(row, "failed", err)
  end,
}

--- Sends a row.
---@param run graphinvite.bulk.Run
---@param row graphinvite.bulk.JobRow marked
---@param full boolean all calls are under way
function M.post(run, row, full)
  local begun = run.now()
  run.tally.requests = run.tally.requests + 1
  local invitation, err = run.client.invitations:create(check.body(row))
  run.tally:latency(run.now() - begun)
  if invitation or err.status then
    brake.reached(run)
  end
  if not invitation then
    return REFUSED[verdicts.of(err)](run, row, err, begun)
  end
  brake.taken(run, full, 1)
  local user = invitation.invitedUser
  row.user_id = type(user) == "table" and type(user.id) == "string" and user.id or nil
  row.request_id = run.last_request_id()
  local link = run.given.redeem_urls and invitation.inviteRedeemUrl
  row.link = type(link) == "string" and link or nil
  run:settled(row, "done")
end

-- What a look-up says of a row that was never sent.
local function found_new(run, row, user)
  if not user then
    return run:settled(row, "planned")
  end
  row.user_id = type(user.id) == "string" and user.id or nil
  row.guest = true
  if run.given.reinvite then
    return run:settled(row, "planned")
  end
  row.reason = user.userType == "Member" and "member" or "guest"
  run:settled(row, "skipped")
end

-- What a look-up says of a row whose POST may have taken effect.
local function found_unknown(run, row, user)
  if user then
    row.user_id = type(user.id) == "string" and user.id or nil
    run:settled(row, "done")
  elseif row.sends >= MOST_SENDS then
    run:settled(row, "failed", errors.new("transport", row.reason or LOST, {
      code = row.code, request_id = row.request_id, retriable = true,
    }))
  else
    run:settled(row, "planned")
  end
end

-- A look-up has failed, alone or with all that were sent together. Gives whether it is done again,
-- and the seconds to wait before.
local function look_failed(run, row, err, together)
  local wait = verdicts.throttled(err)
  if wait ~= nil then
    return true, wait
  elseif verdicts.stops(err) then
    stop(run, err)
    return true
  end
  row.looks = (row.looks or 0) + 1
  local lasting = err.kind == "graph" and err.status < 500 or row.looks >= MOST_LOOKS
  if lasting and row.state == "new" and not together then
    run:settled(row, "failed", err)
    return false
  elseif lasting then
    run:stop(err)
  end
  return true
end

-- What the answers say of each row. Gives how many were looked up, those that go again, an error
-- that was not about too many requests, and the longest wait.
local function sort(run, rows, found, lost)
  local taken, again, problem, longest = 0, {}, nil, nil
  for i, row in ipairs(rows) do
    local answer = found and found[i] or { err = lost }
    if answer.err then
      local repeated, wait = look_failed(run, row, answer.err, not found)
      again[#again + 1] = repeated and row or nil
      if wait ~= nil then
        longest = wait and math.max(wait, longest or 0) or longest or false
      else
        problem = answer.err
      end
    else
      taken = taken + 1
      local settle = row.state == "new" and found_new or found_unknown
      settle(run, row, answer.user)
    end
  end
  return taken, again, problem, longest
end

--- Looks rows up, new ones or unknown ones.
---@param run graphinvite.bulk.Run
---@param rows graphinvite.bulk.JobRow[]
---@param full boolean all calls are under way
function M.look(run, rows, full)
  local begun, addresses = run.now(), {}
  for i, row in ipairs(rows) do
    addresses[i] = row.address
  end
  run.tally.requests = run.tally.requests + 1
  local found, lost = lookup.find(run.client, addresses)
  run.looking = run.looking - 1
  local taken, again, problem, longest = sort(run, rows, found, lost)
  for _, row in ipairs(again) do
    run.looks[#run.looks + 1] = row
  end
  if found then
    brake.reached(run)
  end
  if taken > 0 then
    brake.taken(run, full, taken)
  end
  if longest ~= nil then
    run.tally.throttled = run.tally.throttled + 1
    brake.throttled(run, begun, longest, true)
  elseif problem and not run.stopped then
    brake.unreachable(run, begun, problem)
  end
end

return M
