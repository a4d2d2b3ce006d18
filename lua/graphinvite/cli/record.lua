--- A JSON object whose members stand in a given order.
local core = require "graphinvite.core"

local M = {}

---@param members table array of { name, value }; one without a value is left out
---@return string json
function M.json(members)
  local parts = {}
  for _, member in ipairs(members) do
    local json = member[2] ~= nil and core.encode(nil, member[2])
    if json then
      parts[#parts + 1] = ('"%s":%s'):format(member[1], json)
    end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

return M
