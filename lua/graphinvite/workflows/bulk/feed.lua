--- What a run does next: rows from the store, at the pace that all workers share.
local brake = require "graphinvite.workflows.bulk.brake"
local lookup = require "graphinvite.workflows.bulk.lookup"
local paces = require "graphinvite.workflows.bulk.pace"

local M = {}

local HAND = 256 -- rows that a worker holds
local MARKED = 64 -- rows that are marked together
local AHEAD = 0.5 -- seconds for which rows are marked ahead
local AHEAD_SHARED = 0.1 -- the same where other workers may be told to wait
local BURST = 0.3 -- seconds for which look-ups are sent together
local LEAD = 1 -- seconds: no POST begins later than that after its row was marked
local LOOKING = 4 -- requests with look-ups under way: each is large
local LOOK = 0.1 -- seconds until a worker asks again whether other look-ups are done
local POLL = 1 -- seconds until it asks what other workers have left

--- How many look-ups there may be a second: what a small tenant's directory takes (reference 4.5).
local LOOK_UPS = 350

-- A result of the store; a failure stops the run.
local function of_store(run, value, err, third)
  if value == nil and err then
    run:stop(err)
  end
  return value, err, third
end

local function lease(run, state, count, now)
  local given = run.given
  return of_store(run, run.store.lease {
    state = state, count = count, now = now, seconds = given.lease, settle = given.settle,
  }) or {}
end

-- Up to n rows to be looked up, in order.
local function some(run, n)
  local chunk, rest = {}, {}
  for i, row in ipairs(run.looks) do
    table.insert(i <= n and chunk or rest, row)
  end
  run.looks = rest
  return chunk
end

-- All rows have been looked up, as far as they were left to this worker.
local function planned(run)
  run.looked, run.accepted = true, 0
  local counts, err = run.store.report()
  if not counts then
    run:stop(err)
    return
  end
  run.tally.counts = counts
  run.tally:planned()
end

-- Fetches rows to be looked up: new ones, then unknown ones that are due. Gives the seconds until
-- there are rows, where that is known.
local function fetch_looks(run, now)
  if not run.looked then
    run.looks = lease(run, "new", HAND, now)
    if run.looks[1] then
      return nil
    elseif run.in_flight > 0 then
      return LOOK
    end
    run:flush()
    planned(run)
  end
  -- nothing is leased while rows of its kind are in hand: none is held twice
  local any = run.looking == 0 and run.tally.counts.unknown > 0
  if any and now >= (run.unknown_at or 0) then
    run:flush()
    run.looks = lease(run, "unknown", HAND, now)
    run.unknown_at = now + POLL
  end
end

--- Rows that are to be looked up together, now; or the seconds until it may be done.
---@param run graphinvite.bulk.Run
---@param now number
---@return graphinvite.bulk.JobRow[]? chunk
---@return number? wait
function M.chunk(run, now)
  local wait = not run.looks[1] and fetch_looks(run, now)
  if not run.looks[1] or run.stopped then
    return nil, wait or nil
  end
  wait = run.looking < LOOKING and (run.look_pace.next or now) - now or LOOK
  if wait > 0 then
    return nil, wait
  end
  local pace, rate = run.look_pace, run.given.rate > 0 and LOOK_UPS or 0
  local size = (pace.rate or math.huge) * BURST -- one burst must fit into a small bucket
  local chunk = some(run, math.max(1, math.min(lookup.SIZE, math.floor(size))))
  paces.reserve(pace, now, #chunk, { rate = rate })
  run.looking = run.looking + 1
  return chunk
end

local function reserve(run, now)
  local wanted = math.min(MARKED, #run.hand)
  local wait, gap, granted = run.store.pace(now, function(state, here)
    return paces.reserve(state, here, wanted, run.given.pacing,
      run.store.shared and AHEAD_SHARED or AHEAD)
  end)
  if not wait then
    run:stop(gap)
    return nil
  end
  run.slot = { at = now + wait, gap = gap, count = granted }
  return run.slot
end

-- Another worker may have been told to wait meanwhile.
local function told_to_wait(run, now)
  local wait = run.store.shared and run.store.pace(now, function(state, here)
    return (state.pause or here) - here
  end)
  if wait and wait > 0 then
    run.pause = now + wait
    brake.drop(run)
    return wait
  end
end

-- Marks rows whose time has come, before any of their POSTs leaves.
local function mark(run, now)
  local rows, rest = {}, {}
  for i, row in ipairs(run.hand) do
    if i <= run.slot.count then
      row.sends, row.sent_at = row.sends + 1, now + LEAD
      rows[i] = row
    else
      rest[#rest + 1] = row
    end
  end
  local gap = run.slot.gap
  run.hand, run.slot = rest, nil
  local ours = of_store(run, run.store.sent(rows, now + run.given.lease)) or {}
  local counts = run.tally.counts
  for i, row in ipairs(ours) do
    row.state, row.at = "sent", now + (i - 1) * gap
    run.ready[i] = row
    counts.planned, counts.sent = counts.planned - 1, counts.sent + 1
  end
  run.first, run.last = 1, #ours
end

-- The next marked row, if there is one.
local function take(run, now)
  while run.first <= run.last do
    local row = run.ready[run.first]
    if row.at > now then
      return nil, row.at - now
    end
    run.ready[run.first] = nil
    run.first = run.first + 1
    -- later than that its lease may end, and its look-up come, before its POST does
    if now <= row.sent_at then
      return row
    end
    brake.give_back(run, row)
  end
end

--- A row whose POST is to begin now; or the seconds until there is one; nil where none is left.
---@param run graphinvite.bulk.Run
---@param now number
---@return graphinvite.bulk.JobRow?
---@return number? wait
function M.row(run, now)
  while not run.stopped do
    local row, wait = take(run, now)
    if row or wait then
      return row, wait
    end
    if not run.hand[1] then
      run:flush()
      run.hand = lease(run, "planned", HAND, now)
    end
    local slot = run.hand[1] and (run.slot or reserve(run, now))
    if not slot then
      return nil
    elseif slot.at > now then
      return nil, slot.at - now
    end
    wait = told_to_wait(run, now)
    if wait then
      return nil, wait
    end
    run:flush()
    mark(run, now)
    now = run.now()
  end
end

--- Seconds until something may be left to do; nil when all rows have come to their end.
---@param run graphinvite.bulk.Run
---@return number? wait
function M.left(run)
  run:flush()
  local counts, err = run.store.report()
  if not counts then
    run:stop(err)
    return nil
  end
  run.tally.counts = counts
  local open = counts.new + counts.planned + counts.sent + counts.unknown - counts.untold
  if open == 0 or run.stopped then
    run.over = true
    return nil
  end
  run.looked = run.looked and counts.new == 0
  local wait = counts.due and counts.due + run.given.settle - run.now() or POLL
  if counts.new + counts.planned + counts.sent > 0 then
    wait = math.min(wait, POLL) -- other workers hold them
  end
  return math.max(wait, LOOK)
end

return M
