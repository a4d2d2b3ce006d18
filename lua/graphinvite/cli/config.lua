--- The configuration file: JSON, in which a section may have a name.
local cjson = require("cjson").new()
local core = require "graphinvite.core"
local status = require "graphinvite.cli.status"

local M = {}

--- Members and their types, on the top and in a named connection.
M.MEMBERS = {
  base_url = "string", cloud = "string", authority = "string", profile = "string",
  version = "string", proxy = "string", redirect = "string", token_store = "string",
  deadline = "number", timeout = "number", hosts = "table", tls = "table", auth = "table",
}
local MEMBERS, TOP = M.MEMBERS, { connection = "string", connections = "table" }

--- Members of `auth` that nobody but the owner may read.
M.SECRETS = { "client_secret", "passphrase", "refresh_token", "token" }

local usage = status.usage

--- Where the file is unless somebody says: as the XDG base directories have it.
---@param getenv fun(name: string): string?
---@return string?
function M.path(getenv)
  local directory = getenv "XDG_CONFIG_HOME"
  if not directory or directory:sub(1, 1) ~= "/" then
    directory = getenv "HOME" and getenv "HOME" .. "/.config"
  end
  return directory and directory .. "/graphinvite/config.json"
end

local function names_of(...)
  local names = {}
  for _, members in ipairs { ... } do
    for name in pairs(members) do
      names[#names + 1] = tostring(name)
    end
  end
  table.sort(names)
  return names
end

-- What is wrong with the members of an object, or nil.
local function fault_in(object, where, top)
  for name, value in pairs(object) do
    local wanted = MEMBERS[name] or top and TOP[name]
    if not wanted then
      local near = core.suggest(tostring(name), names_of(MEMBERS, top and TOP or {}))
      return ("%s%s: no such setting%s"):format(where, tostring(name),
        near and (" (did you mean %s?)"):format(near) or "")
    elseif type(value) ~= wanted then
      return ("%s%s is a %s, this is a %s"):format(where, name,
        wanted == "table" and "JSON object or array" or wanted, type(value))
    end
  end
end

local function holds_secret(object)
  for _, name in ipairs(M.SECRETS) do
    if type(object.auth) == "table" and object.auth[name] ~= nil then
      return true
    end
  end
  for _, section in pairs(type(object.connections) == "table" and object.connections or {}) do
    if type(section) == "table" and holds_secret(section) then
      return true
    end
  end
  return false
end

-- The file's object; an empty one where nobody has asked for the file and there is none.
local function read(path, asked)
  local file, why = io.open(path, "rb")
  if not file then
    if asked then
      return usage("the configuration file cannot be read: " .. why)
    end
    return {}
  end
  local text, problem = file:read "*a"
  file:close()
  if not text then
    return usage(("the configuration file cannot be read: %s: %s"):format(path, problem))
  end
  local ok, value = pcall(cjson.decode, text)
  if not ok or type(value) ~= "table" then
    return usage(("%s: %s"):format(path, ok and "it is no JSON object" or value))
  end
  return value
end

-- Checks an object as a whole: names, types, and who may read its secrets.
local function check(object, path)
  local fault = fault_in(object, "", true)
  for name, section in pairs(not fault and object.connections or {}) do
    local where = ("connections.%s"):format(tostring(name))
    if type(section) ~= "table" then
      fault = where .. " is a JSON object"
    end
    fault = fault or fault_in(section, where .. ".")
  end
  if fault then
    return usage(("%s: %s"):format(path, fault))
  end
  local mode = require("graphinvite.sys").mode(path)
  if holds_secret(object) and not (mode and mode % 64 == 0) then
    return usage(path .. " holds a secret, and others may read it", "chmod 600 " .. path)
  end
  return object
end

-- The settings of one connection over those of the top.
local function choose(object, name, path)
  local settings = {}
  for _, section in ipairs { object, name and (object.connections or {})[name] or {} } do
    for member, value in pairs(section) do
      settings[member] = not TOP[member] and value or nil
    end
  end
  if name and not (object.connections or {})[name] then
    local known = table.concat(names_of(object.connections or {}), ", ")
    return usage(("%s has no connection %s"):format(path or "the configuration", name),
      known ~= "" and "it has: " .. known or nil)
  end
  return settings
end

--- The settings that the configuration file has for a command.
---@param world graphinvite.cli.World
---@param args table config and connection of the command line
---@return table? settings
---@return table? err
function M.load(world, args)
  local getenv = world.getenv
  local asked = args.config or getenv "GRAPHINVITE_CONFIG"
  local path = asked or M.path(getenv)
  local object, err = {}, nil
  if path then
    object, err = read(path, asked ~= nil)
    if object and next(object) ~= nil then
      object, err = check(object, path)
    end
  end
  if not object then
    return nil, err
  end
  return choose(object, args.connection or getenv "GRAPHINVITE_CONNECTION" or object.connection,
    path)
end

return M
