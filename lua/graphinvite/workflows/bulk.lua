--- Bulk invitations: a job of many rows that a crash neither loses nor repeats.
local errors = require "graphinvite.errors"
local options = require "graphinvite.workflows.bulk.options"
local rules = require "graphinvite.workflows.bulk.rows"
local runs = require "graphinvite.workflows.bulk.run"
local stores = require "graphinvite.workflows.bulk.store"
local tallies = require "graphinvite.workflows.bulk.tally"

local M = {}

M.store = stores.open

--- Upper bounds of the buckets of summary.latencies, in seconds; the last one is math.huge.
M.BUCKETS = tallies.BUCKETS

---@class graphinvite.bulk.Summary
---@field done integer rows of the job, as are the next ones
---@field failed integer
---@field unknown integer
---@field skipped integer
---@field duplicates integer of the skipped
---@field guests integer of the skipped
---@field planned integer what is left
---@field seconds number of this run, as are the next ones
---@field requests integer an envelope of look-ups counts as one
---@field throttled integer
---@field latencies table<number, integer> POSTs by the bounds of bulk.BUCKETS
---@field errors table<string, integer> failed rows by code
---@field estimate { requests: integer, seconds: number? }? of a dry run; no seconds without a rate

-- The rows of an iterator that says false and why where its input fails: then nothing is planned.
local function unbroken(rows)
  return rows and function()
    local row, why = rows()
    if row == false then
      error(errors.is(why) and why or errors.new("model", "the input: " .. tostring(why), {
        line = type(why) == "table" and why.line or nil, retriable = false,
      }), 0)
    end
    return row
  end
end

-- An iterator over the rows of an input; nil where there is none; nil and an error.
local function rows_of(given)
  local input = given.input
  if given.path then
    local faults
    input, faults = require("graphinvite.workflows.bulk.input").open(given.path)
    if not input then
      return errors.fail("model", "the input has faults", { faults = faults, retriable = false })
    end
  end
  if type(input) ~= "table" then
    return input
  elseif type(input.rows) == "function" then
    return input:rows()
  end
  local i = 0
  return function()
    i = i + 1
    return input[i]
  end
end

-- A client that sends once, and what tells the service's id of the request that was answered last.
-- Between an answer and the question nothing else runs.
local function sender(client, deadline)
  local port, last = client.transport, nil
  if not port then
    return nil, client.unusable
  end
  local transport = setmetatable({
    send = function(request, ...)
      local response, err = port.send(request, ...)
      last = response and response.headers["request-id"]
      return response, err
    end,
  }, { __index = port })
  local derived = client:with {
    transport = transport, retry = false, deadline = deadline, timeout = deadline,
  }
  return derived, function() return last end
end

-- What a dry run foretells.
local function estimate(run, given)
  local counts = run.tally.counts
  local left = counts.new + counts.planned
  local seconds = given.rate > 0 and left / given.rate or nil
  local per_hour = given.max_per_hour
  if per_hour and left > 0 then
    local hours = math.ceil(left / per_hour) - 1
    local rest = left - hours * per_hour
    local last = given.rate > 0 and rest / given.rate or 0
    seconds = math.max(seconds or 0, hours * 3600 + last)
  end
  return { requests = left + run.tally.requests, seconds = seconds }
end

local function finish(run, given, err)
  local tally = run.tally
  tally.counts = run.store.report() or tally.counts
  local summary = tally:summary()
  if given.dry_run and not err then
    summary.estimate = estimate(run, given)
  end
  if err then
    err.summary = summary
    tally:tell { name = "stopped", err = err }
  end
  tally:tell { name = "finished", summary = summary }
  if err then
    return nil, err
  end
  return summary
end

local function go(store, rows, given)
  local client, last = sender(given.client, given.deadline)
  if not client then
    return nil, last
  end
  local planned, err = store.plan(rows, {
    reinvite = given.reinvite, retry_failed = given.retry_failed,
  })
  local counts
  if planned then
    counts, err = store.report()
  end
  if not counts then
    return nil, err
  end
  local run = runs.new {
    client = client, store = store, given = given, last_request_id = last,
    now = client.transport.wall,
    tally = tallies.new {
      counts = counts, on_event = given.on_event, now = client.transport.now,
      report = store.shared and store.report or nil,
    },
  }
  return finish(run, given, runs.go(run))
end

--- Runs a job until every row has come to its end, or something stops it.
---@param given graphinvite.BulkOptions
---@return graphinvite.bulk.Summary?
---@return graphinvite.Error? err with summary, where the run had begun
function M.run(given)
  local settings = options.check(given)
  local store = not settings.dry_run and settings.store or nil
  local own = type(store) ~= "table"
  store = stores.check(own and stores.open(store) or store)
  local rows, err = rows_of(settings)
  if err then
    return nil, err
  elseif not rows and own and not store.blocks then
    return nil, rules.empty()
  end
  local ok, summary, problem = require("graphinvite.scheduler").pcall(go, store, unbroken(rows),
    settings)
  if own then
    store.close()
  end
  if not ok and errors.is(summary) then
    return nil, summary
  elseif not ok then
    error(summary, 0)
  end
  return summary, problem
end

return M
