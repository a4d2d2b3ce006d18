--- graphinvite describe: a type or an operation, from the core's tables.
local status = require "graphinvite.cli.status"

local M = {}

local function run(args, world)
  local text, why = require("graphinvite.description").of(args.name, args.json)
  if not text then
    return status.usage(why)
  end
  world.out:write(text)
  return true
end

M.commands = {
  {
    name = "describe", run = run, summary = "Show a type or an operation.",
    options = { { "NAME", "Such as invitation, or invitations.create." } },
    examples = { "graphinvite describe invitation", "graphinvite describe invitations.create" },
  },
}

return M
