--- Who answers for a guest: reference 1.3, docs:user-properties.
local collection = require "graphinvite.emulator.collection"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local objects = require "graphinvite.emulator.objects"
local permissions = require "graphinvite.emulator.permissions"
local tenants = require "graphinvite.emulator.tenant"
local url = require "graphinvite.emulator.url"
local users = require "graphinvite.emulator.users"

local M = { handlers = {} }
local handlers = M.handlers

local BIND = "invitedUserSponsors@odata.bind"
local CLOUD = "global" -- the others do not have it: 1.3 CSDL-Gov, CSDL-CN
local INVITER = 1 -- place of the user who invites, where nobody else is noted
local MAX_KEY = 512 -- bytes of a reference that are looked at, from its end

-- The key in an entity's URL.
local function key_of(target)
  local key = type(target) == "string" and target:sub(-MAX_KEY):match("([^/('?]+)'?%)?$")
  return key and url.decode(key) or ""
end

--- The user whom an entity's URL names; refuses one that names nobody.
---@param tenant table
---@param target any
---@return graphinvite.emulator.User
function M.user_at(tenant, target)
  local key = key_of(target)
  return tenants.find_user(tenant, key) or errors.refuse("resource", key)
end

--- Takes the sponsors out of the body of a new invitation.
---@param exchange graphinvite.emulator.Exchange
---@param body table
---@return (integer|string)[]? sponsors places of users, ids of groups; nil where it is the inviter
function M.take(exchange, body)
  local targets = body[BIND]
  body[BIND] = nil
  local inviter = permissions.user(exchange)
  local preset = inviter ~= INVITER and { inviter } or nil -- none where an application does (INF)
  if targets == nil then
    return preset
  elseif exchange.emulator.options.cloud ~= CLOUD then
    errors.refuse("value", "invitedUserSponsors: no such property of microsoft.graph.invitation")
  elseif type(targets) ~= "table" or next(targets) ~= nil and targets[1] == nil then
    errors.refuse("value", BIND .. ": an array of URLs is wanted", { target = BIND })
  end
  local list, tenant = {}, exchange.tenant
  for i, target in ipairs(targets) do
    local group = objects.group(tenant, key_of(target))
    list[i] = group and group.id or M.user_at(tenant, target).place
  end
  return list[1] and list or preset
end

-- A sponsor as Graph shows it.
local function view(emulator, sponsor)
  local tenant = emulator.tenant
  if type(sponsor) == "string" then
    return objects.value(objects.group(tenant, sponsor))
  end
  local value = users.value(emulator, tenants.user(tenant, sponsor))
  value["@odata.type"] = "#microsoft.graph.user"
  return value
end

--- The sponsors of an invitation's guest.
---@param emulator graphinvite.Emulator
---@param invitation graphinvite.emulator.Invitation
---@return table[]
function M.list(emulator, invitation)
  local list = core.array {}
  for i, sponsor in ipairs(invitation.sponsors or { INVITER }) do
    list[i] = view(emulator, sponsor)
  end
  return list
end

-- Everybody who is a sponsor, each once: what the path without an invitation shows is INF.
local function source(exchange)
  local emulator, invitations = exchange.emulator, exchange.tenant.invitations
  local list, seen = {}, {}
  for place = 1, invitations.size do
    local invitation = invitations:get(place)
    for _, sponsor in ipairs(invitation and (invitation.sponsors or { INVITER }) or {}) do
      list[#list + 1] = not seen[sponsor] and view(emulator, sponsor) or nil
      seen[sponsor] = true
    end
  end
  return { list = list, count = #list, view = function(_, shown) return shown end }
end

handlers["invitations.sponsors.list"] = function(exchange)
  return collection.page(exchange, source(exchange))
end

handlers["invitations.sponsors.count"] = function(exchange)
  return collection.count(exchange, source(exchange))
end

handlers["invitations.sponsors.get"] = function(exchange)
  local all, id = source(exchange), exchange.arguments[1]
  for _, sponsor in ipairs(all.list) do
    if sponsor.id == id:lower() then
      return collection.entity(exchange, all, sponsor)
    end
  end
  return errors.refuse("resource", id)
end

return M
