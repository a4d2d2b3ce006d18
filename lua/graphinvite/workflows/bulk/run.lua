--- A run of a job: workers that take what is to be done next, wait where they must, and stop where
--- the service refuses. Times are those of the client's transport.
local answers = require "graphinvite.workflows.bulk.answers"
local brake = require "graphinvite.workflows.bulk.brake"
local errors = require "graphinvite.errors"
local feed = require "graphinvite.workflows.bulk.feed"
local paces = require "graphinvite.workflows.bulk.pace"

local M = {}

---@class graphinvite.bulk.Run
---@field client graphinvite.Client repeats nothing by itself
---@field store graphinvite.bulk.Store
---@field tally table
---@field given table options, all with values
---@field now fun(): number
---@field hand graphinvite.bulk.JobRow[] planned rows that are this worker's
---@field ready table marked rows in order, with at; from first to last
---@field looks graphinvite.bulk.JobRow[] to be looked up
---@field looking integer chunks that are being looked up
---@field results graphinvite.bulk.JobRow[] to be written
---@field in_flight integer
---@field pause number? when a Retry-After is over
---@field stopped graphinvite.Error? nothing more begins
---@field over boolean? nothing is left to do
local Run = { __name = "graphinvite.bulk.Run" }
Run.__index = Run

local NAP = 1 -- seconds until a worker looks whether it is wanted, or the run interrupted
local LONG = 60 -- the same while nothing is under way, which could end the run
local SOON = 0.1 -- seconds until it looks whether what is under way has left something to do
local BATCH = 64 -- results that are written together

--- Has nothing more begin.
---@param err graphinvite.Error
function Run:stop(err)
  if not self.stopped then
    self.stopped = err
  end
end

--- Writes the results. What cannot be written stops the run.
function Run:flush()
  local rows = self.results
  if rows[1] then
    self.results = {}
    local written, err = self.store.settle(rows)
    if not written then
      self:stop(err)
    end
  end
end

--- A row has got a new state.
---@param row graphinvite.bulk.JobRow
---@param state graphinvite.bulk.State
---@param err graphinvite.Error? why
function Run:settled(row, state, err)
  local before = row.state
  row.state = state
  if err then
    row.reason, row.code = err.message, err.code or err.kind
    row.request_id = err.request_id
  elseif state ~= "skipped" then
    row.reason, row.code = nil, nil
  end
  self.results[#self.results + 1] = row
  self.tally:moved(before, row)
  if state == "done" or state == "failed" or state == "skipped"
    or state == "unknown" and row.guest then
    self.tally:row(row, err)
  end
  if #self.results >= BATCH then
    self:flush()
  end
end

local function is_stopped(self)
  if not self.stopped and self.given.interrupted and self.given.interrupted() then
    self:stop(errors.new("cancelled", "interrupted", {
      retriable = true, hint = "run the same job again to go on",
    }))
  end
  return self.stopped ~= nil
end

-- What a worker does next: a function and its argument; or nil and the seconds until there may be
-- something; or nil when there is nothing more.
local function next_job(self, index)
  if self.over or is_stopped(self) then
    return nil
  end
  local now = self.now()
  if self.pause and now < self.pause then
    return nil, self.pause - now
  elseif index > self.slots.limit then
    return nil, math.max(NAP, (self.idle_until or now) - now)
  end
  local chunk, wait = feed.chunk(self, now)
  if chunk then
    return answers.look, chunk
  elseif wait then
    return nil, wait
  end
  if self.given.dry_run then
    self.over = self.in_flight == 0
    return nil, not self.over and SOON or nil
  end
  local row
  row, wait = feed.row(self, now)
  if row then
    return answers.post, row
  elseif wait or self.in_flight > 0 then
    return nil, wait or SOON
  end
  return nil, feed.left(self)
end

-- Seconds that a worker may sleep.
local function nap(self, seconds)
  local most = (self.given.interrupted or self.in_flight > 0) and NAP or LONG
  return math.min(seconds, most)
end

local function work(self, index)
  local transport = self.client.transport
  while true do
    self.tally:progress(self) -- whoever is told may take long: a POST begins at once, or not
    local job, argument = next_job(self, index)
    if job then
      self.in_flight = self.in_flight + 1
      local full = self.in_flight >= self.slots.limit
      job(self, argument, full)
      self.in_flight = self.in_flight - 1
    elseif argument then
      self:flush()
      self.idle_until = self.now() + argument
      transport.sleep(nap(self, argument))
    else
      return true
    end
  end
end

-- Gives back what is held, and writes what is known.
local function leave(self)
  brake.drop(self)
  for _, row in ipairs(self.hand) do
    self.results[#self.results + 1] = row
  end
  for _, row in ipairs(self.looks) do
    self.results[#self.results + 1] = row
  end
  self.hand, self.looks = {}, {}
  self:flush()
  self.tally:progress(self, true)
end

---@param run graphinvite.bulk.Run
---@return graphinvite.Error? err why it was stopped
function M.go(run)
  local function indices()
    run.begun = run.begun + 1
    return run.begun <= run.given.concurrency and run.begun or nil
  end
  local workers = run.client:parallel(indices, function(index)
    return work(run, index)
  end, { concurrency = run.given.concurrency })
  repeat
    local index, _, err = workers:step()
    if err then
      error(err, 0)
    end
  until not index or (run.over or run.stopped) and run.in_flight == 0
  workers:cancel()
  leave(run)
  return run.stopped
end

---@param fields table client, store, tally, given, now
---@return graphinvite.bulk.Run
function M.new(fields)
  local run = {
    hand = {}, ready = {}, first = 1, last = 0, looks = {}, looking = 0, results = {},
    in_flight = 0, accepted = 0, losses = 0, begun = 0, look_pace = {},
    slots = paces.slots(fields.given.concurrency),
  }
  for name, value in pairs(fields) do
    run[name] = value
  end
  return setmetatable(run, Run)
end

return M
