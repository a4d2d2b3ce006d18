--- The SQL of a job that SQLite and PostgreSQL share. ROWS, PACE and BY_STATE stand for the names
-- of the tables and the index, LOCKED for what a dialect says to pass over rows that another
-- transaction has in its hands, LOCK_PACE for what it says to wait for them.
local M = {}

--- Makes what is missing.
M.CREATE = {
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

--- Takes a row in, unless its address is there.
M.INSERT = "INSERT INTO ROWS (line, folded, address, redirect, send, message, name, state, "
  .. "reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (folded) DO NOTHING"

--- Gives free what a worker has held that is gone.
M.FREE = "UPDATE ROWS SET lease = '' WHERE state IN ('new', 'planned', 'sent', 'unknown') "
  .. "AND lease <> ''"

--- Plans rows of a state again: those who were skipped as guests are guests.
M.AGAIN = "UPDATE ROWS SET state = 'planned', sends = 0, reason = NULL, code = NULL, "
  .. "guest = CASE state WHEN 'skipped' THEN 1 ELSE guest END WHERE state = ?"

--- Rows whose worker did not say in time what became of them.
M.EXPIRE = "UPDATE ROWS SET state = 'unknown' WHERE line IN (SELECT line FROM ROWS "
  .. "WHERE state = 'sent' AND lease <= ? LOCKED)"

--- Gives rows of a state to a worker.
M.LEASE = "UPDATE ROWS SET worker = ?, lease = ? WHERE line IN (SELECT line FROM ROWS "
  .. "WHERE state = ? AND lease <= ? AND sent_at <= ? AND guest <= ? ORDER BY line LIMIT ? LOCKED) "
  .. "RETURNING " .. COLUMNS

--- Marks a row before its POST leaves.
M.MARK = "UPDATE ROWS SET state = 'sent', sends = ?, sent_at = ?, lease = ? "
  .. "WHERE line = ? AND worker = ? AND state = 'planned'"

--- Writes what became of a row, and gives it free.
M.SETTLE = "UPDATE ROWS SET state = ?, guest = ?, sends = ?, reason = ?, code = ?, "
  .. "user_id = ?, request_id = ?, link = ?, lease = '', sent_at = COALESCE(?, sent_at) "
  .. "WHERE line = ? AND worker = ?"

--- Counts rows by their states, and by what divides a state.
M.COUNT = "SELECT state, CASE state WHEN 'skipped' THEN reason WHEN 'unknown' THEN "
  .. "CASE guest WHEN 1 THEN 'guest' END END AS kind, COUNT(*) AS n, MIN(sent_at) AS first "
  .. "FROM ROWS GROUP BY 1, 2"

--- Some rows behind a line.
M.PAGE = "SELECT " .. COLUMNS .. " FROM ROWS WHERE line > ? ORDER BY line LIMIT ?"

M.READ_PACE = "SELECT state FROM PACE WHERE id = 1"
M.WRITE_PACE = "UPDATE PACE SET state = ? WHERE id = 1"

return M
