--- What a token permits: reference 2.1, 2.2, 5.5. An application of which nothing was said may
--- everything, and so may whoever brings the token that is always good (INF).
local errors = require "graphinvite.emulator.errors"

local M = {}

-- 2.1 docs:invitation-post-permissions; for the rows that only generated pages have, INF.
local INVITE = { "User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All" }
-- 2.2 docs:participant-invite-permissions, and its older spelling: 10 row 9.
local CALL = { "Calls.InitiateGroupCall.All", "Calls.InitiateGroupCalls.All" }

-- What a row asks for, by the first word of its name or all of it; application: no user may.
local NEEDS = {
  invitations = { INVITE },
  ["call.participants.invite"] = { CALL, application = true },
}

-- Directory roles: of an administrator (INF); of those who may reset a redemption (5.5 docs).
local ADMINISTRATORS = { "Global Administrator", "User Administrator" }
local RESETTERS = { "Helpdesk Administrator", "User Administrator", "Global Administrator" }
-- What makes an application as good as an administrator: INF.
local WRITERS = { "User.ReadWrite.All", "Directory.ReadWrite.All" }

local FIRST_USER = 1 -- place

---@class graphinvite.emulator.Rights
---@field permissions table<string, boolean>? nil for all
---@field roles table<string, boolean>? of the user who signed in; nil for all
---@field user integer? place of that user, where it is not the first one

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do
    set[name] = true
  end
  return set
end

---@param tenant table
function M.start(tenant)
  tenant.rights = {} -- by client id in lower case
  tenant.inviters = "everyone"
end

--- Says what the tokens of an application will permit.
---@param tenant table
---@param client_id string
---@param permissions string[]?
---@param roles string[]? directory roles of the people who sign in to it
---@param user integer? place of the one who does
function M.register(tenant, client_id, permissions, roles, user)
  tenant.rights[client_id:lower()] = {
    permissions = permissions and set_of(permissions), roles = roles and set_of(roles),
    user = user,
  }
end

--- What a token of a grant permits.
---@param tenant table
---@param grant graphinvite.emulator.Grant
---@return graphinvite.emulator.Rights? nil for everything
function M.of(tenant, grant)
  local rights = tenant.rights[grant.client_id:lower()]
  if grant.app_only or grant.scope == nil or grant.scope:find("%.default%f[%s%z]") then
    return rights
  end
  local asked = {}
  for word in grant.scope:gmatch("%S+") do
    local name = word:match("([^/]+)$")
    asked[name or word] = not rights or not rights.permissions or rights.permissions[name] or nil
  end
  return { permissions = asked, roles = rights and rights.roles, user = rights and rights.user }
end

--- The user who makes a request: whom a test has sign in, else the tenant's first one (INF).
---@param exchange graphinvite.emulator.Exchange
---@return integer? place nil where an application does
function M.user(exchange)
  return not exchange.app_only and (exchange.rights and exchange.rights.user or FIRST_USER) or nil
end

local function has_one(set, names)
  for _, name in ipairs(names) do
    if set == nil or set[name] then
      return true
    end
  end
  return false
end

--- Refuses a request that its token does not permit.
---@param exchange graphinvite.emulator.Exchange
function M.check(exchange)
  local name = exchange.route.row.name
  local needs = NEEDS[name] or NEEDS[name:match("^%a+")]
  if not needs or exchange.client_id == nil then
    return
  elseif needs.application and not exchange.app_only
    or exchange.rights and not has_one(exchange.rights.permissions, needs[1]) then
    errors.refuse("forbidden")
  end
end

--- Tells whether the caller counts as an administrator.
---@param exchange graphinvite.emulator.Exchange
---@return boolean
function M.is_administrator(exchange)
  local rights = exchange.rights
  if rights == nil then
    return true
  elseif exchange.app_only then
    return has_one(rights.permissions, WRITERS)
  end
  return has_one(rights.roles, ADMINISTRATORS)
end

--- Refuses a new invitation that its caller may not make: reference 1.3, 2.1 and 5.5.
---@param exchange graphinvite.emulator.Exchange
---@param body table
---@param user graphinvite.emulator.User? whose redemption is to be reset
function M.check_invitation(exchange, body, user)
  local inviters = exchange.tenant.inviters
  if inviters == "nobody"
    or inviters == "administrators" and (exchange.app_only or not M.is_administrator(exchange)) then
    errors.refuse("blocked")
  end
  local type = body.invitedUserType
  if type and tostring(type):lower() == "member" and not M.is_administrator(exchange) then
    errors.refuse("forbidden")
  elseif body.resetRedemption ~= true then
    return
  elseif exchange.app_only and user.roles
    or not exchange.app_only and exchange.rights and not has_one(exchange.rights.roles, RESETTERS)
  then
    errors.refuse("forbidden")
  end
end

return M
