--- A job in a database, in the SQL that SQLite and PostgreSQL share.
local core = require "graphinvite.core"
local databases = require "graphinvite.workflows.bulk.database"
local rules = require "graphinvite.workflows.bulk.rows"
local times = require "graphinvite.workflows.bulk.time"

local M = {}

-- ROWS and PACE are the names of the tables, LOCKED what a dialect says to pass over rows that
-- another transaction has in its hands.
local CREATE = {
  [[CREATE TABLE IF NOT EXISTS ROWS (
    line INTEGER PRIMARY KEY, folded TEXT UNIQUE, address TEXT NOT NULL, redirect TEXT NOT NULL,
    send INTEGER NOT NULL, message TEXT, name TEXT, state TEXT NOT NULL,
    guest INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL DEFAULT 0,
    sent_at TEXT NOT NULL DEFAULT '', lease TEXT NOT NULL DEFAULT '', worker TEXT, reason TEXT,
    code TEXT, user_id TEXT, request_id TEXT, link TEXT)]],
  "CREATE INDEX IF NOT EXISTS BY_STATE ON ROWS (state, line)",
  "CREATE TABLE IF NOT EXISTS PACE (id INTEGER PRIMARY KEY, state TEXT NOT NULL)",
  "INSERT INTO PACE (id, state) VALUES (1, '') ON CONFLICT (id) DO NOTHING",
}

local COLUMNS = "line, address, redirect, send, message, name, state, guest, sends, sent_at, "
  .. "reason, code, user_id, request_id, link"

local INSERT = "INSERT INTO ROWS (line, folded, address, redirect, send, message, name, state, "
  .. "reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (folded) DO NOTHING"

local FREE = "UPDATE ROWS SET lease = '' WHERE state IN ('new', 'planned', 'sent', 'unknown') "
  .. "AND lease <> ''"

local AGAIN = "UPDATE ROWS SET state = 'planned', sends = 0, reason = NULL, code = NULL, "
  .. "guest = CASE state WHEN 'skipped' THEN 1 ELSE guest END WHERE state = ?"

local EXPIRE = "UPDATE ROWS SET state = 'unknown' WHERE line IN (SELECT line FROM ROWS "
  .. "WHERE state = 'sent' AND lease <= ? LOCKED)"

local LEASE = "UPDATE ROWS SET worker = ?, lease = ? WHERE line IN (SELECT line FROM ROWS "
  .. "WHERE state = ? AND lease <= ? AND sent_at <= ? AND guest <= ? ORDER BY line LIMIT ? LOCKED) "
  .. "RETURNING " .. COLUMNS

local MARK = "UPDATE ROWS SET state = 'sent', sends = ?, sent_at = ?, lease = ? "
  .. "WHERE line = ? AND worker = ? AND state IN ('planned', 'sent')"

local SETTLE = "UPDATE ROWS SET state = ?, guest = ?, sends = ?, reason = ?, code = ?, "
  .. "user_id = ?, request_id = ?, link = ?, lease = '' WHERE line = ? AND worker = ?"

local COUNT = "SELECT state, CASE state WHEN 'skipped' THEN reason WHEN 'unknown' THEN "
  .. "CASE guest WHEN 1 THEN 'guest' END END AS kind, COUNT(*) AS n, MIN(sent_at) AS first "
  .. "FROM ROWS GROUP BY 1, 2"

local PAGE = "SELECT " .. COLUMNS .. " FROM ROWS WHERE line > ? ORDER BY line LIMIT ?"
local PAGE_SIZE = 500

local READ_PACE = "SELECT state FROM PACE WHERE id = 1"
local WRITE_PACE = "UPDATE PACE SET state = ? WHERE id = 1"

-- A row as the database gives it.
local function row_of(record)
  record.send, record.guest = record.send == 1, record.guest == 1
  record.sent_at = times.seconds(record.sent_at)
  return record
end

local function read_page(db, line)
  local list = db:query(db.sql(PAGE), line, PAGE_SIZE)
  for _, record in ipairs(list) do
    row_of(record)
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
        return nil, err
      end
      i = 0
    end
    i = i + 1
    last = page[i] and page[i].line
    return page[i]
  end
end

local function insert(db, row, folded, state, reason)
  return db:change(db.sql(INSERT), row.line, folded, row.address, row.redirect,
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
  for _, sql in ipairs(CREATE) do
    db:execute(db.sql(sql))
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
    db:execute(db.sql(FREE))
  end
  if given.retry_failed then
    db:execute(db.sql(AGAIN), "failed")
  end
  if given.reinvite then
    db:execute(db.sql(AGAIN .. " AND reason = 'guest'"), "skipped")
  end
  return { resumed = resumed }
end

local function by_line(a, b)
  return a.line < b.line
end

local function lease(db, worker, given, here)
  local now = times.text(here)
  db:execute(db.sql(EXPIRE), now)
  local unknown = given.state == "unknown"
  local before = unknown and times.text(here - given.settle) or times.NEVER
  local list = db:query(db.sql(LEASE), worker, times.text(here + given.seconds), given.state,
    now, before, unknown and 0 or 1, given.count)
  for _, record in ipairs(list) do
    row_of(record)
  end
  table.sort(list, by_line)
  return list
end

local function sent(db, worker, rows, leased, skew)
  local ours = {}
  for _, row in ipairs(rows) do
    if db:change(db.sql(MARK), row.sends, times.text(row.sent_at + skew), leased, row.line,
      worker) == 1 then
      row.state = "sent"
      ours[#ours + 1] = row
    end
  end
  return ours
end

local function settle(db, worker, rows)
  for _, row in ipairs(rows) do
    db:execute(db.sql(SETTLE), row.state, row.guest and 1 or 0, row.sends, row.reason, row.code,
      row.user_id, row.request_id, row.link, row.line, worker)
  end
  return true
end

local function report(db, skew)
  local counts = rules.counts()
  for _, record in ipairs(db:query(db.sql(COUNT))) do
    local first = times.seconds(record.first)
    rules.count(counts, record.state, record.kind, record.n, first and first - skew)
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
  local before = db:query(db.sql(READ_PACE .. " LOCK_PACE"))[1].state
  local state = read_state(before)
  local a, b, c = change(state, now)
  local after = state_text(state)
  if after ~= before then
    db:execute(db.sql(WRITE_PACE), after)
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
        return sent(db, worker, rows, times.text(leased + db.skew), db.skew)
      end)
    end,
    settle = function(rows)
      return run(function(db) return settle(db, worker, rows) end)
    end,
    report = function()
      local counts, err = run(function(db) return report(db, db.skew) end)
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
