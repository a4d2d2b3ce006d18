--- Webhooks of call operations (reference 6.1 and 6.2): decodes what arrives, has its bearer
--- validated, and tells handlers and those who wait.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local scheduler = require "graphinvite.scheduler"

local M = {}

local REMEMBERED = 1000 -- ended operations that a later wait still finds
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

local function read(raw, claims)
  local url = text(raw.resourceUrl) or text(raw.resource) or ""
  local kind, call_id, segment = parse_url(url)
  local data = raw.resourceData
  local is_entity = kind == "operation" and type(data) == "table"
  if is_entity and not text(data.id) and segment ~= "participants" then
    data.id = segment
  end
  return {
    kind = kind,
    change_type = (text(raw.changeType) or ""):lower(),
    call_id = call_id,
    resource_url = url,
    data = data ~= core.null and data or nil,
    claims = claims,
  }
end

-- By what an operation is known, the surest first (reference 6.2).
local function keys_of(operation)
  local keys = {}
  local context, id = text(operation.clientContext), text(operation.id)
  keys[#keys + 1] = context and "context " .. context
  keys[#keys + 1] = id and "id " .. id
  return keys
end

local function remember(self, key, operation)
  local old = self.order[self.at]
  if old and self.ended[old[1]] == old[2] then
    self.ended[old[1]] = nil
  end
  self.order[self.at] = { key, operation }
  self.at = self.at % REMEMBERED + 1
  self.ended[key] = operation
end

local function settle(self, operation)
  for _, key in ipairs(keys_of(operation)) do
    remember(self, key, operation)
    local waiters = self.waiting[key] or {}
    self.waiting[key] = nil
    for _, task in ipairs(waiters) do
      scheduler.resume(task)
    end
  end
end

local function dispatch(self, notification)
  local data = notification.data
  if notification.kind == "operation" and type(data) == "table" then
    local status = text(data.status)
    if status and TERMINAL[status:lower()] then
      settle(self, data)
    end
  end
  for _, handler in ipairs(self.handlers[notification.kind] or {}) do
    handler(data, notification)
  end
end

--- Registers what is called for each notification of a kind. The service may deliver one more
--- than once.
---@param kind "operation"|"participants"|"call"
---@param handler fun(data: any, notification: graphinvite.Notification)
function Hub:on(kind, handler)
  if not KINDS[kind] then
    errors.misuse("a kind is operation, participants or call, not " .. tostring(kind))
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
  local token = (request.headers.authorization or ""):match "^[Bb]earer +(%S+)$"
  if not token then
    return nil, "a bearer token is needed"
  end
  return self.validate(token, request)
end

--- Takes one HTTP request that the service made.
---@param request { method: string, headers: table<string, string>, body: string } lower-case names
---@return { status: integer, headers: table, body: string } response for the service
---@return graphinvite.Notification[]? notifications that it brought
function Hub:receive(request)
  if request.method ~= "POST" then
    return answer(405, "notifications are posted")
  end
  local claims, why = validate(self, request)
  if not claims then
    return answer(401, tostring(why or "the token is not valid"))
  end
  local decoded
  decoded, why = core.decode("microsoft.graph.commsNotifications", request.body or "")
  if not decoded then
    return answer(400, why)
  end
  local notifications = {}
  for i, raw in ipairs(type(decoded.value) == "table" and decoded.value or {}) do
    notifications[i] = read(raw, claims)
  end
  for _, notification in ipairs(notifications) do
    dispatch(self, notification)
  end
  return answer(202), notifications
end

--- The final state of an operation, where a notification has told it.
---@param operation table
---@return table?
function Hub:outcome(operation)
  for _, key in ipairs(keys_of(operation)) do
    if self.ended[key] then
      return self.ended[key]
    end
  end
end

--- Waits for at most some seconds, inside a task only until the operation's end is told.
---@param operation table
---@param transport graphinvite.Transport
---@param seconds number
function Hub:wait(operation, transport, seconds)
  local task = scheduler.current()
  if task then
    for _, key in ipairs(keys_of(operation)) do
      self.waiting[key] = self.waiting[key] or {}
      table.insert(self.waiting[key], task)
    end
  end
  transport.sleep(seconds)
  for _, key in ipairs(task and keys_of(operation) or {}) do
    local waiters = self.waiting[key] or {}
    for i = #waiters, 1, -1 do
      if waiters[i] == task then
        table.remove(waiters, i)
      end
    end
    self.waiting[key] = waiters[1] and waiters or nil
  end
end

---@class graphinvite.NotificationOptions
--- validate gives the token's claims, or nil and why not; false takes every request.
---@field validate false|fun(token: string, request: table): any, string?

---@param given graphinvite.NotificationOptions
---@return table hub
function M.new(given)
  given = given or {}
  if given.validate ~= false and type(given.validate) ~= "function" then
    errors.misuse "notifications need validate: a function that checks the bearer, or false"
  end
  return setmetatable({
    validate = given.validate,
    handlers = {},
    waiting = {},
    ended = {},
    order = {},
    at = 1,
  }, Hub)
end

return M
