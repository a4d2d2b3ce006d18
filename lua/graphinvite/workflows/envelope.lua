--- One $batch request: its JSON, and what its answer says of each item (reference 4.6).
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local options = require "graphinvite.options"

local M = {}

-- Headers that belong to the envelope, not to an item.
local OUTER = {
  Accept = true,
  Authorization = true,
  ["User-Agent"] = true,
  ["client-request-id"] = true,
}

local function item_json(state, i, edges)
  local request = state.requests[i]
  local headers = {}
  for name, value in pairs(request.headers) do
    if not OUTER[name] then
      headers[name] = value
    end
  end
  local depends_on
  for _, before in ipairs(edges[i]) do
    depends_on = depends_on or {}
    depends_on[#depends_on + 1] = tostring(state.items[before].id or before)
  end
  local json = assert(core.encode(nil, {
    id = tostring(state.items[i].id or i),
    method = request.method,
    url = request.url:sub(#state.settings.base_url:gsub("/+$", "") + 1),
    headers = next(headers) and headers or nil,
    dependsOn = depends_on,
  }))
  -- the body is JSON already, with every digit of its numbers
  return request.body and json:sub(1, -2) .. ',"body":' .. request.body .. "}" or json
end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64_decode(text)
  local bits, n, out = 0, 0, {}
  for c in text:gsub("%-", "+"):gsub("_", "/"):gmatch "[%w+/]" do
    bits = bits * 64 + ALPHABET:find(c, 1, true) - 1
    n = n + 6
    if n >= 8 then
      n = n - 8
      out[#out + 1] = string.char(math.floor(bits / 2 ^ n))
      bits = bits % 2 ^ n
    end
  end
  return table.concat(out)
end

-- An item's body as the text that a response of its own would have had.
local function body_text(body, op)
  if body == nil or body == core.null then
    return ""
  end
  if type(body) == "string" and op.answer == "count" then
    return body:find "^%d+$" and body or base64_decode(body)
  end
  return core.encode(nil, body) or ""
end

local function lower_names(headers)
  local lower = {}
  for name, value in pairs(type(headers) == "table" and headers or {}) do
    lower[tostring(name):lower()] = tostring(value)
  end
  return lower
end

local function answer(state, i, response)
  local op = state.requests[i].op
  local record = {
    status = tonumber(response.status) or 0,
    headers = lower_names(response.headers),
    body = body_text(response.body, op),
  }
  local value, fault = core.response(op, record)
  if value ~= nil then
    return { value = value }
  end
  fault.headers = record.headers
  return { err = errors.from(fault) }
end

local function missing(state, i)
  return { err = errors.new("model", "the answer to the batch says nothing of this request", {
    retriable = state.requests[i].op.safe or "unknown",
  }) }
end

local function row(state, places)
  local safe = true
  for _, i in ipairs(places) do
    safe = safe and state.requests[i].op.safe
  end
  return { name = "batch", method = "POST", path = "/$batch", safe = safe }
end

--- Sends the items at some places together.
---@param state table of a batch
---@param places integer[] in dependency order
---@param edges table<integer, integer[]> dependencies that still count
---@return table<integer, graphinvite.BatchResult>? answers by place
---@return graphinvite.Error?
function M.send(state, places, edges)
  local parts, place = {}, {}
  for n, i in ipairs(places) do
    place[tostring(state.items[i].id or i):lower()] = i
    parts[n] = item_json(state, i, edges)
  end
  local settings = options.merge(state.settings, {
    raw_body = '{"requests":[' .. table.concat(parts, ",") .. "]}",
    deadline = math.max(0.001, state.deadline - state.transport.now()),
  })
  local reply, err = state.client:call_row(settings, row(state, places))
  if not reply then
    return nil, err
  end
  local answers = {}
  for _, response in ipairs(type(reply.responses) == "table" and reply.responses or {}) do
    local i = place[tostring(response.id):lower()]
    if i then
      answers[i] = answer(state, i, response)
    end
  end
  for _, i in ipairs(places) do
    answers[i] = answers[i] or missing(state, i)
  end
  return answers
end

return M
