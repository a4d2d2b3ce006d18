--- POST /$batch: requests in an envelope, each answered as if it had come alone (reference 4.6).
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local reply = require "graphinvite.emulator.reply"

local M = {}

local MAX_ITEMS = 20

local function refuse(format, ...)
  errors.refuse("batch", format:format(...))
end

-- The items by id, case not counting. Refuses the whole envelope where one is not well formed.
local function read_items(exchange)
  local envelope = core.decode(nil, exchange.body or "") or errors.refuse("unreadable")
  local list = type(envelope) == "table" and envelope.requests
  if type(list) ~= "table" then
    refuse("'requests' must be an array.")
  elseif #list > MAX_ITEMS then
    refuse("A batch takes at most %d requests.", MAX_ITEMS)
  end
  local place = {}
  for i, item in ipairs(list) do
    for _, name in ipairs { "id", "method", "url" } do
      if type(item) ~= "table" or type(item[name]) ~= "string" or item[name] == "" then
        refuse("'requests[%d].%s' must be a string.", i - 1, name)
      end
    end
    local key = item.id:lower()
    if place[key] then
      refuse("The id '%s' is given twice.", errors.printable(item.id))
    end
    place[key] = i
  end
  return list, place
end

local function depends_on(item, place)
  local places = {}
  for i, id in ipairs(type(item.dependsOn) == "table" and item.dependsOn or {}) do
    places[i] = place[tostring(id):lower()] or refuse("There is no request '%s' to depend on.",
      errors.printable(tostring(id)))
  end
  return places
end

-- An item as a request of its own, in the name of whoever sent the envelope.
local function request_of(exchange, item)
  local headers = {}
  for name, value in pairs(type(item.headers) == "table" and item.headers or {}) do
    headers[tostring(name):lower()] = tostring(value)
  end
  headers.authorization = exchange.headers.authorization
  headers.host = exchange.headers.host
  local slash = item.url:sub(1, 1) == "/" and "" or "/"
  return {
    method = item.method:upper(),
    url = "/" .. exchange.version .. slash .. item.url,
    origin = exchange.origin,
    headers = headers,
    body = item.body ~= nil and core.encode(nil, item.body) or nil,
  }
end

-- A response as an item of the answer.
local function item_of(id, response)
  local body = response.body
  if body and (response.headers["content-type"] or ""):find("^application/json") then
    body = core.decode(nil, body)
  end
  return { id = id, status = response.status, headers = response.headers, body = body }
end

--- Answers an envelope.
---@param exchange graphinvite.emulator.Exchange
---@param ask fun(request: table): table answers one request of the tenant
---@return table response
function M.answer(exchange, ask)
  local items, place = read_items(exchange)
  local before, responses, state = {}, {}, {}
  for i, item in ipairs(items) do
    before[i] = depends_on(item, place)
  end

  local function visit(i)
    if state[i] == "open" then
      refuse("The requests depend on each other in a circle.")
    elseif state[i] then
      return state[i]
    end
    state[i] = "open"
    local free = true
    for _, other in ipairs(before[i]) do
      free = visit(other).status < 400 and free
    end
    local response = free and ask(request_of(exchange, items[i]))
      or reply.problem(exchange, errors.problem("dependency"))
    state[i] = item_of(items[i].id, response)
    responses[#responses + 1] = state[i]
    return state[i]
  end

  for i in ipairs(items) do
    visit(i)
  end
  return reply.json(exchange, 200, nil, { responses = core.array(responses) })
end

return M
