--- What the reference's rules say of an invitation before it is sent.
local core = require "graphinvite.core"

local M = {}

local MOST = 20 -- faults of one row that are told
local NO_ARGUMENTS, NO_OPTIONS = {}, {}

-- What stands in for a member at fault, so that the others are looked at too.
local SOUND = {
  invitedUserEmailAddress = "a@b.example",
  inviteRedirectUrl = "https://a.example",
}

--- The body of the request for a row.
---@param row graphinvite.bulk.InputRow
---@return table body a microsoft.graph.invitation
function M.body(row)
  return {
    invitedUserEmailAddress = row.address,
    inviteRedirectUrl = row.redirect,
    sendInvitationMessage = row.send,
    invitedUserDisplayName = row.name,
    invitedUserMessageInfo = row.message and { customizedMessageBody = row.message } or nil,
  }
end

--- Calls tell(path, why) for each member of a body that is at fault.
---@param body table
---@param tell fun(path: string?, why: string)
---@return boolean sound
function M.body_is_sound(body, tell)
  local request, why = core.request("invitations.create", NO_ARGUMENTS, body, NO_OPTIONS)
  if request then
    return true
  end
  local copy = {}
  for name, value in pairs(body) do
    copy[name] = value
  end
  for _ = 1, MOST do
    local path, text = why:match "^(%S+): (.*)$"
    tell(path, text or why)
    local name = path and path:match "^[^.%[]+"
    if not name or copy[name] == SOUND[name] then
      break
    end
    copy[name] = SOUND[name]
    request, why = core.request("invitations.create", NO_ARGUMENTS, copy, NO_OPTIONS)
    if request then
      break
    end
  end
  return false
end

--- Says what is wrong with a redirect URL, or nil.
---@param url string
---@return string?
function M.redirect_fault(url)
  local found
  M.body_is_sound({
    invitedUserEmailAddress = SOUND.invitedUserEmailAddress, inviteRedirectUrl = url,
  }, function(_, why) found = why end)
  return found
end

return M
