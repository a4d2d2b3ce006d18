--- The facade: client.invitations, client:call(id), client.linkedin, client.users. Each method
--- is a row of core.operations() under the same name; its pages are in the reference, section 2.
local acceptance = require "graphinvite.workflows.acceptance"
local batch = require "graphinvite.workflows.batch"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local filter = require "graphinvite.filter"
local operation = require "graphinvite.workflows.operation"
local pages = require "graphinvite.pages"
local parallel = require "graphinvite.workflows.parallel"

local M = {}

-- The arguments of a call: those the resource is bound to, then an id.
local function join(bound, id)
  if type(id) ~= "string" and type(id) ~= "number" then
    errors.misuse("an id is a string, this is a " .. type(id))
  end
  local joined = {}
  for i, value in ipairs(bound) do
    joined[i] = value
  end
  joined[#joined + 1] = id
  return joined
end

local function checked(body)
  if type(body) ~= "table" then
    errors.misuse("a body is a table, this is a " .. type(body))
  end
  return body
end

-- The client of a resource, told from what a call with a dot passes in its place; and the settings
-- of a call.
local function client_of(self, given)
  local client = type(self) == "table" and self.client
  if not client then
    errors.misuse "a method is called with a colon: client.invitations:create(body)"
  end
  return client, given == nil and client.settings or client:resolve(given)
end

-- The kinds of methods. given is the table of options for one call.
local function plain(row)
  return function(self, given)
    local client, settings = client_of(self, given)
    return client:call_row(settings, row, self.bound)
  end
end

local function by_id(row)
  return function(self, id, given)
    local client, settings = client_of(self, given)
    return client:call_row(settings, row, join(self.bound, id))
  end
end

local function with_body(row)
  return function(self, body, given)
    local client, settings = client_of(self, given)
    return client:call_row(settings, row, self.bound, checked(body))
  end
end

local function by_id_with_body(row)
  return function(self, id, body, given)
    local client, settings = client_of(self, given)
    return client:call_row(settings, row, join(self.bound, id), checked(body))
  end
end

local function list(row)
  return function(self, given)
    local client, settings = client_of(self, given)
    return pages.new(client, settings, row, self.bound)
  end
end

-- Two generations of one resource: with an id in front an item, without one the single object.
local function either(single, item)
  return function(self, first, ...)
    if type(first) == "string" then
      return item(self, first, ...)
    end
    return single(self, first, ...)
  end
end

local Invitations = {
  create = with_body "invitations.create",
  get = by_id "invitations.get",
  list = list "invitations.list",
  count = plain "invitations.count",
  update = by_id_with_body "invitations.update",
  delete = by_id "invitations.delete",
  invited_user = by_id "invitations.invited_user",
  remove_invited_user = by_id "invitations.remove_invited_user",
}
Invitations.__index = Invitations

local add_reference = by_id_with_body "invitations.add_invited_user"

--- Links a user to an invitation (reference 2.1 A8).
---@param id string of the invitation
---@param user string|table id or URL of the user, or the body
---@param given table?
function Invitations:add_invited_user(id, user, given)
  if type(user) == "string" then
    local base = self.client.settings.base_url:gsub("/+$", "")
    local url = user:find("^https?://") and user or base .. "/users/" .. core.url_encode(user)
    user = { ["@odata.id"] = url }
  end
  return add_reference(self, id, user, given)
end

--- Invites an existing guest again: id, groups and roles stay (reference 5.5).
---@param user_id string
---@param body table invitedUserEmailAddress and inviteRedirectUrl at least
---@param given table?
---@return table? invitation
---@return graphinvite.Error?
function Invitations:reset(user_id, body, given)
  local copy = {}
  for name, value in pairs(checked(body)) do
    copy[name] = value
  end
  copy.resetRedemption = true
  copy.invitedUser = { id = join({}, user_id)[1] }
  return self:create(copy, given)
end

local Sponsors = {
  list = list "invitations.sponsors.list",
  count = plain "invitations.sponsors.count",
  get = by_id "invitations.sponsors.get",
}
Sponsors.__index = Sponsors

local Participants = {
  invite = with_body "call.participants.invite",
  list = list "call.participants.list",
  remove = by_id "call.participants.remove",
}
Participants.__index = Participants

local Operations = {
  list = list "call.operations.list",
  count = plain "call.operations.count",
  get = by_id "call.operations.get",
  create = with_body "call.operations.create",
  update = by_id_with_body "call.operations.update",
  delete = by_id "call.operations.delete",
  wait = operation.wait,
}
Operations.__index = Operations

local Call = {
  get = plain "call.get",
  delete = plain "call.delete",
  keep_alive = plain "call.keep_alive",
}
Call.__index = Call

local Calls = { create = with_body "calls.create" }
Calls.__index = Calls

local LinkedinInvitations = {
  list = list "linkedin.invitations.list",
  create = with_body "linkedin.invitations.create",
  get = either(plain "linkedin.invitations.get", by_id "linkedin.invitations.get"),
  update = either(
    with_body "linkedin.invitations.update",
    by_id_with_body "linkedin.invitations.update"
  ),
  close = with_body "linkedin.invitations.close",
}
LinkedinInvitations.__index = LinkedinInvitations

local Linkedin = { update = with_body "linkedin.update" }
Linkedin.__index = Linkedin

local Users = {
  get = by_id "users.get",
  list = list "users.list",
  count = plain "users.count",
}
Users.__index = Users

--- The user who has an address, as mail, sign-in name or alias (reference 3.8).
---@param mail string
---@param given table?
---@return table|false|nil user false when nobody has it
---@return graphinvite.Error?
function Users:find_by_mail(mail, given)
  if type(mail) ~= "string" or given ~= nil and type(given) ~= "table" then
    errors.misuse "find_by_mail takes an address and a table of options"
  end
  local condition = filter.format("userPrincipalName eq %s or mail eq %s or "
    .. "proxyAddresses/any(x:x eq %s) or otherMails/any(x:x eq %s)",
    mail, mail, "SMTP:" .. mail, mail)
  local options = { filter = condition, top = 1 }
  for name, value in pairs(given or {}) do
    options[name] = value
  end
  local user, err = self:list(options):next()
  if user == nil then
    return false
  end
  return user or nil, err
end

local function resource(class, client, bound)
  return setmetatable({ client = client, bound = bound or {} }, class)
end

local WHERE = { root = true, application = true }
local ROOTS = { "/communications/calls", "/app/calls" }

local function check_where(where)
  for name in pairs(type(where) == "table" and where or { where }) do
    if not WHERE[name] then
      errors.misuse("call takes a table with root or application, not " .. tostring(name))
    end
  end
  if where.root and where.root ~= ROOTS[1] and where.root ~= ROOTS[2] then
    errors.misuse(('root is "%s" or "%s"'):format(ROOTS[1], ROOTS[2]))
  end
end

---@class graphinvite.CallOptions
---@field root string? "/communications/calls" (preset) or the older "/app/calls"
---@field application string? id of the application, for the oldest path (reference 2.2 B1'')

--- What can be done with one call.
---@param client graphinvite.Client
---@param id string
---@param where graphinvite.CallOptions?
---@return table call
function M.call(client, id, where)
  where = where or {}
  check_where(where)
  local bound = join(where.application and { where.application } or {}, id)
  local root = where.application and "/applications" or where.root
  if root then
    client = client:rooted(root)
  end
  local call = resource(Call, client, bound)
  call.id = id
  call.participants = resource(Participants, client, bound)
  -- the oldest path has no operations of its own
  call.operations = where.application and resource(Operations, client:rooted "/app/calls", { id })
    or resource(Operations, client, bound)
  return call
end

--- Hangs the resources onto a client.
---@param client graphinvite.Client
---@return graphinvite.Client
function M.attach(client)
  client.invitations = resource(Invitations, client)
  client.invitations.sponsors = resource(Sponsors, client)
  client.calls = resource(Calls, client)
  client.linkedin = resource(Linkedin, client)
  client.linkedin.invitations = resource(LinkedinInvitations, client)
  client.users = resource(Users, client)
  client.call = M.call
  client.wait_accepted = acceptance.wait
  client.parallel = parallel.run
  client.batch = batch.run
  return client
end

return M
