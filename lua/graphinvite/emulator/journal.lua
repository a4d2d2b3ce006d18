--- What was asked of the tenant, in order: the last 10,000 requests.
local M = {}
local Journal = { __name = "graphinvite.emulator.Journal" }
Journal.__index = Journal

local CAPACITY = 10000
local MAX_PATH = 1024 -- bytes

---@return graphinvite.emulator.Journal
function M.new()
  return setmetatable({ count = 0, ring = {} }, Journal)
end

---@param entry table time, method, path, status, retry_after, client_request_id, fault
function Journal:add(entry)
  if #entry.path > MAX_PATH then
    entry.path = entry.path:sub(1, MAX_PATH)
  end
  self.ring[self.count % CAPACITY + 1] = entry
  self.count = self.count + 1
end

-- A text of a request as it may be printed.
local function legible(text)
  return (text:gsub("[^\33-\126]", "?"))
end

---@param most integer? only so many of the last ones
---@return table[] entries the oldest first
function Journal:list(most)
  local entries = {}
  for i = math.max(0, self.count - (most or CAPACITY)), self.count - 1 do
    local entry = self.ring[i % CAPACITY + 1]
    entry.method, entry.path = legible(entry.method), legible(entry.path)
    entries[#entries + 1] = entry
  end
  return entries
end

return M
