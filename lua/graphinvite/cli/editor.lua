--- graphinvite meta: types for editors that know LuaCATS.
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
  local crypto_types = module_file "graphinvite.meta.crypto"
  local library = select(2, module_file "graphinvite.client")
  if not crypto_types or not library then
    return status.fault "graphinvite.meta.crypto is not among the installed modules"
  end
  for name, text in pairs {
    ["graphinvite-core.lua"] = core_types, ["graphinvite-crypto.lua"] = crypto_types,
  } do
    local done, why = write(args.directory .. "/" .. name, text)
    if not done then
      return status.fault(why, "name a directory that is there: graphinvite meta DIRECTORY")
    end
  end
  world.err:write("Tell the editor where to look, in .luarc.json:\n")
  world.out:write(('{"workspace.library":["%s","%s"]}\n'):format(args.directory,
    library:match "^(.*)/client%.lua$"))
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
