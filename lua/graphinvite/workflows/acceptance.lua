--- Waits until a guest has accepted (reference 5.1): told by the user, not by the invitation.
local errors = require "graphinvite.errors"

local M = {}

local DEADLINE = 86400 -- seconds
local INTERVAL = 60
local SELECT = {
  "id", "displayName", "mail", "externalUserState", "externalUserStateChangeDateTime",
}
local REPLICATION = 300 -- seconds in which a new guest may not be found yet (INF)

--- Polls the invited user until externalUserState is Accepted.
---@param self graphinvite.Client
---@param invitation table as create returned it, or { invitedUser = { id = … } }
---@param given table? deadline (86400) and interval (60), in seconds; other options of a call
---@return table? user
---@return graphinvite.Error?
function M.wait(self, invitation, given)
  given = given or {}
  local user = type(invitation) == "table" and invitation.invitedUser
  local id = type(user) == "table" and user.id
  if type(id) ~= "string" then
    errors.misuse("wait_accepted takes an invitation with invitedUser.id")
  end
  local transport = self.transport
  local begun = transport.now()
  local finish = begun + (given.deadline or DEADLINE)
  local options = { select = SELECT }
  for name, value in pairs(given) do
    options[name] = value
  end
  options.interval = nil
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
    if not found and not (err.status == 404 and transport.now() - begun < REPLICATION) then
      return nil, err
    end
    transport.sleep(math.min(left, given.interval or INTERVAL))
  end
end

return M
