--- The tenant's clock. A virtual one stands still but for `advance`; a real one runs, and
-- `advance` shifts it.
local core = require "graphinvite.core"

local M = {}
local Clock = { __name = "graphinvite.emulator.Clock" }
Clock.__index = Clock

local START = 1767225600 -- 2026-01-01T00:00:00Z, where a virtual clock begins
local LAST = 253402300799 -- 9999-12-31T23:59:59Z, the last moment of a DateTimeOffset

---@param kind "virtual"|"real"
---@return graphinvite.emulator.Clock
function M.new(kind)
  local self = setmetatable({ real = kind == "real", shift = 0, origin = 0 }, Clock)
  self.start = self.real and os.time() - core.clock() or START
  return self
end

--- Monotonic seconds; `reset` does not turn them back.
function Clock:now()
  return self.real and core.clock() + self.shift or self.shift
end

--- Seconds since 1970, at this moment or another one of a virtual clock.
---@param now number? as now() gives it then
function Clock:wall(now)
  return self.start + (now or self:now()) - self.origin
end

--- Where the time will be so many seconds later, for move().
---@param seconds number from 0
---@return number? place
---@return string? why there is no such time
function Clock:later(seconds)
  if seconds < 0 or seconds ~= seconds then
    return nil, "time does not go back"
  end
  if self:wall() + seconds > LAST then
    return nil, "time ends with the year 9999"
  end
  return self.shift + seconds
end

--- Moves the time forward to a place; never back.
---@param place number
function Clock:move(place)
  if place > self.shift then
    self.shift = place % 1 == 0 and math.floor(place) or place -- prints alike on every Lua
  end
end

--- Moves a virtual clock forward to a time, if that is still to come.
---@param wall number seconds since 1970
function Clock:reach(wall)
  if not self.real then
    self:move(wall - self.start + self.origin)
  end
end

--- Moves the time forward.
---@param seconds number from 0
---@return true? done
---@return string? why
function Clock:advance(seconds)
  local place, why = self:later(seconds)
  if not place then
    return nil, why
  end
  self:move(place)
  return true
end

--- Sets the calendar to where it would be had nothing advanced it.
function Clock:reset()
  self.origin = self.shift
end

--- The moment t, or this one, as Graph writes it: 2026-01-01T00:00:00Z.
---@param t number? seconds since 1970
---@return string
function Clock:date(t)
  local second = math.floor(t or self:wall())
  if second ~= self.second then
    self.second, self.text = second, os.date("!%Y-%m-%dT%H:%M:%SZ", second)
  end
  return self.text
end

return M
