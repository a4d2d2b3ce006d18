--- Records what goes over a transport, without secrets, and replays it without one.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local redact = require "graphinvite.redact"
local scheduler = require "graphinvite.scheduler"

local M = {}

local FORMAT = "graphinvite cassette 1"

-- What tells requests apart: the method, the URL without its origin, and the body.
local function identity(request)
  local path = request.url:gsub("^%a+://[^/]*", "")
  return {
    method = request.method,
    url = redact.text(path),
    body = request.body and redact.text(request.body),
  }
end

local function same(a, b)
  return a.method == b.method and a.url == b.url and a.body == b.body
end

--- A transport that passes everything on and remembers it.
---@class graphinvite.Recorder: graphinvite.Transport
---@field save fun(path: string): boolean?, string? writes what was recorded
---@field text fun(): string what was recorded, as JSON

---@param driver graphinvite.Transport
---@return graphinvite.Recorder
function M.record(driver)
  local port = scheduler.port(driver)
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

  function recorder.text()
    return assert(core.encode(nil, { format = FORMAT, entries = core.array(entries) }))
  end

  function recorder.save(path)
    local file, why = io.open(path, "wb")
    if not file then
      return nil, why
    end
    local ok, fault = file:write(recorder.text())
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
    + (a.body == b.body and 0 or 1)
end

local function unmatched(wanted, entries, used)
  local nearest, least
  for i, entry in ipairs(entries) do
    local far = distance(entry.request, wanted)
    if not used[i] and (not least or far < least) then
      nearest, least = entry.request, far
    end
  end
  local message = ("%s %s is not on the cassette"):format(wanted.method, wanted.url)
  if nearest then
    message = ("%s; the nearest left is %s %s %s, this has %s"):format(message, nearest.method,
      nearest.url, nearest.body or "without a body", wanted.body or "no body")
  end
  return errors.fail("transport", message, { reason = "other", sent = false })
end

local function load_entries(source)
  local text = source
  if not source:find "^%s*{" then
    local file, why = io.open(source, "rb")
    if not file then
      return nil, why
    end
    text = file:read "*a"
    file:close()
  end
  local cassette, why = core.decode(nil, text)
  if not cassette then
    return nil, why
  end
  if type(cassette) ~= "table" or cassette.format ~= FORMAT then
    return nil, "this is not a " .. FORMAT
  end
  return cassette.entries
end

--- A transport that answers from a recording, each entry once, in order among the same requests.
--- Its clock moves only when somebody sleeps.
---@param source string path of a file, or its text
---@return graphinvite.Transport?
---@return graphinvite.Error?
function M.replay(source)
  local entries, why = load_entries(source)
  if not entries then
    why = "the cassette cannot be read: " .. why
    return errors.fail("transport", why, { reason = "other", sent = false })
  end
  local used, elapsed = {}, 0
  local transport = {}

  function transport.send(request)
    local wanted = identity(request)
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

  transport.wall = transport.now

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
