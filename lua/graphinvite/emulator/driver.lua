--- The emulator as a transport in process, with the emulator's clock.
local faults = require "graphinvite.emulator.faults"
local notifier = require "graphinvite.emulator.notifier"

local M = {}

-- What comes of a request: response or error, and the seconds that it takes.
local function ask(emulator, request, timeout)
  local headers = {}
  for name, value in pairs(request.headers or {}) do
    headers[name:lower()] = value
  end
  headers.authorization = headers.authorization or "Bearer emulator"
  local response = emulator:handle {
    method = request.method, url = request.url, headers = headers, body = request.body,
  }
  response.url = request.url
  if response.passage then
    return faults.receive(response, timeout or math.huge)
  end
  return response, nil, 0
end

-- Calls under way: the tenant answers at once, so only what a fault holds up takes time.
local function overlapped(emulator, sleep)
  local clock, driver = emulator.clock, {}
  local begun, first, last, ready, held = 0, 1, 0, {}, {}

  function driver.start(request, timeout)
    local response, err, delay = ask(emulator, request, timeout)
    begun = begun + 1
    local flight = { handle = begun, response = response, err = err, due = clock:now() + delay }
    if delay > 0 then
      held[#held + 1] = flight
    else
      last = last + 1
      ready[last] = flight
    end
    return begun
  end

  -- The place of the one that is due first among those held up.
  local function earliest()
    local place
    for i, flight in ipairs(held) do
      if not place or flight.due < held[place].due then
        place = i
      end
    end
    return place
  end

  local function take(timeout)
    if first <= last then
      local flight = ready[first]
      ready[first] = nil
      first = first + 1
      return flight
    end
    local place = earliest()
    local wait = place and math.max(0, held[place].due - clock:now())
    if wait and wait > 0 then
      sleep(math.min(wait, timeout))
    end
    return wait and wait <= timeout and table.remove(held, place) or nil
  end

  function driver.next(timeout)
    local flight = take(timeout or math.huge)
    if flight then
      return flight.handle, flight.response, flight.err
    end
  end

  -- There is nothing to watch: what is ready is due at once, what is held up in its time.
  function driver.fds()
    if first <= last then
      return {}, 0
    end
    local place = earliest()
    return {}, place and math.max(0, held[place].due - clock:now())
  end

  return driver
end

--- Whoever sends no Authorization is the tenant's administrator.
---@param emulator graphinvite.Emulator
---@return graphinvite.Transport
function M.new(emulator)
  local clock = emulator.clock

  local function sleep(seconds)
    notifier.sleep(emulator, seconds)
  end

  local driver = overlapped(emulator, sleep)

  function driver.send(request, timeout)
    local response, err, delay = ask(emulator, request, timeout)
    if delay > 0 then
      sleep(delay)
    end
    return response, err
  end

  driver.sleep = sleep
  function driver.now() return clock:now() end
  function driver.wall() return clock:wall() end
  function driver.random() return emulator.jitter:uniform() end

  return driver
end

return M
