--- Garbage with finalizers, which may run whenever Lua allocates.
local M = {}

---@param action fun() what the finalizer does
function M.leave(action)
  if _VERSION == "Lua 5.1" then
    getmetatable(newproxy(true)).__gc = action -- luacheck: ignore 113
  else
    setmetatable({}, { __gc = action })
  end
end

return M
