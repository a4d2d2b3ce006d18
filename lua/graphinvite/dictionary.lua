--- The dictionary that the workers of nginx share, or one of the same functions for one worker.
local M = {}

local Private = {}
Private.__index = Private

local function living(self, key)
  local entry = self[key]
  return entry and entry.ends > ngx.now() and entry or nil
end

function Private:get(key)
  local entry = living(self, key)
  return entry and entry.value
end

function Private:set(key, value, seconds)
  self[key] = { value = value, ends = seconds > 0 and ngx.now() + seconds or math.huge }
end

function Private:add(key, value, seconds)
  if living(self, key) then
    return false, "exists"
  end
  self:set(key, value, seconds)
  return true
end

function Private:incr(key, value, initial, seconds)
  local entry = living(self, key)
  if entry then
    entry.value = entry.value + value
  else
    self:set(key, initial + value, seconds)
  end
end

function Private:delete(key)
  self[key] = nil
end

---@return table dictionary
function M.private()
  return setmetatable({}, Private)
end

local alone = {} -- what stands in for a dictionary that is not declared, by its name

--- The dictionary of that name. Where it is not declared, the error log says so once.
---@param name string
---@return table dictionary
function M.shared(name)
  if ngx.shared[name] then
    return ngx.shared[name]
  elseif not alone[name] then
    alone[name] = M.private()
    ngx.log(ngx.ERR, "graphinvite: there is no lua_shared_dict ", name,
      ": each worker has tokens and notifications of its own")
  end
  return alone[name]
end

return M
