--- A virtual clock for light threads inside nginx: it moves to the earliest sleeper when every
--- other thread sleeps, too, or waits for another one.
local M = {}

local LOOK = 0.001 -- seconds of nginx; whatever can go on does so before they are over

---@param now fun(): number
---@param advance fun(seconds: number) moves the clock; it may wait for that as nginx does
---@return fun(seconds: number) sleep
---@return fun(f: function): function busy makes of a function one during which time stands still
function M.new(now, advance)
  local working, events, sleepers = 0, 0, {}
  local moving -- the clock is, and nobody knows yet that it has moved

  local function leave(...)
    working, events = working - 1, events + 1
    return ...
  end

  local function busy(f)
    return function(...)
      working, events = working + 1, events + 1
      return leave(f(...))
    end
  end
  local function is_earliest(mine)
    for sleeper in pairs(sleepers) do
      if sleeper.wake_at < mine.wake_at then
        return false
      end
    end
    return true
  end

  local function sleep(seconds)
    local mine = { wake_at = now() + seconds }
    sleepers[mine], events = true, events + 1
    while moving or now() < mine.wake_at do
      local seen = events
      ngx.sleep(LOOK)
      if not moving and events == seen and working == 0 and is_earliest(mine) then
        moving = true
        advance(mine.wake_at - now())
        moving = false
      end
    end
    sleepers[mine], events = nil, events + 1
  end

  return sleep, busy
end

return M
