--- A job in a file of SQLite, which one process runs at a time.
local databases = require "graphinvite.workflows.bulk.database"
local errors = require "graphinvite.errors"
local sql = require "graphinvite.workflows.bulk.store_sql"
local sys = require "graphinvite.sys"

local M = {}

local OTHERS = 63 -- permissions of a file's group and of everybody else: 077

local SETTINGS = {
  "PRAGMA busy_timeout = 10000",
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = FULL",
  "PRAGMA cache_size = -1000",
}

local TABLES = {
  ROWS = "bulk_rows", PACE = "bulk_pace", BY_STATE = "bulk_by_state", LOCKED = "", LOCK_PACE = "",
}

local function text(statement)
  return (statement:gsub("[A-Z_]+", TABLES))
end

local function connect(path)
  local database, err = databases.open("SQLite3", path, path)
  if not database then
    return nil, err
  end
  for _, setting in ipairs(SETTINGS) do
    local set, problem = database:setting(setting)
    if not set then
      database:close()
      return nil, problem
    end
  end
  local cache = {} -- the statements as this dialect writes them
  database.begin, database.skew, database.alone = "BEGIN IMMEDIATE", 0, true
  function database.sql(statement)
    cache[statement] = cache[statement] or text(statement)
    return cache[statement]
  end
  return database
end

-- The right to run the job, which the end of the process gives back. The file is made private.
local function take(path)
  local lock, why = sys.lock(path, 0)
  if not lock then
    local running = why:find("locked", 1, true)
    return errors.fail("transport", running and path .. ": another process runs this job" or why, {
      reason = "other", sent = false, retriable = running ~= nil, store = true,
      hint = running and "wait for its end; several workers share a job in PostgreSQL" or nil,
    })
  end
  return lock
end

local function check_mode(path)
  local mode, why = sys.mode(path)
  if not mode then
    return errors.fail("transport", why, { reason = "other", sent = false, store = true,
      retriable = false, hint = "the job is made by its first run" })
  end
  if mode % (OTHERS + 1) ~= 0 then
    return errors.fail("transport", path .. ": others may read or write this job", {
      reason = "other", sent = false, retriable = false, store = true,
      hint = "it holds addresses: chmod 600",
    })
  end
  return true
end

---@param path string
---@return graphinvite.bulk.Store
function M.new(path)
  local database, lock
  return sql.new {
    shared = false,
    open = function(planning)
      local err
      if planning and not lock then
        lock, err = take(path)
        if not lock then
          return nil, err
        end
      end
      if not database then
        local private
        private, err = check_mode(path)
        if not private then
          return nil, err
        end
        database, err = connect(path)
      end
      return database, err
    end,
    close = function()
      if lock then
        lock:release()
      end
      lock, database = nil, nil
    end,
  }
end

return M
