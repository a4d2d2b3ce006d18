--- Records kept as columns: an array for each member that every record has, and a table only for
-- those that have more. A hundred thousand records are a few arrays, not as many tables.
local M = {}
local Columns = { __name = "graphinvite.emulator.Columns" }
Columns.__index = Columns

---@class graphinvite.emulator.Columns
---@field size integer the last place
---@field count integer how many places are taken
---@field column table<string, any[]> values by member, then by place; false where there is none

---@param names string[] the members that every record has
---@return graphinvite.emulator.Columns
function M.new(names)
  local self = { names = names, column = {}, more = {}, shared = {}, size = 0, count = 0 }
  for _, name in ipairs(names) do
    self.column[name] = {}
  end
  return setmetatable(self, Columns)
end

-- What a record has more. Those that differ in one true or false only share a table.
local function share(self, more)
  local name, value = next(more)
  if name == nil then
    return false
  elseif type(value) ~= "boolean" or next(more, name) ~= nil then
    return more
  end
  local key = value and name or "not " .. name
  self.shared[key] = self.shared[key] or more
  return self.shared[key]
end

--- Writes a record to its place.
---@param place integer
---@param record table becomes a part of the columns and is of no use to the caller afterwards
function Columns:put(place, record)
  for _, name in ipairs(self.names) do
    local value = record[name]
    record[name] = nil
    self.column[name][place] = value ~= nil and value
  end
  self.more[place] = share(self, record)
end

--- Puts a record behind the others.
---@param record table as for put
---@return integer place
function Columns:add(record)
  self.size, self.count = self.size + 1, self.count + 1
  self:put(self.size, record)
  return self.size
end

--- A copy of the record at a place.
---@param place integer
---@return table? record nil where there is none
function Columns:get(place)
  local more = self.more[place]
  if more == nil then
    return nil
  end
  local record = {}
  for name, value in pairs(more or {}) do
    record[name] = value
  end
  for _, name in ipairs(self.names) do
    record[name] = self.column[name][place] or nil
  end
  return record
end

function Columns:remove(place)
  self:put(place, {})
  self.more[place] = nil
  self.count = self.count - 1
end

return M
