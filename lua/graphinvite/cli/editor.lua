--- graphinvite meta: types for editors that know LuaCATS.
local core = require "graphinvite.core"
local status = require "graphinvite.cli.status"

local M = {}

-- The file of a module that this interpreter would load.
local function module_file(name)
  for template in package.path:gmatch "[^;]+" do
    local path = template:gsub("%?", (name:gsub("%.", "/")))
    local file = io.open(path, "rb")
    if file then
      local text = file:read "*a"
      file:close()
      return text, path
    end
  end
end

local function write(path, text)
  local file, why = io.open(path, "wb")
  if not file then
    return nil, why
  end
  local written, problem = file:write(text)
  local closed, fault = file:close()
  return written and closed, problem or fault
end

local function run(args, world)
  local core_types = require("graphinvite.catalogue").meta()
  if not args.directory then
    world.out:write(core_types)
    return true
  end
  local texts = { core = core_types }
  for _, name in ipairs { "crypto", "sys" } do
    texts[name] = module_file("graphinvite.meta." .. name)
  end
  for name, text in pairs(texts) do
    local done, why = write(("%s/graphinvite-%s.lua"):format(args.directory, name), text)
    if not done then
      return status.fault(why, "name a directory that is there")
    end
  end
  local _, path = module_file "graphinvite.client"
  local library = { args.directory, path and path:match "^(.*)/client%.lua$" }
  world.err:write "This tells the editor where to look; it goes to .luarc.json:\n"
  world.out:write(core.encode(nil, { ["workspace.library"] = library }), "\n")
  return true
end

M.commands = {
  {
    name = "meta", run = run, summary = "Write types for your editor (LuaCATS).", plain = true,
    options = {
      { "DIRECTORY", "Where the files go; without it the types of graphinvite.core are printed.",
        args = "?" },
    },
    examples = { "graphinvite meta ~/.local/share/lua-types > .luarc.json" },
  },
}

return M
