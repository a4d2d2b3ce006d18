--- graphinvite call …: people called into a live call.
local connection = require "graphinvite.cli.connection"
local convert = require "graphinvite.cli.convert"
local invitation = require "graphinvite.cli.invitation"
local output = require "graphinvite.cli.output"
local status = require "graphinvite.cli.status"

local M = {}

local TYPE = "microsoft.graph.commsOperation"
local CALL = { "CALL", "Id of the call." }
local PATH = {
  "--root", "Path of calls: the present one, or the older.",
  choices = { "/communications/calls", "/app/calls" },
}
local LONGEST = 90 -- seconds: an unanswered invitation ends by itself after about 60

local COLUMNS = {
  { "ID", "id", keep = true }, { "STATUS", "status" }, { "CONTEXT", "clientContext" },
  { "RESULT", "resultInfo.message" },
}

-- Words and the member of an identity set that they fill.
local WHO = {
  { "user", "Object id of a user; may be repeated." },
  { "phone", "Telephone number, such as +4930123456; may be repeated." },
  { "application", "Id of an application; may be repeated." },
}

local function open(args, world)
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  return client:call(args.call, { root = args.root })
end

local function participants(args)
  local list = {}
  for _, row in ipairs(WHO) do
    for _, id in ipairs(args[row[1]]) do
      list[#list + 1] = { identity = { [row[1]] = { id = id } }, replacesCallId = args.replaces }
    end
  end
  return list
end

-- Waits for an operation's end and prints it. What has failed is printed too: it is a result.
local function finish(call, operation, args, out)
  out:note("Waiting for the operation %s.",
    type(operation) == "table" and operation.id or operation)
  local ended, err = call.operations:wait(operation, {
    deadline = args.wait or args.deadline or LONGEST,
  })
  if not ended then
    return nil, err
  end
  out:one(ended, TYPE)
  return true
end

local function invite(args, world)
  local body = {
    participants = participants(args), clientContext = args.context,
  }
  if #body.participants == 0 then
    return status.usage "say who: --user ID, --phone NUMBER or --application ID"
  end
  local call, problem = open(args, world)
  if not call then
    return nil, problem
  end
  local operation, err = call.participants:invite(body)
  if not operation then
    return nil, err
  end
  local out = output.new(world, args)
  if type(operation) ~= "table" then
    out:say "Invited. The service has named no operation."
    return true
  elseif args.wait then
    return finish(call, operation, args, out)
  end
  out:one(operation, TYPE)
  return true
end

local function operations(args, world)
  local call, problem = open(args, world)
  if not call then
    return nil, problem
  end
  local list = call.operations:list(invitation.query(args))
  return output.new(world, args):list(list, TYPE, COLUMNS)
end

local function wait(args, world)
  local call, problem = open(args, world)
  if not call then
    return nil, problem
  end
  return finish(call, args.operation, args, output.new(world, args))
end

local function who_options()
  local rows = {}
  for i, row in ipairs(WHO) do
    rows[i] = { "--" .. row[1], row[2], count = "*", argname = "ID" }
  end
  return rows
end

M.summary = "Call people into a live call, and wait for what comes of it."

M.commands = {
  {
    name = "call invite", run = invite, summary = "Call people into a call.",
    connects = true, changes = true,
    options = {
      CALL,
      who_options(),
      { "--context", "Your own name for the operation, at most 256 characters.", argname = "TEXT" },
      { "--replaces", "Id of the call that they are in now.", argname = "CALL" },
      { "--wait", "Wait for the end, for so long, such as 90 or 2m.", convert = convert.duration,
        argname = "TIME" },
      PATH,
    },
    examples = {
      "graphinvite call invite 57dab8b1-894c-409a-b240-bd8beae78896 \\\n"
        .. "    --user 550fae72-d251-43ec-868c-373732c2704f --wait 90",
    },
  },
  {
    name = "call operations", run = operations, summary = "List the operations of a call.",
    connects = true, options = { CALL, invitation.list_options, PATH },
    examples = { "graphinvite call operations 57dab8b1-894c-409a-b240-bd8beae78896" },
  },
  {
    name = "call wait", run = wait, connects = true,
    summary = "Wait until an operation is completed or failed.",
    options = {
      CALL, { "OPERATION", "Id of the operation." },
      { "--deadline", "For so long, such as 90 (preset) or 2m.", convert = convert.duration,
        argname = "TIME" },
      PATH,
    },
    examples = { "graphinvite call wait 57dab8b1-894c-409a-b240-bd8beae78896 1 --json" },
  },
}

return M
