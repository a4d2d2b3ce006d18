--- What the service demands of a new invitation: reference 2.1, 5.2 and 5.5. No other row of
-- the tenant has rules but B1 (invite.lua).
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local objects = require "graphinvite.emulator.objects"
local tenants = require "graphinvite.emulator.tenant"

local M = {}

local REQUIRED = { "invitedUserEmailAddress", "inviteRedirectUrl" }
local USER_TYPES = { guest = "Guest", member = "Member" }
-- Characters that a user name may not have, spaces and control characters included: 5.2 docs, INF.
local FORBIDDEN = "[%c%s~!#$%%^&*()+=%[%]{}\\/|;:\"<>?,]"
-- A domain of a mail address: letters, digits, dots, hyphens and non-ASCII (INF).
local DOMAIN = "^[%w\128-\255][%w.\128-\255-]*$"

local function given(value)
  return value ~= nil and value ~= core.null
end

local function check_required(body)
  local details = {}
  for _, name in ipairs(REQUIRED) do
    if not given(body[name]) then
      details[#details + 1] = { code = "MissingValue", target = name }
    end
  end
  if details[1] then
    local name = details[1].target
    errors.refuse("missing", name, { target = name, details = details })
  end
end

--- Splits an address that may be invited.
---@param address string
---@return string? user name
---@return string? domain in lower case
function M.split_address(address)
  local name, domain = address:match("^([^@]+)@([^@]+)$")
  if name == nil or not domain:find(DOMAIN) or domain:find("..", 1, true)
    or domain:find("[.-]$") then
    return nil
  elseif name:find("[^%w_]") -- the usual name has nothing else
    and (name:find(FORBIDDEN) or name:find("^[.-]") or name:find("[.-]$")) then
    return nil
  end
  return name, domain:lower()
end

local function check_address(body, tenant)
  local address = body.invitedUserEmailAddress
  local name, domain = M.split_address(address)
  if name == nil then
    errors.refuse("email", address, {
      details = { { code = "InvalidValue", target = "invitedUserEmailAddress" } },
    })
  elseif tenants.VERIFIED_DOMAINS[domain] then
    errors.refuse("own_domain")
  elseif tenants.domain_rule(tenant, domain) == "deny" then
    errors.refuse("blocked_domain")
  end
end

local function check_redirect(body)
  local url = body.inviteRedirectUrl
  local scheme = url:match("^(%a+)://[^/?#]")
  scheme = scheme and scheme:lower()
  if scheme ~= "http" and scheme ~= "https" or url:find("[%s%c]") then
    errors.refuse("redirect_url")
  end
end

local function check_options(body)
  local type, info = body.invitedUserType, body.invitedUserMessageInfo
  if given(type) and not USER_TYPES[type:lower()] then
    errors.refuse("user_type")
  elseif given(info) and given(info.ccRecipients) and #info.ccRecipients > 1 then
    errors.refuse("cc_recipients")
  end
end

--- Checks the body of a new invitation.
---@param body table
---@param tenant table
function M.check(body, tenant)
  check_required(body)
  check_address(body, tenant)
  check_redirect(body)
  check_options(body)
end

--- Finds the user whose redemption is to be reset: reference 5.5.
---@param tenant table
---@param body table
---@return graphinvite.emulator.User
function M.user_to_reset(tenant, body)
  local id = given(body.invitedUser) and body.invitedUser.id
  if not id or id == core.null then
    errors.refuse("reset_user")
  end
  local user = tenants.user_by_id(tenant, id) or errors.refuse("resource", id)
  local address = body.invitedUserEmailAddress:lower()
  local known = user.mail:lower() == address
  for _, other in ipairs(user.other_mails or {}) do
    known = known or other:lower() == address
  end
  return known and user or errors.refuse("reset_address")
end

--- Finds the guest that an address belongs to already; refuses one that an account of the tenant
-- has, or that another object owns: reference 5.4.
---@param tenant table
---@param address string
---@return graphinvite.emulator.User? guest nil when the address is new
---@return boolean? unfilled a contact has the address: the new guest's mail is not filled
function M.known_guest(tenant, address)
  local user = tenants.user_by_address(tenant, address)
  if user and user.upn then
    errors.refuse(user.disabled and "exists_disabled" or "exists", user.id)
  end
  local owner = not user and objects.owner(tenant, address)
  if owner and owner.proxy then
    errors.refuse("address_owned", owner.id)
  end
  return user, owner and owner.kind == "contact" or nil
end

--- The userType of a new guest, in the schema's spelling.
---@param body table
---@return string? nil for a Guest
function M.user_type(body)
  local type = given(body.invitedUserType) and USER_TYPES[body.invitedUserType:lower()]
  return type == "Member" and type or nil
end

return M
