--- graphinvite bulk run|retry: a job of many invitations.
local connection = require "graphinvite.cli.connection"
local convert = require "graphinvite.cli.convert"
local faults = require "graphinvite.cli.bulk_faults"
local jobs = require "graphinvite.cli.bulk_job"
local output = require "graphinvite.cli.output"
local status = require "graphinvite.cli.status"
local views = require "graphinvite.cli.bulk_view"

local M = {}

local MANY = 2 ^ 31 - 1
local DEADLINE = 30 -- seconds, where the words say nothing else

local RUN_OPTIONS = {
  { "--concurrency", "Calls under way at the most (32); how many is found out.",
    convert = convert.whole(1, 1024), argname = "N" },
  { "--rate", "Rows a second at the most (29); 0 is no limit.", convert = convert.number,
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
local function watch(view)
  local signals = require("graphinvite.sys").signals { "HUP", "INT", "TERM" }
  local caught = false
  return function()
    if not caught and signals:caught() then
      caught = true
      signals:close()
      view:note "Stopping: what is under way is finished. Ctrl-C again stops at once."
    end
    return caught
  end, function() signals:close() end
end

-- A text as one word of a shell.
local function quoted(text)
  return text:find "[^%w_./:@%%+,-]" and "'" .. text:gsub("'", "'\\''") .. "'" or text
end

-- Prints what came of a run. A job that has ended with failed rows is not a fault of ours.
local function conclude(out, summary, err, where)
  if summary then
    views.result(out, summary)
  end
  if err and err.kind == "cancelled" then
    out:note("To go on: graphinvite bulk retry %s", where and quoted(where) or "")
    return status.INTERRUPTED
  elseif err then
    return nil, err
  end
  if summary.failed == 0 and summary.unknown == 0 then
    return status.DONE
  elseif where then
    out:note("What became of each row: graphinvite bulk report %s FILE", quoted(where))
  end
  return status.ROWS
end

-- Runs a job and shows how it gets on.
local function follow(options, out)
  local view = views.new(out)
  local interrupted, restore = watch(view)
  options.on_event = function(event) view:event(event) end
  options.interrupted = interrupted
  local ok, summary, err = pcall(require("graphinvite.workflows.bulk").run, options)
  restore()
  view:close()
  if not ok then
    error(summary, 0)
  end
  return summary, err
end

-- Runs a job in its store and prints what came of it; where the words say so, to a report too.
local function go(args, world, options, store, where)
  local out = output.new(world, args)
  options.store, options.retry_failed = store, args.failed or nil
  for _, name in ipairs(NAMES) do
    options[name] = args[name]
  end
  local summary, err = follow(options, out)
  local result, problem = conclude(out, summary or err.summary, err, where)
  if store and args.report then
    local written, why = jobs.write_report(store, args.report, args.redeem_urls)
    if not written then
      return status.fault("the report cannot be written: " .. tostring(why))
    end
  end
  return result, problem
end

-- What is wrong with the words, or nil.
local function fault(args, where)
  local least = (args.deadline or DEADLINE) + 1
  if args.lease and args.lease <= least then
    return ("--lease is more than %g s: a second longer than the deadline"):format(least)
  elseif args.dry_run and (args.report or args.redeem_urls) then
    return "--dry-run keeps nothing: it goes with neither --report nor --redeem-urls"
  elseif jobs.same(args.report, args.file) or jobs.same(args.report, where) then
    return "--report would overwrite " .. args.report
  end
end

local function run(args, world)
  local where = not args.dry_run and jobs.beside(args) or nil
  local why = fault(args, where) or not where and not args.dry_run
    and "a job of standard input has no place of its own: name one by --job FILE"
  if why then
    return status.usage(why)
  end
  local client, settings = connection.open(world, args)
  if not client then
    return nil, settings
  end
  local reader, err = faults.open(args, settings, output.new(world, args))
  if not reader then
    return nil, err
  end
  return jobs.using(where, function(store)
    return go(args, world, { client = client, input = reader }, store, where)
  end, function() reader:close() end)
end

local function retry(args, world)
  local where, problem = jobs.find(args.job)
  local why = fault(args, where)
  if not where or why then
    return status.usage(why or problem)
  end
  local client, settings = connection.open(world, args)
  if not client then
    return nil, settings
  end
  return jobs.using(where, function(store)
    return go(args, world, { client = client }, store, where)
  end)
end

M.summary = "Invite many guests: a job that a crash neither loses nor repeats."

M.commands = {
  {
    name = "bulk run", run = run, connects = true,
    summary = "Invite everybody in a file; run it again to go on where it stopped.",
    options = {
      { "FILE",
        "The portal's template, CSV with plain titles, or JSON lines; - is standard input." },
      { "--job", "Where the job is kept (FILE.db): a file, or postgres:// for several machines.",
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
      "graphinvite bulk run guests.csv \\\n"
        .. "    --job 'postgres://db.contoso.example/jobs?job=spring'",
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
