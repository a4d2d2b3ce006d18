--- How much control information an answer has, and whether it can be given at all: reference 3.1
-- GEN (Accept with odata.metadata), 4.2 (406).
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local url = require "graphinvite.emulator.url"

local M = {}

local LEVELS = { minimal = true, none = true, full = true }
local RANGES = { ["*/*"] = true, ["application/*"] = true, ["application/json"] = true }
local TEXTS = { ["text/plain"] = true, ["text/*"] = true } -- what $count answers too
local KEPT = { ["@odata.nextLink"] = true, ["@odata.count"] = true } -- by odata.metadata=none
local USUAL = { ["*/*"] = true, ["application/json"] = true }

-- The level that one range of Accept asks for; nil where it does not admit the answer.
local function level_of(range, texts)
  local media, parameters = range:lower():match("^%s*([^%s;]+)(.*)$")
  if not (RANGES[media] or texts and TEXTS[media]) or parameters:find("[;%s]q=0[.0]*%s*$") then
    return nil
  end
  local level = parameters:match("odata%.metadata=\"?(%w*)") or "minimal"
  return LEVELS[level] and level
end

-- What the caller wants to get: $format goes before Accept. One that is no JSON is query.lua's.
local function wanted(exchange)
  if exchange.query:find("format=", 1, true) then
    local given = url.parameters(exchange.query)
    local format = given and given["$format"]
    if format and not format:find("json", 1, true) then
      return nil
    elseif format then
      return format:find("/", 1, true) and format or "application/" .. format
    end
  end
  return exchange.headers.accept
end

--- Refuses a request whose caller takes nothing that the service can answer; notes the level.
---@param exchange graphinvite.emulator.Exchange
function M.check(exchange)
  local accept, row = wanted(exchange), exchange.route.row
  if not accept or USUAL[accept] or not row.expects or not accept:find("%S") then
    return
  end
  for range in accept:gmatch("[^,]+") do
    local level = level_of(range, row.expects == "count")
    if level then
      exchange.metadata = level ~= "minimal" and level or nil
      return
    end
  end
  errors.refuse("not_acceptable")
end

-- A copy of a value without annotations, but for some at the top.
local function bare(value, kept)
  if type(value) ~= "table" then
    return value
  end
  local copy = setmetatable({}, getmetatable(value))
  for name, member in pairs(value) do
    if type(name) ~= "string" or not name:find("@", 1, true) or kept and kept[name] then
      copy[name] = bare(member)
    end
  end
  return copy
end

local properties_of = {} -- type -> what core.describe says of its members that are objects

local function object_properties(type_name)
  local list = properties_of[type_name]
  if not list then
    list = {}
    for _, property in ipairs(core.describe(type_name).properties) do
      list[#list + 1] = not property.type:find("^Edm%.") and not property.values and property or nil
    end
    properties_of[type_name] = list
  end
  return list
end

-- A copy of a value in which each object says its type.
local function typed(value, type_name)
  if type(value) ~= "table" then
    return value
  end
  local copy = setmetatable({}, getmetatable(value))
  if value[1] ~= nil then
    for i, item in ipairs(value) do
      copy[i] = typed(item, type_name)
    end
    return copy
  end
  for name, member in pairs(value) do
    copy[name] = member
  end
  for _, property in ipairs(object_properties(type_name)) do
    copy[property.name] = typed(copy[property.name], property.type)
  end
  if not getmetatable(value) then -- an empty array has one
    copy["@odata.type"] = copy["@odata.type"] or "#" .. type_name
  end
  return copy
end

-- Where an entity of the answer is found (INF): below a collection, else at the path itself.
local function address(exchange, entity)
  local path = exchange.origin .. exchange.path
  local row = exchange.route.row
  if row.collection or row.method == "POST" then
    path = path .. "/" .. core.url_encode(entity.id)
  end
  return path
end

local function full(exchange, type_name, value)
  local item_type = type_name:match("^Collection%((.*)%)$")
  if not item_type then
    local entity = typed(value, type_name)
    if type(entity.id) == "string" and exchange.route.row.name ~= "call.participants.invite" then
      entity["@odata.id"] = entity["@odata.id"] or address(exchange, entity)
    end
    return entity
  end
  local page = {}
  for name, member in pairs(value) do
    page[name] = member
  end
  page.value = core.array {}
  for i, item in ipairs(value.value) do
    page.value[i] = full(exchange, item_type, item)
  end
  return page
end

--- An answer with as much control information as its caller wants.
---@param exchange graphinvite.emulator.Exchange
---@param type_name string? of the value
---@param value table
---@return table value another one, where it differs
function M.shape(exchange, type_name, value)
  if exchange.metadata == "none" then
    return bare(value, KEPT)
  elseif exchange.metadata == "full" and type_name then
    return full(exchange, type_name, value)
  end
  return value
end

return M
