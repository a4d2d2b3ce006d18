--- The command line: picks the command that the words name. Also the installed script.
local M = {}

--- What a command sees of the world.
---@class graphinvite.cli.World
---@field getenv fun(name: string): string? a variable that is set to nothing counts as unset
---@field input file* standard input
---@field out file* standard output
---@field err file* standard error
---@field columns integer? of the terminal that standard output is
---@field ascii boolean? that terminal has no UTF-8
---@field err_ascii boolean? the terminal that standard error is has no UTF-8
---@field err_columns (fun(): integer)? of the terminal that standard error is
---@field transport graphinvite.Transport? unset: libcurl
---@field ask fun(prompt: string): string?, string? a secret from the person at the terminal
---@field prompt fun(device: graphinvite.DevicePrompt) tells a person how to sign in
---@field changes boolean? what the command sends has an effect
---@field under_way boolean? a request has been sent, and no answer has come
---@field fillers table? keeps open what stands in the place of standard files

local function getenv(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

-- The characters of the environment's locale.
local function is_utf8()
  local locale = getenv "LC_ALL" or getenv "LC_CTYPE" or getenv "LANG" or ""
  return locale:lower():find "utf%-?8" ~= nil
end

local CLOSED = 9 -- EBADF

-- Has something stand where a standard file is closed, else a socket or the job would be taken for
-- it. Whoever uses it still fails.
local function fill_gaps()
  local fillers = {}
  for i, file in ipairs { io.stdin, io.stdout, io.stderr } do
    local _, _, code = file:seek()
    fillers[i] = code == CLOSED and io.open("/dev/null", i == 1 and "w" or "r") or nil
  end
  return fillers
end

local function world_of_process()
  local sys = require "graphinvite.sys"
  local terminal, utf8 = sys.terminal(1), is_utf8()
  return {
    fillers = fill_gaps(), getenv = getenv, input = io.stdin, out = io.stdout, err = io.stderr,
    columns = terminal and terminal.columns, ascii = terminal and not utf8 or nil,
    err_ascii = sys.terminal(2) and not utf8 or nil,
    err_columns = sys.terminal(2) and function() return (sys.terminal(2) or {}).columns or 80 end,
    ask = sys.read_secret,
    prompt = function(device)
      io.stderr:write(require("graphinvite.cli.text").clean(device.message, not utf8), "\n")
    end,
  }
end

-- What an error raised in a command comes to: an error of ours as it is, else where it was.
local function caught(err)
  return type(err) == "table" and err or debug.traceback(tostring(err), 2)
end

-- Whether words ask for JSON, where they could not be understood.
local function wants_json(words)
  for _, word in ipairs(words) do
    if word == "--json" then
      return true
    end
  end
  return false
end

-- Runs the command that was chosen, or shows what was asked for.
local function run(parser, args, world)
  local done, err = true, nil
  if parser.shown then
    world.out:write(parser.shown, "\n")
  else
    world.changes = parser.chosen.changes
    done, err = parser.chosen.run(args, world, parser.parser)
  end
  local flushed, why = world.out:flush()
  if done and not flushed then
    return require("graphinvite.cli.status").fault("cannot write to standard output: "
      .. tostring(why))
  end
  return done, err
end

--- Runs a command line.
---@param words string[]
---@param world graphinvite.cli.World? unset: this process
---@return integer status for os.exit
function M.main(words, world)
  world = world or world_of_process()
  local errors = require "graphinvite.errors"
  local complaint, status = require "graphinvite.cli.complaint", require "graphinvite.cli.status"
  local parser = require("graphinvite.cli.parser").new(require "graphinvite.cli.commands", world)
  local args, why = parser:parse(words)
  if not args then
    local json, usage, hint = wants_json(words), parser:usage(words)
    if not json then
      world.err:write(usage, "\n")
    end
    local _, err = status.usage((why:gsub("\n", "; ")), hint)
    complaint.print(world, err, status.USAGE, json)
    return status.USAGE
  end
  local fine, done, err = xpcall(function() return run(parser, args, world) end, caught)
  if fine and done then
    return done == true and status.DONE or done
  end
  err = not fine and done or err
  if type(err) == "string" and err:find "^[^\n]*interrupted!\n" then
    if world.under_way then
      complaint.print(world, errors.new("cancelled", "interrupted while a request was under way", {
        hint = "look whether it took effect before you repeat it",
      }), status.INTERRUPTED, args.json)
    end
    return status.INTERRUPTED
  end
  local exit_status = status.of(err)
  world.out:flush()
  complaint.print(world, err, exit_status, args.json)
  return exit_status
end

if ... == "graphinvite.cli" then
  return M
end
os.exit(M.main(arg), true)
