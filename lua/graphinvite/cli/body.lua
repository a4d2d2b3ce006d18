--- A body from words such as trackingId=campaign-7, and from a file of JSON.
local core = require "graphinvite.core"
local convert = require "graphinvite.cli.convert"
local status = require "graphinvite.cli.status"

local M = {}

M.options = {
  {
    "MEMBERS", "NAME=TEXT, or NAME:=JSON; names as `graphinvite describe` has them,"
      .. " a.b for one inside another.", args = "*", argname = "NAME=TEXT",
  },
  { "--body", "File with the body as JSON; - is standard input.", argname = "FILE" },
}

local BOOLEANS = { ["true"] = true, ["false"] = false }

local usage = status.usage

-- A text as the value of a property; nil and what it should be where it is none.
local function typed(property, text)
  if property.collection then
    return nil, "a JSON array: write it with :="
  elseif property.type == "Edm.Boolean" then
    return BOOLEANS[text], "true or false"
  elseif property.type == "Edm.Int32" or property.type == "Edm.Int64" then
    return text:find "^-?%d+$" and core.int64(text) or nil, "a whole number"
  elseif property.type:find "^Edm%." or property.values then
    return text
  end
  return nil, "a JSON object: write it with :="
end

local function property_of(described, name)
  for _, property in ipairs(described and described.properties or {}) do
    if property.name == name then
      return property
    end
  end
end

-- Adds one member; the objects on its way are made. What has no such property is left to the codec,
-- which knows what to say.
local function assign(body, type_name, path, text, is_json)
  local described, object, name = core.describe(type_name), body, path
  for step, rest in path:gmatch "([^.]+)%.()" do
    local property = property_of(described, step)
    described = property and core.describe(property.type)
    if type(object[step]) ~= "table" then
      object[step] = {}
    end
    object, name = object[step], path:sub(rest)
  end
  if is_json then
    local value, why = core.decode(nil, text)
    if value == nil then
      return usage(("%s: %s"):format(path, why))
    end
    object[name] = value
    return true
  end
  local property = property_of(described, name)
  local value, wanted = text, nil
  if property then
    value, wanted = typed(property, text)
  end
  if value == nil then
    return usage(("%s is %s"):format(path, wanted))
  end
  object[name] = value
  return true
end

local function read(path, type_name, world)
  local text, why
  if path == "-" then
    text = world.input:read "*a"
  else
    text, why = convert.file(path)
  end
  if not text then
    return usage("--body: " .. why)
  end
  local value, fault = core.decode(type_name, text)
  if type(value) ~= "table" then
    return usage(("--body: %s: %s"):format(path, fault or "no JSON object"))
  end
  return value
end

--- The body that the words describe: the file's, with the members over it.
---@param type_name string
---@param args table body and members
---@param world graphinvite.cli.World
---@return table?
---@return table? err
function M.of(type_name, args, world)
  local body = {}
  if args.body then
    local value, err = read(args.body, type_name, world)
    if not value then
      return nil, err
    end
    body = value
  elseif #args.members == 0 then
    return usage "there is nothing to send: give NAME=TEXT, or --body FILE"
  end
  for _, word in ipairs(args.members) do
    local name, colon, text = word:match "^([%w_@.]-)(:?)=(.*)$"
    if not name or name == "" then
      return usage(("'%s' is neither NAME=TEXT nor NAME:=JSON"):format(word))
    end
    local done, err = assign(body, type_name, name, text, colon == ":")
    if not done then
      return nil, err
    end
  end
  return body
end

return M
