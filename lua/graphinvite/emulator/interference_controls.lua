--- What a test puts in the way of requests; rows as those of controls.lua.
local faults = require "graphinvite.emulator.faults"
local fields = require "graphinvite.emulator.fields"
local interference = require "graphinvite.emulator.interference"

local M = { ROWS = {} }

local function control(name, known, run)
  M.ROWS[name] = { fields = known, run = run }
end

local FAILURE = {
  status = "number", headers = "table", count = "number", match = "string",
  fault = "string", bytes = "number", seconds = "number", origin = "string",
}

-- Checks what a failure is to be.
local function check_failure(given)
  local why = faults.problem(given)
  if why then
    fields.fail("%s", why)
  end
  if not given.status and not given.fault then
    fields.fail("status: required")
  end
  fields.check_whole("status", given.status, 400)
  fields.check_whole("count", given.count, 1)
  if given.status and given.status > 599 then
    fields.fail("status: one from 400 to 599 is wanted")
  end
  for name, value in pairs(given.headers or {}) do
    if tostring(name):find("[^%w%-]") or tostring(value):find("%c") then
      fields.fail("headers: a name or a value has a character that is not allowed")
    end
  end
end

control("fail_next", FAILURE, function(emulator, given)
  check_failure(given)
  interference.fail_next(emulator, given)
  return true
end)

local FAILURE_RATE = { rate = "number" }
for name, type in pairs(FAILURE) do
  FAILURE_RATE[name] = name ~= "count" and type or nil
end

-- Of the requests to come a part fails, by chance, from the one seed; without rate none any more.
control("fail_rate", FAILURE_RATE, function(emulator, given)
  if given.rate == nil then
    if next(given) ~= nil then
      fields.fail("rate: required beside what is to fail")
    end
    emulator.rates = {}
    return true
  elseif not (given.rate >= 0 and given.rate <= 1) then
    fields.fail("rate: a number from 0 to 1 is wanted")
  end
  check_failure(given)
  interference.fail_rate(emulator, given)
  return true
end)

control("throttle", { limit = "number", window = "number" }, function(emulator, given)
  fields.check_whole("limit", given.limit, 1)
  if given.window and not (given.window > 0 and given.window < 2 ^ 31) then
    fields.fail("window: seconds above 0 are wanted, and less than 2^31")
  elseif given.window and not given.limit then
    fields.fail("limit: required beside window")
  end
  interference.throttle(emulator, given)
  return true
end)

return M
