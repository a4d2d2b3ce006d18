--- Rows for a job.
local M = {}

---@param line integer
---@param address string?
function M.row(line, address)
  return {
    line = line, address = address or ("guest%d@fabrikam.example"):format(line),
    redirect = "https://app.contoso.example", send = true,
  }
end

---@param list table[]
---@return function iterator
function M.iterate(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

--- An iterator over rows 1 to n.
function M.rows(n)
  local i = 0
  return function()
    i = i + 1
    return i <= n and M.row(i) or nil
  end
end

--- The POSTs of invitations that a tenant was asked for; those of a status where one is given.
function M.posts(emulator, status)
  local list = {}
  for _, entry in ipairs(emulator:requests()) do
    if entry.method == "POST" and entry.path:find "/invitations$"
      and (not status or entry.status == status) then
      list[#list + 1] = entry
    end
  end
  return list
end

return M
