--- A connection of LuaDBI: statements that are prepared once, and transactions.
local errors = require "graphinvite.errors"

local M = {}
local Database = { __name = "graphinvite.bulk.Database" }
Database.__index = Database

local Failure = {} -- marks what is raised inside a transaction to leave it

local PACKAGES = { SQLite3 = "lua-dbi-sqlite3", PostgreSQL = "lua-dbi-postgresql" }

local function failed(self, why)
  why = tostring(why):gsub("%s+$", ""):gsub("%s*\n%s*", " ")
  return errors.new("transport", ("the job in %s: %s"):format(self.name, why), {
    reason = "other", sent = false, retriable = true, store = true,
  })
end

local function raise(self, why)
  error(setmetatable({ err = failed(self, why) }, Failure), 0)
end

-- LuaDBI raises some failures and returns others.
local function attempt(f, ...)
  local ok, value, why = pcall(f, ...)
  if ok then
    return value, why
  end
  return nil, value
end

---@param driver "SQLite3"|"PostgreSQL"
---@param place string path or URL
---@param name string how messages call it: without a password
---@return table? database
---@return graphinvite.Error?
function M.open(driver, place, name)
  local found, dbi = pcall(require, "DBI")
  found = found and pcall(require, "dbd." .. driver:lower())
  local self = setmetatable({ driver = driver, name = name, statements = {} }, Database)
  if not found then
    local err = failed(self, "LuaDBI is not installed for this Lua")
    err.hint = ("install Debian's %s, or luadbi-%s from LuaRocks"):format(PACKAGES[driver],
      driver:lower())
    return nil, err
  end
  local connection, why = attempt(dbi.Connect, driver, place)
  if not connection then
    return nil, failed(self, why)
  end
  self.connection = connection
  connection:autocommit(true)
  return self
end

--- Runs a statement. Inside M.transaction only, where a failure ends the transaction.
---@param sql string with a ? for each value
---@return table statement
function Database:execute(sql, ...)
  local statement = self.statements[sql]
  if not self.connection then
    raise(self, "it has been closed")
  elseif not statement then
    local why
    statement, why = attempt(self.connection.prepare, self.connection, sql)
    if not statement then
      raise(self, why)
    end
    self.statements[sql] = statement
  end
  local done, why = attempt(statement.execute, statement, ...)
  if not done then
    raise(self, why)
  end
  return statement
end

--- Runs a statement outside of transactions.
---@return true?
---@return graphinvite.Error?
function Database:setting(sql)
  local done, problem = pcall(function() self:query(sql) end)
  if done then
    return true
  end
  return nil, problem.err
end

--- How many rows a statement has changed.
---@return integer
function Database:change(sql, ...)
  return self:execute(sql, ...):affected()
end

--- All rows that a statement gives.
---@return table[]
function Database:query(sql, ...)
  local list = {}
  for row in self:execute(sql, ...):rows(true) do
    list[#list + 1] = row
  end
  return list
end

local function abandon(self, problem)
  pcall(self.execute, self, "ROLLBACK")
  if getmetatable(problem) == Failure then
    return nil, problem.err
  end
  error(problem, 0)
end

local function finish(self, ok, ...)
  if not ok then
    return abandon(self, (...))
  end
  local lasts, problem = pcall(self.execute, self, "COMMIT")
  if not lasts then
    return abandon(self, problem)
  end
  return ...
end

--- Leaves a transaction: nothing has changed, and it gives nil and the error.
---@param err graphinvite.Error
function M.leave(err)
  error(setmetatable({ err = err }, Failure), 0)
end

--- Runs work in a transaction: its results when that has lasted; nil and an error when it has not.
--- What work raises itself goes on upwards, and nothing has changed.
---@param work fun(database: table): any
function Database:transaction(work)
  local begun, problem = pcall(self.execute, self, self.begin)
  if not begun then
    return abandon(self, problem)
  end
  return finish(self, pcall(work, self))
end

function Database:close()
  if self.connection then
    for _, statement in pairs(self.statements) do
      pcall(statement.close, statement)
    end
    pcall(self.connection.close, self.connection)
    self.connection, self.statements = nil, {}
  end
end

return M
