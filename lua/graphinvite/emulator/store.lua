--- What is kept for a time and then forgotten: tokens, codes, names that were used once.
local M = {}
local Store = { __name = "graphinvite.emulator.Store" }
Store.__index = Store

local MANY = 10000 -- entries; from there on those whose time is over are thrown away

---@return graphinvite.emulator.Store
function M.new()
  return setmetatable({ entries = {}, count = 0, limit = MANY }, Store)
end

-- Throws away what has expired, each time the number of entries has doubled.
local function sweep(self, now)
  for key, entry in pairs(self.entries) do
    if entry.expires <= now then
      self.entries[key], self.count = nil, self.count - 1
    end
  end
  self.limit = math.max(MANY, 2 * self.count)
end

--- Keeps an entry, at least until it expires.
---@param key string
---@param entry { expires: number } seconds since 1970
---@param now number seconds since 1970
function Store:put(key, entry, now)
  if self.count >= self.limit then
    sweep(self, now)
  end
  self.count = self.count + (self.entries[key] and 0 or 1)
  self.entries[key] = entry
end

--- The entry of a key; it may have expired.
---@param key string
---@return table?
function Store:get(key)
  return self.entries[key]
end

return M
