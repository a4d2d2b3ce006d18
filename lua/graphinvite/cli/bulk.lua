--- graphinvite bulk run|retry: a job of many invitations.
local connection = require "graphinvite.cli.connection"
local convert = require "graphinvite.cli.convert"
local faults = require "graphinvite.cli.bulk_faults"
local jobs = require "graphinvite.cli.bulk_job"
local output = require "graphinvite.cli.output"
local progress = require "graphinvite.cli.bulk_progress"
local status = require "graphinvite.cli.status"

local M = {}

local MANY = 2 ^ 31 - 1

local RUN_OPTIONS = {
  { "--concurrency", "Calls under way at the most (64); how many is found out.",
    convert = convert.whole(1, 1024), argname = "N" },
  { "--rate", "Rows a second at the most (30); 0 is no limit.", convert = convert.number,
    argname = "N" },
  { "--max-per-hour", "Rows an hour at the most.", convert = convert.whole(1, MANY),
    argname = "N" },
  { "--settle", "After a lost answer, time until a look-up can tell (60).",
    convert = convert.time, argname = "TIME" },
  { "--deadline", "Time for one row (30).", convert = convert.duration, argname = "TIME" },
  { "--lease", "Time that a worker holds a row (twice the deadline).", convert = convert.duration,
    argname = "TIME" },
  { "--redeem-urls", "Keep the redeem links in the job, and in its report.", flag = true },
  { "--report", "Write what became of each row to this file, as CSV.", argname = "FILE" },
  { "--quiet", "Print nothing but the result.", flag = true },
}

local NAMES = { "concurrency", "rate", "max_per_hour", "settle", "deadline", "lease",
  "redeem_urls", "reinvite", "dry_run" }

-- Notes signals; the first one ends the run in order. Gives what asks whether there was one, and
-- what puts the signals back, so that the next one ends the process.
local function watch(out)
  local signals = require("graphinvite.sys").signals { "HUP", "INT", "TERM" }
  local caught = false
  return function()
    if not caught and signals:caught() then
      caught = true
      signals:close()
      out:note "Stopping: what is under way is finished. Ctrl-C again stops at once."
    end
    return caught
  end, function() signals:close() end
end

-- Runs a job and prints what came of it.
local function go(args, world, client, rows, where)
  local bulk = require "graphinvite.workflows.bulk"
  local out = output.new(world, args)
  local options = { client = client, input = rows, retry_failed = args.failed or nil }
  for _, name in ipairs(NAMES) do
    options[name] = args[name]
  end
  local store
  if not args.dry_run then
    store = bulk.store(where)
    options.store = store
  end
  local view = progress.new(out)
  options.on_event = function(event) view:event(event) end
  local interrupted, restore = watch(out)
  options.interrupted = interrupted
  local ok, summary, err = pcall(bulk.run, options)
  restore()
  view:close()
  local written, why = true, nil
  if ok and store and args.report then
    written, why = jobs.write_report(store, args.report, args.redeem_urls)
  end
  if store then
    store.close()
  end
  if not ok then
    error(summary, 0)
  end
  return M.tell(out, summary or err and err.summary, err, { where = where, written = written,
    why = why })
end

-- The exit status of a job that came to its end.
local function verdict(summary)
  return (summary.failed > 0 or summary.unknown > 0) and status.ROWS or status.DONE
end

--- Prints the result of a run.
---@param out table
---@param summary table? none where the run has not begun
---@param err any
---@param job { where: string?, written: any, why: any }
function M.tell(out, summary, err, job)
  if summary then
    progress.summary(out, summary, job.where)
  end
  if err then
    if err.kind == "cancelled" then
      out:note("To go on: graphinvite bulk retry %s", tostring(job.where))
      return status.INTERRUPTED
    end
    return nil, err
  elseif not job.written then
    return status.fault("the report cannot be written: " .. tostring(job.why))
  end
  return verdict(summary)
end

local function run(args, world)
  local where = jobs.beside(args)
  if not where and not args.dry_run then
    return status.usage("a job of standard input has no place of its own: name one by --job FILE")
  end
  local problem = jobs.fault_in(where)
  if problem then
    return status.usage(problem)
  end
  local client, settings = connection.open(world, args)
  if not client then
    return nil, settings
  end
  local out = output.new(world, args)
  local reader, err = faults.open(args, settings, out)
  if not reader then
    return nil, err
  end
  local fine, result, why = pcall(go, args, world, client, reader, where)
  reader:close()
  if not fine then
    error(result, 0)
  end
  return result, why
end

local function retry(args, world)
  local where = jobs.place(args.job)
  local problem = jobs.fault_in(where)
  if problem then
    return status.usage(problem)
  end
  local client, settings = connection.open(world, args)
  if not client then
    return nil, settings
  end
  return go(args, world, client, nil, where)
end

M.summary = "Invite many guests: a job that a crash neither loses nor repeats."

M.commands = {
  {
    name = "bulk run", run = run, connects = true,
    summary = "Invite everybody in a file; run it again to go on where it stopped.",
    options = {
      { "FILE",
        "The portal's template, CSV with plain titles, or JSON lines; - is standard input." },
      { "--job", "Where the job is kept (FILE.db): a file, or postgres://… for several machines.",
        argname = "JOB" },
      { "--redirect", "Where guests go whose row names no address.", argname = "URL" },
      { "--reinvite", "Invite guests again, who are skipped otherwise.", flag = true },
      { "--dry-run", "Send nothing: check the file, look for guests, tell how long it will take.",
        flag = true },
      RUN_OPTIONS,
    },
    examples = {
      "graphinvite bulk run guests.csv --report result.csv",
      "graphinvite bulk run guests.csv --dry-run",
      "graphinvite bulk run guests.csv --job postgres://db.contoso.example/jobs?job=spring",
    },
  },
  {
    name = "bulk status", run = jobs.status, summary = "Tell how far a job is.",
    options = { jobs.JOB }, examples = { "graphinvite bulk status guests.csv" },
  },
  {
    name = "bulk report", run = jobs.report, summary = "Write what became of each row of a job.",
    options = {
      jobs.JOB,
      { "FILE", "Where the CSV goes; with --json the rows are printed instead.", args = "?" },
      { "--redeem-urls", "With the redeem links, where the run has kept them.", flag = true },
    },
    examples = {
      "graphinvite bulk report guests.csv result.csv",
      "graphinvite bulk report guests.csv --json | jq 'select(.status == \"failed\")'",
    },
  },
  {
    name = "bulk retry", run = retry, connects = true,
    summary = "Go on with a job without its file; with --failed, failed rows too.",
    options = { jobs.JOB, { "--failed", "Try failed rows again.", flag = true }, RUN_OPTIONS },
    examples = { "graphinvite bulk retry --failed guests.csv" },
  },
}

return M
