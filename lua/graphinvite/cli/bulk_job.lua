--- graphinvite bulk status|report: what a job says about itself, and where it is.
local output = require "graphinvite.cli.output"
local status = require "graphinvite.cli.status"

local M = {}

M.JOB = { "JOB", "The job, or the file that it was made from." }

local ENDING = ".db"
local MAGIC = "SQLite format 3\0" -- what a job in a file begins with

local function is_url(where)
  return where:find "^postgres://" or where:find "^postgresql://"
end

--- Where the job of a run is: as the words say, or beside the input.
---@param args table file and job
---@return string? nil for standard input
function M.beside(args)
  if args.job then
    return args.job
  end
  return args.file ~= "-" and args.file .. ENDING or nil
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then
    file:close()
  end
  return file ~= nil
end

-- Words are seen by everybody on a machine.
local function password_in(where)
  return where:find "^%a+://[^/@]*:[^/@]*@" or where:find "[?&]password="
end

local PASSWORD = "a password among the words is seen by everybody on this machine: leave it to "
  .. "PGPASSFILE or ~/.pgpass"

--- Whether two paths are written alike: what one is must not be overwritten by the other.
---@param path string?
---@param other string?
---@return boolean
function M.same(path, other)
  local function plain(name)
    return (name:gsub("/+", "/"):gsub("^%./", ""):gsub("/%./", "/"))
  end
  return path ~= nil and other ~= nil and plain(path) == plain(other)
end

--- Where a job is that is called by its own name, or by that of its input.
---@param word string
---@return string
function M.place(word)
  return not is_url(word) and exists(word .. ENDING) and word .. ENDING or word
end

--- The same for a job that is there.
---@param word string
---@return string?
---@return string? why there is none
function M.find(word)
  local path = M.place(word)
  if is_url(path) then
    return path
  end
  local file, why = io.open(path, "rb")
  if not file then
    return nil, ("there is no such job: %s; `graphinvite bulk run` makes one"):format(why)
  end
  local head = file:read(#MAGIC)
  file:close()
  if head ~= MAGIC then
    return nil, ("%s is no job; `graphinvite bulk run` makes one"):format(path)
  end
  return path
end

--- Has a store used and then closed.
---@param where string? none: there is nothing to keep
---@param use fun(store: graphinvite.bulk.Store?): any, any
---@param after fun()? called last
---@return any result
---@return any err
function M.using(where, use, after)
  local store, why
  if where and is_url(where) and password_in(where) then
    why = PASSWORD
  elseif where then
    local opened, value = pcall(require("graphinvite.workflows.bulk").store, where)
    if opened then
      store = value
    else
      why = tostring(value):gsub("^[^\n]-:%d+: ", "")
    end
  end
  local fine, result, err = true, nil, nil
  if not why then
    fine, result, err = pcall(use, store)
  end
  if store then
    store.close()
  end
  if after then
    after()
  end
  if why then
    return status.usage(why)
  elseif not fine then
    error(result, 0)
  end
  return result, err
end

-- The iterator of a store with false and why at a failure.
local function each(rows)
  return function()
    local row, err = rows()
    if row == nil and err then
      return false, err
    end
    return row, err
  end
end

--- Writes the report of a job.
---@return true?
---@return any why
function M.write_report(store, path, redeem_urls)
  local counts, rows = store.report()
  if not counts then
    return nil, rows
  end
  return require("graphinvite.workflows.bulk.report").write(path, each(rows), redeem_urls)
end

-- The same for a job that is there.
local function with_job(word, use)
  local where, why = M.find(word)
  if not where then
    return status.usage(why)
  end
  return M.using(where, use)
end

-- What is told of a job, in this order.
local function facts(counts)
  return {
    { "total", counts.total }, { "done", counts.done }, { "failed", counts.failed },
    { "unknown", counts.unknown }, { "skipped", counts.skipped },
    { "duplicates", counts.duplicates }, { "guests", counts.guests },
    { "left", counts.new + counts.planned + counts.sent },
  }
end

function M.status(args, world)
  return with_job(args.job, function(store)
    local counts, err = store.report()
    if not counts then
      return nil, err
    end
    local out, rows = output.new(world, args), {}
    if args.json then
      out:record(facts(counts))
      return true
    end
    for i, fact in ipairs(facts(counts)) do
      rows[i] = { fact[1], ("%d"):format(fact[2]) }
    end
    out:fields(rows)
    return true
  end)
end

local function print_rows(rows, out, redeem_urls)
  for row, err in each(rows) do
    if not row then
      return nil, err
    end
    out:record {
      { "line", row.line }, { "address", row.address }, { "status", row.state },
      { "user_id", row.user_id }, { "request_id", row.request_id }, { "code", row.code },
      { "error", row.reason }, { "redeem_url", redeem_urls and row.link or nil },
    }
  end
  return true
end

function M.report(args, world)
  if not args.file and not args.json then
    return status.usage "name the file that the report goes to, or add --json"
  elseif M.same(args.file, args.job) or M.same(args.file, M.place(args.job)) then
    return status.usage(("%s is not overwritten: give the report a file of its own"):format(
      args.file))
  end
  return with_job(args.job, function(store)
    if args.file then
      local written, why = M.write_report(store, args.file, args.redeem_urls)
      if not written then
        return nil, status.is_error(why) and why or select(2, status.fault(tostring(why)))
      end
      return true
    end
    local counts, rows = store.report()
    if not counts then
      return nil, rows
    end
    return print_rows(rows, output.new(world, args), args.redeem_urls)
  end)
end


return M
