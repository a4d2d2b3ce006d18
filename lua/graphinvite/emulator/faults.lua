--- What can go wrong on the way between the tenant and a client. One table for both: the server
-- makes bytes of it, the transport in process what libcurl makes of those bytes.
local core = require "graphinvite.core"
local failures = require "graphinvite.errors"

local M = {}

local ELSEWHERE = "https://elsewhere.example"
local BODILESS = { [204] = true, [304] = true } -- whatever length their head tells

---@class graphinvite.emulator.Passage how an answer leaves; without one it leaves as it is
---@field reset boolean? not at all: the connection is reset
---@field announced integer? bytes of the body that the head tells
---@field bytes integer? bytes of the body that leave before the connection ends
---@field delay number? seconds until the answer leaves
---@field reason graphinvite.Reason? of the transport's error, where it does not get through

---@class graphinvite.emulator.Fault
---@field untaken boolean? the tenant does not get the request, so nothing has changed there
---@field needs string? the field that has to be given
---@field may string? the field that can be given
---@field reason graphinvite.Reason? see Passage. The server has read the request, so `sent` is
---true whenever there is a reason
---@field passage? fun(body: string, rule: table): graphinvite.emulator.Passage
---@field before? fun(exchange: graphinvite.emulator.Exchange, rule: table): table? changes the
---exchange, or answers it in place of the tenant

local function reset()
  return { reset = true }
end

-- The same place on a host that must not see our token.
local function elsewhere(exchange, rule)
  return (rule.origin or ELSEWHERE) .. exchange.path
end

---@type table<string, graphinvite.emulator.Fault>
M.ROWS = {
  reset_before_request = { untaken = true, reason = "closed", passage = reset },
  reset_after_request = { reason = "closed", passage = reset },
  truncate = {
    needs = "bytes", reason = "closed",
    passage = function(body, rule)
      return { announced = #body, bytes = math.min(rule.bytes, #body) }
    end,
  },
  stall = {
    needs = "seconds", reason = "timeout",
    passage = function(_, rule)
      return { delay = rule.seconds }
    end,
  },
  short_length = { -- the client takes half of the body for all of it
    passage = function(body)
      return { announced = math.floor(#body / 2), bytes = #body }
    end,
  },
  long_length = {
    reason = "closed",
    passage = function(body)
      return { announced = #body + 1, bytes = #body }
    end,
  },
  foreign_redirect = {
    untaken = true, may = "origin",
    before = function(exchange, rule)
      return { status = 307, headers = { location = elsewhere(exchange, rule) } }
    end,
  },
  foreign_next_link = { -- on a page; other answers have no such link
    may = "origin",
    before = function(exchange, rule)
      exchange.next_link = elsewhere(exchange, rule)
    end,
  },
}

local FIELDS = {
  bytes = {
    "a whole number from 0 is wanted",
    function(value) return value >= 0 and value % 1 == 0 and value < 2 ^ 31 end,
  },
  seconds = {
    "seconds from 0 are wanted",
    function(value) return value >= 0 and value < 2 ^ 31 end,
  },
  origin = {
    "scheme, host and port are wanted",
    function(value) return value:find("^https?://[%w.:%[%]-]+$") ~= nil end,
  },
}

local function no_such(name)
  local names = {}
  for other in pairs(M.ROWS) do
    names[#names + 1] = other
  end
  table.sort(names)
  local near = core.suggest(name, names)
  return ("fault: no such fault: %s%s"):format(name,
    near and (" (did you mean %s?)"):format(near) or "")
end

--- Looks at the fields of fail_next that are about a fault. Their types are right.
---@param given table
---@return string? why they are refused
function M.problem(given)
  local row = given.fault and M.ROWS[given.fault] or {}
  if given.fault and not M.ROWS[given.fault] then
    return no_such(given.fault)
  elseif given.fault and (given.status or given.headers) then
    return "status and headers are those of a refusal, a fault has none"
  elseif row.needs and not given[row.needs] then
    return ("%s: required by the fault %s"):format(row.needs, given.fault)
  end
  for name, field in pairs(FIELDS) do
    if given[name] and name ~= row.needs and name ~= row.may then
      return ("%s: belongs to another fault"):format(name)
    elseif given[name] and not field[2](given[name]) then
      return ("%s: %s"):format(name, field[1])
    end
  end
end

--- Does the fault need a connection? A request inside a batch has none.
---@param rule table
---@return boolean
function M.is_of_connection(rule)
  return M.ROWS[rule.fault].passage ~= nil
end

--- What a fault does before the tenant gets the request.
---@param exchange graphinvite.emulator.Exchange
---@param rule table of fail_next
---@return table? response in place of the tenant's; without a status where nothing is answered
function M.before(exchange, rule)
  local row = M.ROWS[rule.fault]
  return row.before and row.before(exchange, rule) or row.untaken and { headers = {} } or nil
end

--- What a fault does to the answer: it gets a passage.
---@param response table
---@param rule table of fail_next
function M.after(response, rule)
  local row = M.ROWS[rule.fault]
  if row.passage then
    response.passage = row.passage(response.body or "", rule)
    response.passage.reason = row.reason
  end
end

--- The bytes that leave for an answer before its connection ends; "" where it is reset.
---@param response table
---@return string? bytes nil where the connection goes on
function M.bytes(response)
  local passage = response.passage
  if passage.reset then
    return ""
  elseif not passage.announced then
    return nil
  end
  local lines = { ("HTTP/1.1 %d "):format(response.status) }
  for name, value in pairs(response.headers) do
    lines[#lines + 1] = name .. ": " .. value
  end
  lines[#lines + 1] = ("content-length: %d"):format(passage.announced)
  lines[#lines + 1] = "connection: close\r\n\r\n"
  return table.concat(lines, "\r\n") .. (response.body or ""):sub(1, passage.bytes)
end

local MESSAGES = {
  closed = "the connection broke before the answer was complete; the request may have been"
    .. " carried out",
  timeout = "the request was taken but not answered in the time allowed",
}

local function lost(passage)
  return failures.fail("transport", MESSAGES[passage.reason],
    { reason = passage.reason, sent = true })
end

--- What a client gets of an answer, as the transport over libcurl tells it.
---@param response table with a passage, which is taken off
---@param timeout number seconds
---@return table? response
---@return graphinvite.Error?
---@return number delay seconds until the client has it
function M.receive(response, timeout)
  local passage = response.passage
  local delay, announced = passage.delay or 0, passage.announced
  local result, err = response, nil
  if delay >= timeout then
    delay = timeout
    result, err = lost(passage)
  elseif passage.reset or announced and announced > passage.bytes
    and not BODILESS[response.status] then
    result, err = lost(passage)
  elseif announced and response.body then
    response.body = response.body:sub(1, announced)
  end
  response.passage = nil
  return result, err, delay
end

return M
