--- Work for client:parallel.
local M = {}

---@return table body of an invitation
function M.guest(i)
  return {
    invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i),
    inviteRedirectUrl = "https://app.contoso.example",
  }
end

---@return table[] participants of an invitation into a call
function M.people()
  return { { identity = { user = { id = "278405a3-f568-4b3e-b684-009193463064" } } } }
end

--- An iterator of 1, 2 ... n; n may be math.huge.
function M.count_to(n)
  local i = 0
  return function()
    i = i + 1
    return i <= n and i or nil
  end
end

function M.invite(i, client)
  return client.invitations:create(M.guest(i))
end

--- Takes all results.
---@return table results { value =, err = } by index
---@return integer[] order in which they came
function M.collect(run)
  local results, order = {}, {}
  for index, value, err in run do
    results[index] = { value = value, err = err }
    order[#order + 1] = index
  end
  return results, order
end

return M
