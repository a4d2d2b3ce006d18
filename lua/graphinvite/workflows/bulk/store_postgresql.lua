--- A job in PostgreSQL, which any number of workers run at a time.
local databases = require "graphinvite.workflows.bulk.database"
local errors = require "graphinvite.errors"
local sql = require "graphinvite.workflows.bulk.store_sql"
local sys = require "graphinvite.sys"

local M = {}

local PRESET = "graphinvite"
local CLOCK = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS TEXT) AS now"
local ONE_PLANS = "SELECT 1 FROM pg_advisory_xact_lock(hashtext('%s'))"

-- The parameter job of a URL, and the URL without it, as libpq wants it.
local function split(url)
  local job
  local rest = url:gsub("([?&])job=([^&]*)", function(mark, value)
    job = value
    return mark == "?" and "?" or ""
  end, 1)
  rest = rest:gsub("%?&", "?"):gsub("%?$", "")
  job = job or PRESET
  if not job:find "^[a-z][a-z0-9_]*$" or #job > 40 then
    errors.misuse "the name of a job in PostgreSQL has small letters, digits and _, 40 at the most"
  end
  return rest, job
end

local function dialect(job)
  local names = {
    ROWS = job .. "_rows", PACE = job .. "_pace", BY_STATE = job .. "_by_state",
    LOCKED = "FOR UPDATE SKIP LOCKED", LOCK_PACE = "FOR UPDATE",
  }
  local cache = {}
  return function(statement)
    cache[statement] = cache[statement] or statement:gsub("[A-Z_]+", names)
    return cache[statement]
  end
end

local function connect(url, job)
  local database, err = databases.open("PostgreSQL", url, "PostgreSQL")
  if not database then
    return nil, err
  end
  database.begin, database.skew, database.sql = "BEGIN", 0, dialect(job)
  local set
  set, err = database:setting "SET client_min_messages = warning"
  local lead = set and database:transaction(function()
    return tonumber(database:query(CLOCK)[1].now) - sys.wall()
  end)
  if not lead then
    database:close()
    return nil, err
  end
  database.skew = lead
  return database
end

---@param url string postgres://…, as libpq takes it; job=NAME among its parameters
---@return graphinvite.bulk.Store
function M.new(url)
  local address, job = split(url)
  local database
  local store = sql.new {
    shared = true,
    open = function()
      local err
      if not database then
        database, err = connect(address, job)
      end
      return database, err
    end,
    close = function() database = nil end,
    before_plan = ONE_PLANS:format(job),
  }
  return store
end

return M
