--- What was asked of the tenant, in order: the last 10,000 requests.
local M = {}
local Journal = { __name = "graphinvite.emulator.Journal" }
Journal.__index = Journal

local CAPACITY = 10000

---@return graphinvite.emulator.Journal
function M.new()
  return setmetatable({ count = 0, ring = {} }, Journal)
end

function Journal:add(entry)
  self.ring[self.count % CAPACITY + 1] = entry
  self.count = self.count + 1
end

---@return table[] entries the oldest first
function Journal:list()
  local entries = {}
  for i = math.max(0, self.count - CAPACITY), self.count - 1 do
    entries[#entries + 1] = self.ring[i % CAPACITY + 1]
  end
  return entries
end

return M
