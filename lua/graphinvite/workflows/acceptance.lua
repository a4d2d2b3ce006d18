--- Waits until a guest has accepted (reference 5.1): told by the user, not by the invitation.
local errors = require "graphinvite.errors"

local M = {}

local DEADLINE = 86400 -- seconds
local INTERVAL = 60
local SELECT = {
  "id", "displayName", "mail", "externalUserState", "externalUserStateChangeDateTime",
}
local REPLICATION = 300 -- seconds in which a new guest may not be found yet (INF)

-- What is read of the user: what the wait needs, and what the caller wants.
local function selection(wanted)
  if type(wanted) == "string" then
    return wanted .. "," .. table.concat(SELECT, ",")
  end
  local names = {}
  for _, list in ipairs { wanted or {}, SELECT } do
    for _, name in ipairs(list) do
      names[#names + 1] = name
    end
  end
  return names
end

--- Polls the invited user until externalUserState is Accepted.
---@param self graphinvite.Client
---@param invitation table as create returned it, or { invitedUser = { id = … } }
---@param given table? deadline (86400) and interval (60), in seconds; other options of a call
---@return table? user
---@return graphinvite.Error?
function M.wait(self, invitation, given)
  given = given or {}
  self:resolve(given) -- raises where an option is wrong
  local user = type(invitation) == "table" and invitation.invitedUser
  local id = type(user) == "table" and user.id
  if type(id) ~= "string" then
    errors.misuse("wait_accepted takes an invitation with invitedUser.id")
  end
  local transport = self.transport
  local begun = transport.now()
  local finish = begun + (given.deadline or DEADLINE)
  local options = { select = selection(given.select) }
  for name, value in pairs(given) do
    if name ~= "select" and name ~= "interval" then
      options[name] = value
    end
  end
  while true do
    local left = finish - transport.now()
    if left <= 0 then
      local message = ("the guest has not accepted within %g s"):format(given.deadline or DEADLINE)
      return errors.fail("deadline", message, { retriable = true })
    end
    options.deadline = math.min(left, self.settings.deadline)
    local found, err = self.users:get(id, options)
    if found and found.externalUserState == "Accepted" then
      return found
    end
    local replicating = err and err.status == 404 and transport.now() - begun < REPLICATION
    if not found and not replicating and err.retriable ~= true then
      return nil, err
    end
    transport.sleep(math.max(0, math.min(finish - transport.now(), given.interval or INTERVAL)))
  end
end

return M
