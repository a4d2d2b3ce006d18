--- Webhooks of call operations (reference 6.1 and 6.2): decodes what arrives, has its bearer
--- validated, and tells handlers and those who wait.
local bearer = require "graphinvite.bearer"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local memory = require "graphinvite.notifications.memory"

local M = { bearer = bearer.new }

local TERMINAL = { completed = true, failed = true }
local KINDS = { operation = true, participants = true, call = true }

---@class graphinvite.Notification
---@field kind "operation"|"participants"|"call"|"other"
---@field change_type "created"|"updated"|"deleted"|string lower case
---@field call_id string?
---@field resource_url string
---@field data any resourceData: an entity, or the array of participants
---@field claims any what the validator gave

local Hub = { __name = "graphinvite.Notifications" }
Hub.__index = Hub

-- What a resourceUrl is about. The legacy twin begins with /app.
local function parse_url(url)
  local call_id, rest = url:match "^/%w+/calls/([^/]+)(.*)$"
  if not call_id then
    return "other"
  end
  if rest:find "^/operations/" then
    return "operation", call_id, rest:match "([^/]+)$"
  elseif rest == "/participants" then
    return "participants", call_id
  end
  return rest == "" and "call" or "other", call_id
end

local function text(value)
  return type(value) == "string" and value ~= "" and value or nil
end

-- The operations that a notification tells of: an entity, or the array that its sender made of it.
local function entities(data)
  return type(data) == "table" and (#data > 0 and data or { data }) or {}
end

local function read(raw, claims)
  local url = text(raw.resourceUrl) or text(raw.resource) or ""
  local kind, call_id, segment = parse_url(url)
  local data = raw.resourceData
  local list = kind == "operation" and entities(data) or {}
  if segment == "participants" then -- a sample's path that names no operation
    segment = nil
  end
  if segment and #list == 1 and type(list[1]) == "table" and not text(list[1].id) then
    list[1].id = segment
  end
  return {
    kind = kind,
    change_type = (text(raw.changeType) or ""):lower(),
    call_id = call_id,
    resource_url = url,
    data = data ~= core.null and data or nil,
    claims = claims,
  }, list, segment
end

-- By what an operation is known: its clientContext, the last segment of its URL, its id.
local function keys_of(operation, segment)
  local keys = {}
  local context, id = text(operation.clientContext), text(operation.id)
  keys[#keys + 1] = context and "context " .. context
  keys[#keys + 1] = segment and segment ~= id and "id " .. segment or nil
  keys[#keys + 1] = id and "id " .. id
  return keys
end

-- Keeps how an operation has ended. The first telling counts, the service may repeat itself.
local function remember(self, keys, operation)
  local ending = { keys = keys, operation = operation }
  for _, key in ipairs(keys) do
    local is_id = key:find "^id "
    if is_id and self.memory:find(key) then
      return
    elseif is_id and self.memory:is_awaited(key) then
      ending.owner = key
    end
  end
  self.memory:keep(ending)
end

-- Learns what a notification says of an operation. One that is deleted without a final status
-- has ended somehow: those who wait look at once.
local function learn(self, notification, operation, segment)
  local keys = keys_of(operation, segment)
  local status = text(operation.status)
  local final = status and TERMINAL[status:lower()]
  if final then
    remember(self, keys, operation)
  end
  if final or notification.change_type == "deleted" then
    self.memory:wake(keys)
  end
end

--- Registers what is called for each notification of a kind. The service may deliver one more
--- than once.
---@param kind "operation"|"participants"|"call"
---@param handler fun(data: any, notification: graphinvite.Notification)
function Hub:on(kind, handler)
  if not KINDS[kind] then
    errors.misuse("a kind is operation, participants or call, not " .. tostring(kind))
  elseif type(handler) ~= "function" then
    errors.misuse("a handler is a function, this is a " .. type(handler))
  end
  self.handlers[kind] = self.handlers[kind] or {}
  table.insert(self.handlers[kind], handler)
end

local function answer(status, message)
  return {
    status = status,
    headers = message and { ["content-type"] = "text/plain" } or {},
    body = message or "",
  }
end

local function validate(self, request)
  if not self.validate then
    return true
  end
  local scheme, token = (text(request.headers.authorization) or ""):match "^(%a+) +(%S+)$"
  if not token or scheme:lower() ~= "bearer" then
    return nil, "a bearer token is needed"
  end
  return self.validate(token, request)
end

-- The notifications of a body as they came.
local function decode(body)
  local decoded, why = core.decode("microsoft.graph.commsNotifications", body or "")
  if not decoded then
    return nil, why
  elseif type(decoded) ~= "table" or type(decoded.value) ~= "table" then
    return nil, "value: the collection of notifications is missing"
  end
  for i, raw in ipairs(decoded.value) do
    if raw == core.null then
      return nil, ("value[%d]: not an object: null"):format(i)
    end
  end
  return decoded.value
end

--- Takes one HTTP request that the service made. Those who wait are told before any handler runs;
--- an error that a handler raises comes out of here.
---@param request { method: string, headers: table<string, string>, body: string } lower-case names
---@return { status: integer, headers: table, body: string } response for the service
---@return graphinvite.Notification[]? notifications that it brought
function Hub:receive(request)
  if type(request) ~= "table" or type(request.headers) ~= "table" then
    errors.misuse "receive takes a request: a table of method, headers and body"
  end
  if request.method ~= "POST" then
    return answer(405, "notifications are posted")
  end
  local claims, why = validate(self, request)
  if not claims then
    return answer(401, tostring(why or "the token is not valid"))
  end
  local raws
  raws, why = decode(request.body)
  if not raws then
    return answer(400, why)
  end
  local notifications = {}
  for i, raw in ipairs(raws) do
    local notification, operations, segment = read(raw, claims)
    notifications[i] = notification
    for _, operation in ipairs(operations) do
      if type(operation) == "table" then
        learn(self, notification, operation, #operations == 1 and segment or nil)
      end
    end
  end
  for _, notification in ipairs(notifications) do
    for _, handler in ipairs(self.handlers[notification.kind] or {}) do
      handler(notification.data, notification)
    end
  end
  return answer(202), notifications
end

--- The final state of an operation, where a notification has told it. The same clientContext says
--- that it is the same operation, unless the notification was found to be about another one.
---@param operation table
---@return table?
function Hub:outcome(operation)
  local context, id = text(operation.clientContext), text(operation.id)
  local key = id and "id " .. id
  local by_id = key and self.memory:find(key)
  local ending = by_id or context and self.memory:find("context " .. context)
  if not ending or key and not by_id and ending.owner and ending.owner ~= key then
    return nil
  elseif key and not ending.owner then
    self.memory:claim(ending, key)
  end
  return ending.operation
end

--- Waits for at most some seconds; inside a task, and where workers of nginx share what they are
--- told, only until the operation's end is told.
---@param operation table
---@param transport graphinvite.Transport
---@param seconds number
function Hub:wait(operation, transport, seconds)
  self.memory:wait(keys_of(operation), transport, seconds, function()
    return self:outcome(operation)
  end)
end

---@class graphinvite.NotificationOptions
--- validate gives the token's claims, or nil and why not; false takes every request.
---@field validate false|fun(token: string, request: table): any, string?
---@field shared string? inside nginx: the lua_shared_dict through which a notification that one
---worker gets ends the wait in another

---@param given graphinvite.NotificationOptions
---@return table hub
function M.new(given)
  given = given or {}
  if type(given) ~= "table" then
    errors.misuse("the options of notifications are a table, this is a " .. type(given))
  end
  if given.validate ~= false and type(given.validate) ~= "function" then
    errors.misuse "notifications need validate: a function that checks the bearer, or false"
  end
  local shared = given.shared
  if shared ~= nil and (type(shared) ~= "string" or not rawget(_G, "ngx")) then
    errors.misuse "notifications: shared is the name of a lua_shared_dict, inside nginx"
  end
  return setmetatable({
    validate = given.validate,
    handlers = {},
    memory = shared and require("graphinvite.notifications.shared").new(shared) or memory.new(),
  }, Hub)
end

return M
