--- A job in memory: it ends with the program. One worker.
local rules = require "graphinvite.workflows.bulk.rows"

local M = {}

local function take_in(job, rows)
  local list, seen = {}, {}
  for row in rows do
    local folded = rules.fold(row.address)
    local kept = rules.new(row, #list + 1)
    if seen[folded] then
      kept.state, kept.reason = "skipped", "duplicate"
    end
    seen[folded] = true
    list[#list + 1] = kept
  end
  job.rows = list
end

local function compare(job, rows)
  local i = 0
  for row in rows do
    i = i + 1
    local why = rules.difference(job.rows[i], rules.new(row, i))
    if why then
      return nil, why
    end
  end
  if job.rows[i + 1] then
    return nil, rules.difference(job.rows[i + 1], nil)
  end
  return true
end

local function plan(job, rows, given)
  local resumed = job.rows ~= nil
  if not resumed then
    if not rows then
      return nil, rules.empty()
    end
    take_in(job, rows)
  elseif rows then
    local same, err = compare(job, rows)
    if not same then
      return nil, err
    end
  end
  for _, row in ipairs(job.rows) do
    row.leased = nil
    row.state = row.state == "sent" and "unknown" or row.state
    if given.retry_failed and row.state == "failed"
      or given.reinvite and row.state == "skipped" and row.reason == "guest" then
      row.guest, row.sends = row.guest or row.state == "skipped", 0
      row.state, row.reason, row.code = "planned", nil, nil
    end
  end
  job.first = {}
  return { resumed = resumed }
end

local function is_free(row, given)
  return row.state == given.state and (row.leased or 0) <= given.now
    and (row.state ~= "unknown" or not row.guest and row.sent_at <= given.now - given.settle)
end

local function expire(job, now)
  for _, row in pairs(job.marked) do
    if row.leased <= now then
      row.state = "unknown"
      job.marked[row.line], job.first.unknown = nil, nil
    end
  end
end

local function lease(job, given)
  expire(job, given.now)
  local list, i, first = {}, job.first[given.state] or 1, nil
  while job.rows[i] and #list < given.count do
    local row = job.rows[i]
    first = first or row.state == given.state and i
    if is_free(row, given) then
      row.leased = given.now + given.seconds
      list[#list + 1] = rules.copy(row)
    end
    i = i + 1
  end
  job.first[given.state] = first or i -- what is before it is not looked at again
  return list
end

local function write(job, row)
  local kept = job.by_line[row.line]
  for _, name in ipairs(rules.RESULTS) do
    kept[name] = row[name]
  end
  return kept
end

local function sent(job, rows, leased)
  for _, row in ipairs(rows) do
    row.state = "sent"
    local kept = write(job, row)
    kept.leased, job.marked[row.line] = leased, kept
  end
  return rows
end

local function settle(job, rows)
  for _, row in ipairs(rows) do
    local kept = write(job, row)
    kept.leased, job.marked[row.line] = nil, nil
    job.first[row.state] = nil
  end
  return true
end

local function report(job)
  if not job.rows then
    return nil, rules.empty()
  end
  local counts = rules.counts()
  for _, row in ipairs(job.rows) do
    rules.count(counts, row.state, row.state == "skipped" and row.reason
      or row.state == "unknown" and row.guest and "guest" or nil, 1, row.sent_at)
  end
  local i = 0
  return counts, function()
    i = i + 1
    return job.rows[i] and rules.copy(job.rows[i])
  end
end

-- Rows by their lines, made when they are first wanted.
local function index(job)
  local by_line = {}
  for _, row in ipairs(job.rows) do
    by_line[row.line] = row
  end
  job.by_line = by_line
end

---@return graphinvite.bulk.Store
function M.new()
  local job = { first = {}, marked = {}, pace = {} }
  return {
    blocks = false,
    shared = false,
    plan = function(rows, given)
      local planned, err = plan(job, rows, given or {})
      if planned and not job.by_line then
        index(job)
      end
      return planned, err
    end,
    lease = function(given) return lease(job, given) end,
    sent = function(rows, leased) return sent(job, rows, leased) end,
    settle = function(rows) return settle(job, rows) end,
    report = function() return report(job) end,
    pace = function(now, change) return change(job.pace, now) end,
    close = function() end,
  }
end

return M
