--- Takes out of a value what the service sets by itself (reference 1 and 3.6).
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"

local M = {}

local strip

-- What is left of a member of a type that has properties itself.
local function strip_member(member, property)
  local inner = type(member) == "table" and core.describe(property.type)
  if not inner or not inner.properties then
    return member
  elseif not property.collection then
    return strip(member, inner)
  end
  local items = {}
  for i, item in ipairs(member) do
    items[i] = type(item) == "table" and strip(item, inner) or item
  end
  return items
end

-- A re-invitation names the user it is for: the one time that invitedUser is written (1.3).
local function is_kept(value, property)
  return property.name == "invitedUser" and value.resetRedemption == true
end

function strip(value, described)
  local copy = {}
  for name, member in pairs(value) do
    copy[name] = member
  end
  for _, property in ipairs(described.properties) do
    local name = property.name
    if property.read_only and not is_kept(value, property) then
      copy[name] = nil
    elseif copy[name] ~= nil and not is_kept(value, property) then
      copy[name] = strip_member(copy[name], property)
    end
  end
  return copy
end

---@param value table
---@param type_name string? needed where the value has no @odata.type; preset: an invitation
---@return table copy
function M.strip(value, type_name)
  if type(value) ~= "table" then
    errors.misuse("without_read_only takes a table, this is a " .. type(value))
  end
  local name = type_name or value["@odata.type"] or "microsoft.graph.invitation"
  local described, why = core.describe((name:gsub("^#", "")))
  if not described or not described.properties then
    errors.misuse(why or ("%s has no properties"):format(name))
  end
  return strip(value, described)
end

return M
