--- Response records: status, headers and body of every kind of answer.
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local metadata = require "graphinvite.emulator.metadata"
local prefer = require "graphinvite.emulator.prefer"

local M = {}

local JSON = "application/json;odata.metadata=%s;odata.streaming=true;"
  .. "IEEE754Compatible=%s;charset=utf-8" -- reference 3.1
local PLAIN = JSON:format("minimal", "false")
-- Reference 8 docs; what it says of this service is INF.
local DIAGNOSTIC = '{"ServerInfo":{"DataCenter":"Emulator","Slice":"E","Ring":"1",'
  .. '"ScaleUnit":"000","RoleInstance":"EMULATOR"}}'
local AS_STRING = { int64 = "string" }

local function respond(exchange, status, content_type, body)
  return {
    status = status,
    headers = {
      ["content-type"] = content_type,
      ["odata-version"] = "4.0",
      ["request-id"] = exchange.request_id,
      ["client-request-id"] = exchange.client_request_id,
      ["x-ms-ags-diagnostic"] = DIAGNOSTIC,
      ["preference-applied"] = exchange.applied,
    },
    body = body,
  }
end

-- Tells whether the caller wants Int64 as strings: reference 3.5.
local function wants_strings(exchange)
  local accept = exchange.headers.accept
  return accept ~= nil and accept:find(";", 1, true)
    and accept:lower():find("ieee754compatible=true", 1, true)
end

--- The root of the version that the request came to, without a slash at its end.
---@param exchange graphinvite.emulator.Exchange
---@return string
function M.base(exchange)
  return exchange.origin .. "/" .. exchange.version
end

--- The @odata.context of the answer.
---@param exchange graphinvite.emulator.Exchange
---@return string?
function M.context(exchange)
  local context, arguments = exchange.route.context, exchange.arguments
  if context and arguments[1] then
    local keys = {}
    for i, argument in ipairs(arguments) do
      keys[i] = core.url_encode(argument)
    end
    context = context:format(keys[1], keys[2], keys[3])
  end
  return context and exchange.origin .. "/" .. exchange.version .. "/$metadata#" .. context
end

--- A JSON value of a Graph type, or an untyped one.
---@param exchange graphinvite.emulator.Exchange
---@param status integer
---@param type string?
---@param value table
---@return table response refuses a value that is not of the type
function M.json(exchange, status, type, value)
  local as_string, level = wants_strings(exchange), exchange.metadata
  local shown = level and metadata.shape(exchange, type, value) or value
  local body, why = core.encode(type, shown, as_string and AS_STRING or nil)
  if body == nil then
    errors.refuse("value", why, { target = why:match("^(%S+): ") })
  end
  local usual = not level and not as_string
  return respond(exchange, status, usual and PLAIN
    or JSON:format(level or "minimal", as_string and "true" or "false"), body)
end

-- Answers without the entity, as the caller prefers: reference 8, 10 row 24. What has been made is
-- found by its address. The value is looked at all the same.
local function minimal(exchange, value, type)
  local row = exchange.route.row
  M.json(exchange, 204, type, value)
  prefer.apply(exchange, "return")
  local response = respond(exchange, 204)
  response.headers["content-type"] = nil
  if row.method == "POST" then
    response.headers.location = M.base(exchange) .. row.path .. "/" .. core.url_encode(value.id)
  end
  return response
end

-- Tells whether the caller wants no entity back, and may have it so.
local function wants_minimal(exchange)
  local row, given = exchange.route.row, prefer.get(exchange, "return")
  if row.method ~= "PATCH" and row.success[1] ~= 201 then
    return false
  elseif given == "representation" then
    prefer.apply(exchange, "return")
  end
  return given == "minimal"
end

--- An entity as the operation answers it. It gets its @odata.context here.
---@param exchange graphinvite.emulator.Exchange
---@param value table
---@param type string? the operation's own unless given
---@return table response
function M.entity(exchange, value, type)
  local row = exchange.route.row
  if exchange.headers.prefer and wants_minimal(exchange) then
    return minimal(exchange, value, type or row.expects)
  end
  value["@odata.context"] = M.context(exchange)
  return M.json(exchange, row.success[1], type or row.expects, value)
end

--- The answer of an operation that has no body.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.empty(exchange)
  return respond(exchange, exchange.route.row.success[1])
end

--- The answer of an operation that goes on by itself.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.accepted(exchange)
  return respond(exchange, 202)
end

--- The answer to a caller that has what it asks for already: reference 8, If-None-Match.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.unchanged(exchange)
  return respond(exchange, 304)
end

--- A number as text: what $count answers.
---@param exchange graphinvite.emulator.Exchange
---@param count integer
---@return table response
function M.count(exchange, count)
  return respond(exchange, 200, "text/plain", ("%d"):format(count))
end

--- The body of reference 4.1.
---@param exchange graphinvite.emulator.Exchange
---@param problem graphinvite.emulator.Problem
---@return table response
function M.problem(exchange, problem)
  local body = core.encode(nil, {
    error = {
      code = problem.code,
      message = problem.message,
      target = problem.target,
      details = problem.details,
      innerError = {
        code = problem.inner,
        date = exchange.emulator.clock:date():sub(1, -2),
        ["request-id"] = exchange.request_id,
        ["client-request-id"] = exchange.client_request_id,
      },
    },
  })
  local response = respond(exchange, problem.status, PLAIN, body)
  for name, value in pairs(problem.headers or {}) do
    response.headers[name] = value
  end
  return response
end

return M
