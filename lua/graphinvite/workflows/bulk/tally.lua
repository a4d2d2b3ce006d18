--- What a run has done so far, and the events that tell of it.
local paces = require "graphinvite.workflows.bulk.pace"

local M = {}
local Tally = { __name = "graphinvite.bulk.Tally" }
Tally.__index = Tally

local EVERY = 0.2 -- seconds between two events of progress
local AGAIN = 2 -- seconds after which what other workers do is counted again

--- Upper bounds of the buckets of latencies, in seconds.
M.BUCKETS = { 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, math.huge }

---@param given { on_event: function?, now: fun(): number, report: function?, counts: table }
---report counts again, where there are other workers
function M.new(given)
  return setmetatable({
    emit = given.on_event, now = given.now, report = given.report, counts = given.counts,
    begun = given.now(), requests = 0, throttled = 0, latencies = {}, errors = {},
    flow = paces.flow(given.now()), told = -math.huge, counted = given.now(),
  }, Tally)
end

--- A row has left one state for another.
function Tally:moved(before, row)
  local counts = self.counts
  counts[before] = counts[before] - 1
  counts[row.state] = counts[row.state] + 1
  if row.state == "skipped" then
    counts.guests = counts.guests + 1
  elseif row.state == "unknown" and row.guest then
    counts.untold = counts.untold + 1
  end
end

--- A row has come to its end, for this run at least.
---@param row graphinvite.bulk.JobRow
---@param err graphinvite.Error?
function Tally:row(row, err)
  if row.state ~= "skipped" then
    self.flow:add(1)
  end
  if err and row.state == "failed" then
    self.errors[row.code] = (self.errors[row.code] or 0) + 1
  end
  if self.emit then
    self.emit { name = "row", row = row, status = row.state, err = err }
  end
end

--- It is known which rows are to be sent. Told once.
function Tally:planned()
  local counts, emit = self.counts, self.emit
  if emit and not self.was_planned then
    emit {
      name = "planned", rows = counts.total, duplicates = counts.duplicates,
      guests = counts.guests,
    }
  end
  self.was_planned = true
end

--- A POST was answered after so many seconds.
function Tally:latency(seconds)
  for _, bound in ipairs(M.BUCKETS) do
    if seconds <= bound then
      self.latencies[bound] = (self.latencies[bound] or 0) + 1
      return
    end
  end
end

-- Rows that are not at their end.
function Tally:open()
  local counts = self.counts
  return counts.new + counts.planned + counts.sent + counts.unknown - counts.untold
end

--- Tells of the progress, not too often.
---@param state graphinvite.bulk.Run
---@param always boolean?
function Tally:progress(state, always)
  local now = self.now()
  if not self.emit or not always and now - self.told < EVERY then
    return
  end
  if self.report and now - self.counted >= AGAIN then
    self.counts, self.counted = self.report() or self.counts, now
  end
  self.told = now
  local counts, rate, open = self.counts, self.flow:rate(now), self:open()
  local wait = state.pause and state.pause - state.now()
  self.emit {
    name = "progress", done = counts.done, failed = counts.failed, unknown = counts.unknown,
    skipped = counts.skipped, total = counts.total, in_flight = state.in_flight, rate = rate,
    limit = state.slots.limit, wait = wait and wait > 0 and wait or nil,
    eta = rate > 0 and open / rate or nil,
  }
end

--- Tells of something.
function Tally:tell(event)
  if self.emit then
    self.emit(event)
  end
end

--- The summary of the run.
---@return graphinvite.bulk.Summary
function Tally:summary()
  local counts = self.counts
  return {
    done = counts.done, failed = counts.failed, unknown = counts.unknown, skipped = counts.skipped,
    planned = counts.new + counts.planned + counts.sent, duplicates = counts.duplicates,
    guests = counts.guests, seconds = self.now() - self.begun, requests = self.requests,
    throttled = self.throttled, latencies = self.latencies, errors = self.errors,
  }
end

return M
