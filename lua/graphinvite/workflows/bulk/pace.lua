--- How fast a job goes: a rate that all its workers share, and how many calls each has under way.
-- Pure: times come as arguments; the state is a table of numbers that a store keeps.
local M = {}

--- The documented bucket of /invitations is 150 requests in 5 s (reference 4.5): a little less
--- survives that requests do not arrive as evenly as they leave.
M.DOCUMENTED = 29

local HOUR = 3600
local LEAST = 1 -- requests a second: slower only as the service says, by its waits
local MARGIN = 0.97 -- of the limit: requests do not arrive as evenly as they leave
local STEP = 0.9 -- of the rate: no more than that is taken away once a limit is known

-- How the rate grows a second, by its part of the limit as it was found: hardly where it is near,
-- faster when it is past, for then the limit is another one.
local GROWTH = { { 0.95, 0.05 }, { 1.02, 0.0003 }, { math.huge, 0.1 } }

---@class graphinvite.bulk.Pace
---@field rate number? requests a second; nil is no limit
---@field limit number? requests a second that the service takes, as far as it was found
---@field told number? 1 when there was a refusal that told nothing of the limit
---@field since number? when the time without a refusal began
---@field grown number? when the rate has last changed
---@field next number? when the next request may begin
---@field pause number? when a Retry-After is over
---@field hour number? when the hour of max_per_hour began
---@field used number? requests in it

---@class graphinvite.bulk.PaceOptions
---@field rate number the highest rate, 0 for none
---@field per_hour number?

local function grow(state, ceiling, now)
  local seconds = now - (state.grown or now)
  if seconds <= 0 or not state.limit then
    return
  end
  local i = 1
  while state.rate >= GROWTH[i][1] * state.limit do
    i = i + 1
  end
  state.rate = state.rate * (1 + GROWTH[i][2]) ^ math.min(seconds, 1)
  state.grown = now
  if ceiling > 0 and state.rate > ceiling then
    state.rate = ceiling
  end
end

-- The time from which on requests may begin, as far as the hour is concerned; and how many.
local function hourly(state, per_hour, at, n)
  if not per_hour then
    return at, n
  end
  at = math.max(at, state.hour or at)
  if not state.hour or at >= state.hour + HOUR then
    state.hour, state.used = at, 0
  elseif state.used >= per_hour then
    at = state.hour + HOUR
    state.hour, state.used = at, 0
  end
  n = math.min(n, per_hour - state.used)
  state.used = state.used + n
  return at, n
end

-- Forgets an hour that has been waited for: this run has no such limit.
local function forget_hour(state, now)
  if state.hour and state.hour > now then
    state.hour, state.used, state.next = nil, nil, nil
  end
end

--- Reserves times for some requests.
---@param state graphinvite.bulk.Pace
---@param now number
---@param n integer how many are wanted
---@param given graphinvite.bulk.PaceOptions
---@param ahead number? seconds over which they may be spread
---@return number wait seconds until the first
---@return number gap seconds between two
---@return integer granted
function M.reserve(state, now, n, given, ahead)
  state.rate = state.rate or given.rate > 0 and given.rate or nil
  if state.rate and given.rate > 0 and state.rate > given.rate then
    state.rate = given.rate
  end
  state.since, state.grown = state.since or now, state.grown or now
  if not given.per_hour then
    forget_hour(state, now)
  end
  local at = math.max(now, state.pause or now, state.next or now)
  grow(state, given.rate, now)
  if state.rate and ahead then
    n = math.min(n, math.max(1, math.floor(ahead * state.rate)))
  end
  at, n = hourly(state, given.per_hour, at, n)
  local gap = state.rate and 1 / state.rate or 0
  state.next = at + n * gap
  return at - now, gap, n
end

-- Lowers the rate to what the service took since the last refusal. Its window ends with the wait,
-- which is rounded up to a whole second, and most windows are whole seconds long.
local function lower(state, spent, wait, accepted)
  if not state.told and not state.limit and spent < wait then
    state.told = 1 -- others may have used up this window: the next one will tell
    return
  end
  local window = math.max(math.floor(spent + wait), 1)
  local found = (accepted or state.rate * spent) / window
  if state.limit then
    found = math.max(found, STEP * state.rate / MARGIN)
  end
  state.limit = math.max(LEAST, found)
  state.rate = MARGIN * state.limit
end

--- Notes that the service has asked to wait. Requests that were under way together lower the rate
--- once.
---@param state graphinvite.bulk.Pace
---@param now number
---@param begun number when the refused request began
---@param wait number seconds
---@param accepted integer? requests since the last refusal, where that is known
function M.throttled(state, now, begun, wait, accepted)
  local over = now + wait
  local first = not state.pause or begun >= state.pause
  if first then
    lower(state, math.max(now - (state.since or begun), 0), wait, accepted)
  end
  state.pause = math.max(state.pause or over, over)
  state.next = first and state.pause or math.max(state.next or 0, state.pause)
  state.since, state.grown = state.pause, state.pause
end

local Flow = {}
Flow.__index = Flow

local SPAN = 3 -- seconds; what is measured is the last one or two of these

--- How many of something there are a second, lately.
---@param now number
---@return table flow
function M.flow(now)
  return setmetatable({ count = 0, first = { now, 0 }, last = { now, 0 } }, Flow)
end

function Flow:add(n)
  self.count = self.count + n
end

---@param now number
---@return number rate 0 when there has hardly been time
function Flow:rate(now)
  if now - self.last[1] >= SPAN then
    self.first, self.last = self.last, { now, self.count }
  end
  local seconds = now - self.first[1]
  return seconds >= 0.5 and (self.count - self.first[2]) / seconds or 0
end

local Slots = {}
Slots.__index = Slots

local FIRST = 4 -- calls under way, to begin with

--- How many calls a worker has under way: it is found out.
---@param most integer
---@return table slots with limit
function M.slots(most)
  return setmetatable({ limit = math.min(FIRST, most), most = most, answered = 0 }, Slots)
end

--- A call was taken. full: all were under way when it began. The limit grows by one an answer
--- until the first refusal, then by one when all have been answered.
function Slots:accepted(full)
  if not full or self.limit >= self.most then
    return
  end
  self.answered = self.answered + 1
  if not self.refused or self.answered >= self.limit then
    self.limit, self.answered = self.limit + 1, 0
  end
end

--- Calls were refused, for they were too many.
function Slots:lower()
  self.refused, self.answered = true, 0
  self.limit = math.max(1, math.floor(self.limit / 2))
end

return M
