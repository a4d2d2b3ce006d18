--- Says whether a failed attempt is repeated, and after how long.
-- Pure: no clock and no randomness of its own, so the same input always gives the same answer.
local http_date = require "graphinvite.http_date"

local M = {}

---@class graphinvite.RetryPolicy
---@field attempts integer how often at the most, the first one included
---@field base number seconds before the second attempt, at the most
---@field cap number seconds between two attempts, at the most, unless the service asks for more
M.preset = { attempts = 4, base = 1, cap = 60 }

local NOT_TAKEN = { [429] = true } -- the service says that it did not take the call
local REPEATED = { [502] = true, [503] = true, [504] = true, [509] = true }

-- What goes wrong again, however often it is tried.
local LASTING = { tls = true, malformed = true, too_large = true, aborted = true, memory = true }

--- The seconds that a response asks to wait. Of several values the longest holds; a date is
--- measured against the response's own Date, so that a wrong clock here does not matter.
---@param headers table<string, string> lower-case names
---@param now number epoch seconds
---@return number? seconds never below 0; nil where nothing that can be read was asked
function M.retry_after(headers, now)
  local text = headers["retry-after"]
  if not text then
    return nil
  end
  local longest
  local function take(seconds)
    if seconds and seconds >= 0 and (not longest or seconds > longest) then
      longest = seconds
    end
  end
  -- a date has a comma of its own, behind the name of its day
  text = text:gsub("(%f[%a]%a+), (%d%d[ %-]%a%a%a)", "%1\1%2")
  for part in (text .. ","):gmatch("%s*([^,]*),") do
    part = part:gsub("\1", ", "):gsub("%s+$", "")
    local date = http_date.parse(part, now)
    if date then
      local here = headers.date and http_date.parse(headers.date, now) or now
      take(math.max(0, date - here))
    elseif part:find("^%d+%.?%d*$") or part:find("^%.%d+$") then
      take(tonumber(part))
    end
  end
  return longest
end

--- What a failed attempt means for the next one.
---@class graphinvite.RetryInput
---@field safe boolean the call may be repeated without harm
---@field status integer? of the response; nil where there was none
---@field sent boolean? without a response: false when no byte can have left
---@field reason graphinvite.Reason? without a response: what went wrong
---@field retry_after number? seconds that the response asked for
---@field repeat_on_503 boolean a 503 with Retry-After says that the call was not taken (INF)

---@param input graphinvite.RetryInput
---@return boolean repeatable
---@return boolean|"unknown" retriable for the error, when it is not repeated
local function judge(input)
  local status = input.status
  if not status then
    local harmless = input.safe or input.sent == false
    if LASTING[input.reason] then
      return false, not harmless and "unknown" or false
    end
    return harmless, harmless or "unknown"
  end
  if NOT_TAKEN[status] then
    return true, true
  elseif status < 300 then
    return false, not input.safe and "unknown" or false -- taken, but its answer cannot be read
  end
  if status == 503 and input.retry_after and input.repeat_on_503 then
    return true, true
  end
  if REPEATED[status] then
    return input.safe, input.safe or "unknown"
  end
  return false, status >= 500 and status ~= 501 and not input.safe and "unknown" or false
end

---@param input graphinvite.RetryInput
---@param attempt integer how many attempts have been made, from 1
---@param policy graphinvite.RetryPolicy|false
---@param random fun(): number in [0, 1)
---@return number? delay seconds; nil when the call must not be repeated
---@return boolean|"unknown" retriable whether the caller may repeat it
function M.delay(input, attempt, policy, random)
  local repeatable, retriable = judge(input)
  if not repeatable or not policy or attempt >= policy.attempts then
    return nil, retriable
  end
  local backoff = math.min(policy.cap, policy.base * 2 ^ (attempt - 1)) * random()
  return math.max(input.retry_after or 0, backoff), retriable
end

return M
