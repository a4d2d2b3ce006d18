--- Records what goes over a transport, without secrets, and replays it without one.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local redact = require "graphinvite.redact"
local scheduler = require "graphinvite.scheduler"

local M = {}

local FORMAT = "graphinvite cassette 1"

-- What tells requests apart: the method, the URL without its origin, and the body.
local function identity(request)
  local path = request.url:gsub("^%a+://[^/?#]*", "")
  return {
    method = request.method,
    url = redact.text(path),
    body = request.body and redact.text(request.body),
  }
end

-- A decoded JSON value as a text in which members stand in the order of their names.
local function spell(value)
  if type(value) ~= "table" or next(value) == nil then
    return assert(core.encode(nil, value))
  end
  local pieces = {}
  for i, item in ipairs(value) do
    pieces[i] = spell(item)
  end
  if pieces[1] then
    return "[" .. table.concat(pieces, ",") .. "]"
  end
  for name, member in pairs(value) do
    pieces[#pieces + 1] = assert(core.encode(nil, name)) .. ":" .. spell(member)
  end
  table.sort(pieces)
  return "{" .. table.concat(pieces, ",") .. "}"
end

-- A body to compare: where it is JSON the order of its members does not count.
local function canonical(body)
  local value = body and core.decode(nil, body)
  return type(value) == "table" and spell(value) or body
end

local function same(a, b)
  return a.method == b.method and a.url == b.url and a.key == b.key
end

--- A transport that passes everything on and remembers it.
---@class graphinvite.Recorder: graphinvite.Transport
---@field save fun(path: string): boolean?, string? writes what was recorded
---@field text fun(): string?, string? what was recorded, as JSON

---@param driver graphinvite.Transport
---@return graphinvite.Recorder
function M.record(driver)
  if type(driver) ~= "table" or type(driver.send) ~= "function" then
    errors.misuse("record takes a transport, this is a " .. type(driver))
  end
  local port, start = scheduler.port(driver), driver.wall()
  local entries = {}
  local recorder = setmetatable({ start = false }, { __index = port })

  function recorder.send(request, timeout)
    local response, err = port.send(request, timeout)
    local entry = { request = identity(request) }
    if response then
      local copy = redact.record(response)
      entry.response = { status = copy.status, headers = copy.headers, body = copy.body }
    else
      entry.error = { message = redact.text(err.message), reason = err.reason, sent = err.sent }
    end
    entries[#entries + 1] = entry
    return response, err
  end

  -- Fails where a body is no text.
  function recorder.text()
    return core.encode(nil, { format = FORMAT, start = start, entries = core.array(entries) })
  end

  function recorder.save(path)
    local text, why = recorder.text()
    if not text then
      return nil, why
    end
    local file
    file, why = io.open(path, "wb")
    if not file then
      return nil, why
    end
    local ok, fault = file:write(text)
    local closed, late = file:close()
    if not ok or not closed then
      return nil, fault or late
    end
    return true
  end

  return recorder
end

-- How far a recorded request is from the one that was made; 0 is the same.
local function distance(a, b)
  return (a.method == b.method and 0 or 4) + (a.url == b.url and 0 or 2)
    + (a.key == b.key and 0 or 1)
end

local function unmatched(wanted, entries, used)
  local nearest, least
  local times = 0
  for i, entry in ipairs(entries) do
    local far = distance(entry.request, wanted)
    times = times + (far == 0 and 1 or 0)
    if not used[i] and (not least or far < least) then
      nearest, least = entry.request, far
    end
  end
  local message = ("%s %s is not on the cassette"):format(wanted.method, wanted.url)
  if times > 0 then
    message = ("%s more than %d times"):format(message, times)
  end
  if nearest then
    message = ("%s; the nearest left is %s %s %s, this has %s"):format(message, nearest.method,
      nearest.url, nearest.body or "without a body", wanted.body or "no body")
  end
  return errors.fail("transport", message, { reason = "other", sent = false })
end

local function read(source)
  if source:find "^%s*{" then
    return source
  end
  local file, why = io.open(source, "rb")
  if not file then
    return nil, why
  end
  local text
  text, why = file:read "*a"
  file:close()
  return text, why or "it cannot be read"
end

local function has(value, name, wanted)
  return type(value) == "table" and type(value[name]) == wanted
end

-- Tells whether an entry has all that replaying it takes.
local function is_whole(entry)
  if not has(entry, "request", "table") then
    return false
  end
  local request = entry.request
  return has(request, "method", "string") and has(request, "url", "string")
    and (request.body == nil or type(request.body) == "string")
    and (has(entry.error, "message", "string") or has(entry.response, "status", "number")
      and has(entry.response, "headers", "table"))
end

local function load_cassette(source)
  local text, why = read(source)
  if not text then
    return nil, why
  end
  local cassette
  cassette, why = core.decode(nil, text)
  if cassette == nil then
    return nil, why
  elseif not has(cassette, "entries", "table") or cassette.format ~= FORMAT then
    return nil, "this is not a " .. FORMAT
  end
  for i, entry in ipairs(cassette.entries) do
    if not is_whole(entry) then
      return nil, ("entries[%d] is not whole"):format(i)
    end
    entry.request.key = canonical(entry.request.body)
  end
  return cassette
end

--- A transport that answers from a recording, each entry once, in order among the same requests.
--- Its clock begins with the recording and moves only when somebody sleeps.
---@param source string path of a file, or its text
---@return graphinvite.Transport?
---@return graphinvite.Error?
function M.replay(source)
  if type(source) ~= "string" then
    errors.misuse("replay takes a path or a text, this is a " .. type(source))
  end
  local cassette, why = load_cassette(source)
  if not cassette then
    why = "the cassette cannot be read: " .. why
    return errors.fail("transport", why, { reason = "other", sent = false })
  end
  local entries, start = cassette.entries, tonumber(cassette.start) or 0
  local used, elapsed = {}, 0
  local transport = {}

  function transport.send(request)
    local wanted = identity(request)
    wanted.key = canonical(wanted.body)
    for i, entry in ipairs(entries) do
      if not used[i] and same(entry.request, wanted) then
        used[i] = true
        local fault, recorded = entry.error, entry.response
        if fault then
          local fields = { reason = fault.reason, sent = fault.sent }
          return errors.fail("transport", fault.message, fields)
        end
        return {
          status = recorded.status,
          headers = recorded.headers,
          body = recorded.body,
          url = request.url,
        }
      end
    end
    return unmatched(wanted, entries, used)
  end

  function transport.sleep(seconds)
    elapsed = elapsed + seconds
  end

  function transport.now()
    return elapsed
  end

  function transport.wall()
    return start + elapsed
  end

  --- How many recorded requests were not made.
  function transport.left()
    local n = #entries
    for _ in pairs(used) do
      n = n - 1
    end
    return n
  end

  return transport
end

return M
