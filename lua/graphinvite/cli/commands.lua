--- All commands, in the order of the help.
local MODULES = {
  "invite", "bulk", "invitation", "call", "linkedin", "token", "describe", "emulator", "editor",
  "completion",
}

local M = { groups = {} }

--- One command. An option is a row: name, help, then properties of argparse; a row of rows stands
--- for all of them.
---@class graphinvite.cli.Command
---@field name string e.g. "invitation get"
---@field run fun(args: table, world: graphinvite.cli.World, parser: table): any, any gives true or
---an exit status; or nil and an error
---@field summary string
---@field options table
---@field connects boolean? it has the options of a connection
---@field changes boolean? what it sends has an effect
---@field plain boolean? it has no --json
---@field examples string[]

for _, name in ipairs(MODULES) do
  local module = require("graphinvite.cli." .. name)
  if module.summary then
    M.groups[name] = module.summary
  end
  for _, command in ipairs(module.commands) do
    M[#M + 1] = command
  end
end

return M
