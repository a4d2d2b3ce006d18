--- How fast a job goes: a rate that all its workers share, and how many calls each has under way.
-- Pure: times come as arguments; the state is a table of numbers that a store keeps.
local M = {}

--- The documented bucket of /invitations is 150 requests in 5 s (reference 4.5).
M.DOCUMENTED = 30

local HOUR = 3600
local MARGIN = 0.97 -- of the rate that would have fitted
local LEAST = 0.1 -- requests a second
local FAST, SLOW = 0.05, 0.002 -- growth a second: far from the rate that was too high, and near it
local NEAR_FROM, NEAR_TO = 0.9, 1.2 -- what is near, of that rate

---@class graphinvite.bulk.Pace
---@field rate number? requests a second; nil is no limit
---@field high number? the rate that was too high
---@field since number? when the time without a refusal began
---@field grown number? when the rate has last grown
---@field next number? when the next request may begin
---@field pause number? when a Retry-After is over
---@field hour number? when the hour of max_per_hour began
---@field used number? requests in it

---@class graphinvite.bulk.PaceOptions
---@field rate number the highest rate, 0 for none
---@field per_hour number?

local function grow(state, ceiling, now)
  local seconds = now - (state.grown or now)
  if seconds <= 0 or not state.high then
    return
  end
  local near = state.rate >= NEAR_FROM * state.high and state.rate <= NEAR_TO * state.high
  state.rate = state.rate * (1 + (near and SLOW or FAST)) ^ math.min(seconds, 1)
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

--- Reserves times for some requests.
---@param state graphinvite.bulk.Pace
---@param now number
---@param n integer how many are wanted
---@param given graphinvite.bulk.PaceOptions
---@return number wait seconds until the first
---@return number gap seconds between two
---@return integer granted
function M.reserve(state, now, n, given)
  state.rate = state.rate or given.rate > 0 and given.rate or nil
  if state.rate and given.rate > 0 and state.rate > given.rate then
    state.rate = given.rate
  end
  state.since, state.grown = state.since or now, state.grown or now
  local at = math.max(now, state.pause or now, state.next or now)
  at, n = hourly(state, given.per_hour, at, n)
  grow(state, given.rate, now)
  local gap = state.rate and 1 / state.rate or 0
  state.next = at + n * gap
  return at - now, gap, n
end

--- Notes that the service has asked to wait. Requests that were under way together lower the rate
--- once: to what would have fitted into the time since the last refusal, the wait included.
---@param state graphinvite.bulk.Pace
---@param now number
---@param begun number when the refused request began
---@param wait number seconds
---@param accepted integer requests since the last refusal; counts where there was no rate
function M.throttled(state, now, begun, wait, accepted)
  local over = now + wait
  local first = not state.pause or begun >= state.pause
  if first then
    local since = state.since or begun
    local spent = math.max(now - since, 0)
    local high = state.rate or accepted / math.max(spent + wait, 0.001) / MARGIN
    local fitted = state.rate and state.rate * spent / math.max(spent + wait, 0.001)
      or high * MARGIN
    state.high, state.rate = high, math.max(LEAST, MARGIN * fitted)
  end
  state.pause = math.max(state.pause or over, over)
  state.next = first and state.pause or math.max(state.next, state.pause)
  state.since, state.grown = state.pause, state.pause
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
