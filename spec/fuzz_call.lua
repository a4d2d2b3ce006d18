--- Judges one input of fuzz_script.c: "\255" ends each of its parts, which become the row, the
-- arguments, the options, the body and the answer of a call. Whatever they are, a request that
-- is built is well formed, and what is refused or cannot be read is explained.
local core = require "graphinvite.core"

local BASE = "http://127.0.0.1:1/v1.0"
local STATUSES = { 200, 201, 202, 204, 302, 400, 429, 502 }

local rows = core.operations()

local function split(input)
  local parts = {}
  for part in (input .. "\255"):gmatch "([^\255]*)\255" do
    parts[#parts + 1] = part
  end
  return parts
end

-- Takes the next part; nil when there is none, or when it is empty.
local function taker(parts)
  local at = 0
  return function()
    at = at + 1
    return parts[at] ~= "" and parts[at] or nil
  end
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

local function check_request(request, row, given)
  local path = request.url:match "^([^?#]*)"
  assert(request.url:sub(1, #BASE) == BASE, request.url)
  assert(not request.url:find "[^\33-\126]", request.url)
  assert(count(path:sub(#BASE + 1), "/") == count(row.path, "/"), request.url)
  assert(request.method == row.method, request.method)
  local lines = 3 -- of HTTP/1.1: the first one, Host and Accept-Encoding
  for name, value in pairs(request.headers) do
    lines = lines + (name:lower() == "accept-encoding" and 0 or 1)
    assert(name:find "^[%w!#$%%&'*+%-.^_`|~]+$", name)
    assert(not value:find "[%c]", value)
  end
  local head = assert(core.http1_request(request)):match "^(.-\r\n)\r\n"
  lines = lines + (request.body and 1 or request.method:find "^P" and 1 or 0)
  assert(count(head, "\n") == lines and count(head, "\r") == lines, head)
  if request.body then
    assert(given, "a body out of nothing")
    assert(core.decode(row.sends, request.body), request.body)
  end
end

local function check_reason(why)
  assert(type(why) == "string" and why ~= "", "no reason was given")
  assert(not why:find "[%z\r\n]", why)
  assert(core.encode(nil, why), "the reason is not UTF-8")
end

local function try_request(row, take)
  local arguments = {}
  for i = 1, row.arguments do
    arguments[i] = take() or ""
  end
  local name, value = take(), take()
  local options = {
    base_url = BASE,
    root = row.root,
    headers = name and { [name] = value or "" },
    user_agent = take(),
    filter = take(),
    search = take(),
    select = { take(), take() },
    client_request_id = take(),
    flavour = take() and "aadinvitemgr",
    unknown = take() and "keep",
  }
  local given = core.decode(nil, take() or "{}")
  local request, why = core.request(row.name, arguments, given, options)
  if request then
    check_request(request, row, given)
  else
    check_reason(why)
  end
end

local function try_response(row, status, take)
  local response = {
    status = status,
    headers = { location = take(), ["request-id"] = take(), ["content-type"] = take() },
    body = take() or "",
  }
  local value, fault = core.response(row, response)
  if value == nil then
    check_reason(fault.message)
    assert(fault.kind == "graph" or fault.kind == "model", fault.kind)
    assert(fault.status == status)
  end
end

return function(input)
  local first, second = (input .. "\0\0"):byte(1, 2)
  local row, take = rows[first % #rows + 1], taker(split(input:sub(3)))
  if second % 2 == 0 then
    try_request(row, take)
  else
    try_response(row, STATUSES[math.floor(second / 2) % #STATUSES + 1], take)
  end
end
