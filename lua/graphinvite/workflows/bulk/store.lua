--- Where the rows of a job are: in memory, in a file of SQLite, or in PostgreSQL.
local errors = require "graphinvite.errors"

local M = {}

---@alias graphinvite.bulk.State
---| "new"     nobody has looked yet whether the address is a guest
---| "planned" may be sent
---| "sent"    its POST may leave, or has left
---| "unknown" its POST may have taken effect
---| "done" | "failed" | "skipped"

---@class graphinvite.bulk.JobRow: graphinvite.bulk.InputRow
---@field state graphinvite.bulk.State
---@field guest boolean the address was a guest before the job's first POST
---@field sends integer how many POSTs may have taken effect
---@field sent_at number? epoch seconds before which its last POST left
---@field reason string? of a skipped row "duplicate", "guest" or "member"; else an error's text
---@field code string? Graph's code of that error, else its kind
---@field user_id string?
---@field request_id string?
---@field link string? to redeem the invitation, where the run keeps it

---@class graphinvite.bulk.Counts
---@field new integer
---@field planned integer
---@field sent integer
---@field unknown integer
---@field done integer
---@field failed integer
---@field skipped integer
---@field duplicates integer of the skipped
---@field guests integer of the skipped
---@field untold integer of the unknown: a look-up cannot tell, for they were guests before
---@field total integer
---@field due number? sent_at of the unknown row to be looked up first

--- Every function may fail with nil and an error; each is one transaction that lasts when it
--- returns. `now` is epoch seconds of the caller's clock.
---@class graphinvite.bulk.Store
--- Takes the rows in, once: the same rows again change nothing, others are an error. Frees what a
--- worker that is gone has held, where that can be known.
---@field plan fun(rows: function?, given: table): { resumed: boolean }?, any given has the fields
---reinvite and retry_failed
--- Gives up to count rows of a state to this worker for some seconds. Unknown rows only when their
--- last POST is settle seconds old and a look-up can tell.
---@field lease fun(given: { state: string, count: integer, now: number, seconds: number,
---settle?: number }): graphinvite.bulk.JobRow[]?, any
--- Marks rows before their POSTs leave, with the fields sent_at and sends; renews their lease.
--- Gives those that are still this worker's.
---@field sent fun(rows: graphinvite.bulk.JobRow[], until_: number): graphinvite.bulk.JobRow[]?, any
--- Writes what became of rows that are this worker's, and gives them free.
---@field settle fun(rows: graphinvite.bulk.JobRow[]): true?, any
--- Counts the rows; and an iterator over all in the order of their lines, which gives false and an
--- error, once, where it fails.
---@field report fun(): graphinvite.bulk.Counts?, any
--- Changes the pace that all workers share: change(state, now) in a transaction of its own.
---@field pace fun(now: number, change: function): any, any
---@field close fun()
---@field blocks boolean its calls wait for a disk or another machine
---@field shared boolean several workers may run the job at a time

local BLOCKS = "%s blocks its thread, which nginx cannot have: use the store in memory, or run the "
  .. "job outside of nginx"

--- What a store of several workers holds, or a run is given, is looked at before it is used.
---@param store any
---@return graphinvite.bulk.Store
function M.check(store)
  for _, name in ipairs { "plan", "lease", "sent", "settle", "report", "pace", "close" } do
    if type(store) ~= "table" or type(store[name]) ~= "function" then
      errors.misuse("a store is what bulk.store gives, or a table with its functions; it lacks "
        .. name)
    end
  end
  if store.blocks and rawget(_G, "ngx") then
    errors.misuse(BLOCKS:format "this store")
  end
  return store
end

--- Opens the store of a job. Nothing is read or made before its first use.
---@param where string? a path for SQLite, a URL postgres://… (with ?job=NAME where the database
---has several); preset ":memory:"
---@return graphinvite.bulk.Store
function M.open(where)
  where = where or ":memory:"
  if type(where) ~= "string" or where == "" then
    errors.misuse "a job is named by a path, a URL postgres://…, or :memory:"
  end
  if where == ":memory:" then
    return require("graphinvite.workflows.bulk.store_memory").new()
  end
  local postgresql = where:find "^postgres://" or where:find "^postgresql://"
  if rawget(_G, "ngx") then
    errors.misuse(BLOCKS:format(postgresql and "PostgreSQL" or "SQLite"))
  end
  local module = postgresql and "store_postgresql" or "store_sqlite"
  return require("graphinvite.workflows.bulk." .. module).new(where)
end

return M
