--- Reads the body of a request as a Graph type.
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"

local M = {}

local JSON = "application/json"
local NOT_JSON = "not JSON at byte" -- what core.decode says of a text that is not JSON

local read_only_of = {} -- type -> names of its read-only properties

-- The read-only properties of a type.
local function read_only(type)
  local names = read_only_of[type]
  if names == nil then
    names = {}
    for _, property in ipairs(core.describe(type).properties) do
      if property.read_only then
        names[#names + 1] = property.name
      end
    end
    read_only_of[type] = names
  end
  return names
end

-- Refuses what only the service sets, as `strict` wants it: reference 10, row 17.
local function refuse_read_only(type, value)
  for _, name in ipairs(read_only(type)) do
    -- The one that the caller of a reset has to name: reference 1.3.
    local needed = name == "invitedUser" and value.resetRedemption == true
    if value[name] ~= nil and not needed then
      errors.refuse("read_only", name, { target = name })
    end
  end
end

local demands_of = {} -- type -> members that may not be null, and those that are objects, by name

local function demands(type)
  local found = demands_of[type]
  if found == nil then
    found = { filled = {}, objects = {} }
    for _, property in ipairs(core.describe(type).properties) do
      if not property.nullable and property.name ~= "id" then
        found.filled[#found.filled + 1] = property.name
      end
      if not property.type:find("^Edm%.") and not property.values then
        found.objects[property.name] = property.type
      end
    end
    demands_of[type] = found
  end
  return found
end

-- Refuses a null where the schema has none: reference 3.3 CSDL.
local function refuse_nulls(type_name, value, path)
  local wanted = demands(type_name)
  for _, name in ipairs(wanted.filled) do
    if value[name] == core.null then
      errors.refuse("null", path .. name, { target = path .. name })
    end
  end
  for name, member_type in pairs(wanted.objects) do
    local member = value[name]
    if type(member) == "table" then
      for i, item in ipairs(member) do
        if type(item) == "table" then
          refuse_nulls(member_type, item, ("%s%s[%d]/"):format(path, name, i))
        end
      end
      refuse_nulls(member_type, member, path .. name .. "/")
    end
  end
end

local function is_json(headers)
  local media = headers["content-type"]
  return media == JSON or media ~= nil and media:match("^%s*([^%s;]*)"):lower() == JSON
end

--- Reads the body as the type that the operation takes.
---@param exchange graphinvite.emulator.Exchange
---@param type string? the operation's own unless given
---@return table value
function M.read(exchange, type)
  type = type or exchange.route.row.sends
  local text = exchange.body or ""
  if not is_json(exchange.headers) then
    errors.refuse("unreadable")
  end
  local value, why = core.decode(type, text)
  if value == core.null or why and why:find(NOT_JSON, 1, true) then
    errors.refuse("unreadable")
  elseif value == nil then
    errors.refuse("value", why, { target = why:match("^(%S+): ") })
  end
  value["@odata.etag"] = nil -- of what was read; the service sets it
  if exchange.route.row.id ~= "A1" then -- which has rules of its own: rules.lua
    refuse_nulls(type, value, "")
  end
  if exchange.emulator.options.strict then
    refuse_read_only(type, value)
  end
  return value
end

--- Reads the parameters of an action: it takes those that it has and no others.
---@param exchange graphinvite.emulator.Exchange
---@return table value
function M.read_exactly(exchange)
  local value = M.read(exchange)
  local ok, why = core.encode(exchange.route.row.sends, value)
  if not ok then
    errors.refuse("value", why, { target = why:match("^(%S+): ") })
  end
  return value
end

return M
