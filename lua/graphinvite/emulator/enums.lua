--- Enums that may grow: whoever does not ask for their newer members sees unknownFutureValue in
--- place of them (reference 3.7).
local core = require "graphinvite.core"

local M = {}

local FUTURE = "unknownFutureValue"
local plans = {} -- by type: what to look at by the member's name, or false for nothing

local plan_of

-- What is to be looked at in a member: the enum's values in lower case, or a type's plan.
local function of_property(property)
  local values = property.values
  if not values then
    return plan_of(property.type) or nil
  elseif values[#values] ~= FUTURE then
    return nil
  end
  local known = {}
  for _, value in ipairs(values) do
    known[value:lower()] = true
  end
  return { known = known }
end

function plan_of(type)
  if plans[type] ~= nil then
    return plans[type]
  end
  plans[type] = false -- a type inside itself has nothing that was not looked at
  local described, members = core.describe(type), {}
  for _, property in ipairs(described and described.properties or {}) do
    members[property.name] = of_property(property)
  end
  plans[type] = next(members) and { members = members } or false
  return plans[type]
end

local conceal

local function conceal_members(value, members)
  local copy
  for name, plan in pairs(members) do
    local old = value[name]
    local new = old ~= nil and conceal(old, plan)
    if new ~= old and new then
      if not copy then
        copy = setmetatable({}, getmetatable(value))
        for key, member in pairs(value) do
          copy[key] = member
        end
      end
      copy[name] = new
    end
  end
  return copy or value
end

-- A value without newer members; the same one where it has none.
function conceal(value, plan)
  if type(value) == "string" then
    return plan.known and not plan.known[value:lower()] and FUTURE or value
  elseif type(value) ~= "table" then
    return value
  elseif value[1] == nil then
    return plan.members and conceal_members(value, plan.members) or value
  end
  local list = setmetatable({}, getmetatable(value))
  for i, item in ipairs(value) do
    list[i] = conceal(item, plan)
  end
  return list
end

--- An entity as one sees it who does not know newer members.
---@param type string
---@param value table stays as it is
---@return table
function M.conceal(type, value)
  local given = value["@odata.type"]
  local plan = given and plan_of((tostring(given):gsub("^#", ""))) or plan_of(type)
  return plan and conceal(value, plan) or value
end

return M
