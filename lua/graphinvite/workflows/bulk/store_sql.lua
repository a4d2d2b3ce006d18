--- A job in a database, in the SQL that SQLite and PostgreSQL share.
local core = require "graphinvite.core"
local databases = require "graphinvite.workflows.bulk.database"
local rules = require "graphinvite.workflows.bulk.rows"
local sql = require "graphinvite.workflows.bulk.statements"
local times = require "graphinvite.workflows.bulk.time"

local M = {}

local PAGE_SIZE = 500

-- A row as the database gives it.
local function row_of(db, record)
  local sent_at = times.seconds(record.sent_at)
  record.send, record.guest = record.send == 1, record.guest == 1
  record.sent_at = sent_at and sent_at - db.skew
  return record
end

local function read_page(db, line)
  local list = db:query(db.sql(sql.PAGE), line, PAGE_SIZE)
  for _, record in ipairs(list) do
    row_of(db, record)
  end
  return list
end

-- An iterator over all rows, which holds a page of them.
local function each(db)
  local page, i = {}, 0
  local last = -1
  return function()
    if i == #page then
      local err
      page, err = db:transaction(function() return read_page(db, last) end)
      if not page then
        page, i = {}, -1 -- the end comes next
        return false, err
      end
      i = 0
    end
    i = i + 1
    last = page[i] and page[i].line
    return page[i]
  end
end

local function insert(db, row, folded, state, reason)
  return db:change(db.sql(sql.INSERT), row.line, folded, row.address, row.redirect,
    row.send and 1 or 0, row.message, row.name, state, reason) == 1
end

local function take_in(db, rows)
  local place = 0
  for given in rows do
    place = place + 1
    local row = rules.new(given, place)
    if not insert(db, row, rules.fold(row.address), "new") then
      insert(db, row, nil, "skipped", "duplicate")
    end
  end
end

-- Goes through the job and an input side by side.
local function compare(db, rows)
  local page, i, place = read_page(db, -1), 0, 0
  local function kept()
    if i == #page and i > 0 then
      page, i = read_page(db, page[i].line), 0
    end
    i = i + 1
    return page[i]
  end
  for given in rows do
    place = place + 1
    local why = rules.difference(kept(), rules.new(given, place))
    if why then
      databases.leave(why)
    end
  end
  local left = kept()
  if left then
    databases.leave(rules.difference(left, nil))
  end
end

local function plan(db, rows, given, first)
  if first then
    db:execute(first)
  end
  for _, statement in ipairs(sql.CREATE) do
    db:execute(db.sql(statement))
  end
  local resumed = #db:query(db.sql "SELECT line FROM ROWS LIMIT 1") > 0
  if not resumed and not rows then
    databases.leave(rules.empty())
  elseif not resumed then
    take_in(db, rows)
  elseif rows then
    compare(db, rows)
  end
  if db.alone then
    db:execute(db.sql(sql.FREE))
  end
  if given.retry_failed then
    db:execute(db.sql(sql.AGAIN), "failed")
  end
  if given.reinvite then
    db:execute(db.sql(sql.AGAIN .. " AND reason = 'guest'"), "skipped")
  end
  return { resumed = resumed }
end

local function by_line(a, b)
  return a.line < b.line
end

local function lease(db, worker, given, here)
  local now = times.text(here)
  db:execute(db.sql(sql.EXPIRE), now)
  local unknown = given.state == "unknown"
  local before = unknown and times.text(here - given.settle) or times.NEVER
  local list = db:query(db.sql(sql.LEASE), worker, times.text(here + given.seconds), given.state,
    now, before, unknown and 0 or 1, given.count)
  for _, record in ipairs(list) do
    row_of(db, record)
  end
  table.sort(list, by_line)
  return list
end

local function sent(db, worker, rows, leased)
  local ours = {}
  for _, row in ipairs(rows) do
    if db:change(db.sql(sql.MARK), row.sends, times.text(row.sent_at + db.skew), leased, row.line,
      worker) == 1 then
      row.state = "sent"
      ours[#ours + 1] = row
    end
  end
  return ours
end

local function settle(db, worker, rows)
  for _, row in ipairs(rows) do
    local sent_at = row.state == "unknown" and row.sent_at
    db:execute(db.sql(sql.SETTLE), row.state, row.guest and 1 or 0, row.sends, row.reason, row.code,
      row.user_id, row.request_id, row.link, sent_at and times.text(sent_at + db.skew) or nil,
      row.line, worker)
  end
  return true
end

local function report(db)
  local counts = rules.counts()
  for _, record in ipairs(db:query(db.sql(sql.COUNT))) do
    local first = times.seconds(record.first)
    rules.count(counts, record.state, record.kind, record.n, first and first - db.skew)
  end
  return counts
end

-- The state of the pace is a few numbers by name.
local function read_state(text)
  local state = {}
  for name, value in text:gmatch "([%a_]+)=([^ ]+)" do
    state[name] = tonumber(value)
  end
  return state
end

local function state_text(state)
  local parts = {}
  for name, value in pairs(state) do
    if value == value and value ~= math.huge and value ~= -math.huge then
      parts[#parts + 1] = ("%s=%.17g"):format(name, value)
    end
  end
  return table.concat(parts, " ")
end

local function pace(db, now, change)
  local before = db:query(db.sql(sql.READ_PACE .. " LOCK_PACE"))[1].state
  local state = read_state(before)
  local a, b, c = change(state, now)
  local after = state_text(state)
  if after ~= before then
    db:execute(db.sql(sql.WRITE_PACE), after)
  end
  return a, b, c
end

--- The functions of a store over a database.
---@param given { open: fun(planning: boolean): table?, any; shared: boolean, close: fun()?,
---before_plan: string? } open gives the database, whose skew is its clock's lead over ours;
---before_plan is a statement that lets one worker plan at a time
---@return graphinvite.bulk.Store
function M.new(given)
  local worker, database = core.uuid(), nil
  local function run(work, planning)
    local err
    database, err = given.open(planning)
    if not database then
      return nil, err
    end
    return database:transaction(work)
  end
  return {
    blocks = true,
    shared = given.shared,
    plan = function(rows, options)
      return run(function(db)
        return plan(db, rows, options or {}, given.before_plan)
      end, true)
    end,
    lease = function(options)
      return run(function(db)
        return lease(db, worker, options, options.now + db.skew)
      end)
    end,
    sent = function(rows, leased)
      return run(function(db)
        return sent(db, worker, rows, times.text(leased + db.skew))
      end)
    end,
    settle = function(rows)
      return run(function(db) return settle(db, worker, rows) end)
    end,
    report = function()
      local counts, err = run(function(db) return report(db) end)
      if not counts then
        return nil, err
      end
      return counts, each(database)
    end,
    pace = function(now, change)
      return run(function(db) return pace(db, now + db.skew, change) end)
    end,
    close = function()
      if database then
        database:close()
      end
      if given.close then
        given.close()
      end
      database = nil
    end,
  }
end

return M
