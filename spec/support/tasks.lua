--- Tasks on a virtual clock, for the specs of the loop and the scheduler.
local scheduler = require "graphinvite.scheduler"
local scripted = require "spec.support.scripted"

local M = {}

--- A driver whose calls are answered after as many seconds as their URL says.
function M.driver()
  local driver = scripted.new { { status = 200 } }
  local flights = {}

  function driver.start(request)
    if request.url == "refused" then
      return nil, "no way"
    end
    local flight = { due = driver.elapsed + tonumber(request.url), url = request.url }
    flights[#flights + 1] = flight
    return flight
  end

  function driver.next(timeout)
    local first
    for i, flight in ipairs(flights) do
      if not first or flight.due < flights[first].due then
        first = i
      end
    end
    local due = first and flights[first].due or math.huge
    driver.elapsed = math.min(math.max(due, driver.elapsed), driver.elapsed + timeout)
    if due <= driver.elapsed then
      local flight = table.remove(flights, first)
      return flight, { url = flight.url }
    end
  end

  return driver
end

--- Begins a task. Notes its { value, err } in results when it has ended.
function M.begin(loop, work, results, ...)
  local place = #results + 1
  results[place] = false
  scheduler.run(loop:spawn(work, function(value, err)
    results[place] = { value, err }
  end), ...)
end

--- Runs functions as the tasks of one loop.
---@return table[] results { value, err } of each
function M.run(functions, ...)
  local loop, results = scheduler.loop(), {}
  for _, work in ipairs(functions) do
    M.begin(loop, work, results, ...)
  end
  while loop:step() ~= nil do end
  return results
end

return M
