--- Who answers for a guest: reference 1.3, docs:user-properties.
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local tenants = require "graphinvite.emulator.tenant"
local url = require "graphinvite.emulator.url"

local M = {}

local BIND = "invitedUserSponsors@odata.bind"
local CLOUD = "global" -- the others do not have it: 1.3 CSDL-Gov, CSDL-CN
local INVITER = 1 -- place of the user who invites, where a token does not say who (INF)
local MAX_KEY = 512 -- bytes of a reference that are looked at, from its end

--- The user whom an entity's URL names; refuses one that names nobody.
---@param tenant table
---@param target any
---@return graphinvite.emulator.User
function M.user_at(tenant, target)
  local key = type(target) == "string" and target:sub(-MAX_KEY):match("([^/('?]+)'?%)?$")
  key = key and url.decode(key) or ""
  return tenants.find_user(tenant, key) or errors.refuse("resource", key)
end

--- Takes the sponsors out of the body of a new invitation.
---@param exchange graphinvite.emulator.Exchange
---@param body table
---@return integer[]? places nil where the inviter is the sponsor
function M.take(exchange, body)
  local targets = body[BIND]
  body[BIND] = nil
  if targets == nil and exchange.app_only then
    return {} -- nobody has invited (INF)
  elseif targets == nil then
    return nil
  elseif exchange.emulator.options.cloud ~= CLOUD then
    errors.refuse("value", "invitedUserSponsors: no such property of microsoft.graph.invitation")
  elseif type(targets) ~= "table" or next(targets) ~= nil and targets[1] == nil then
    errors.refuse("value", BIND .. ": an array of URLs is wanted", { target = BIND })
  end
  local places = {}
  for i, target in ipairs(targets) do
    places[i] = M.user_at(exchange.tenant, target).place
  end
  return places[1] and places or nil
end

--- The sponsors of an invitation's guest.
---@param emulator graphinvite.Emulator
---@param invitation graphinvite.emulator.Invitation
---@param view fun(emulator: graphinvite.Emulator, user: graphinvite.emulator.User): table
---@return table[]
function M.list(emulator, invitation, view)
  local list = core.array {}
  for i, place in ipairs(invitation.sponsors or { INVITER }) do
    list[i] = view(emulator, tenants.user(emulator.tenant, place))
    list[i]["@odata.type"] = "#microsoft.graph.user"
  end
  return list
end

return M
