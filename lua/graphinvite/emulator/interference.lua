--- What a test has put in the way of requests: refusals to come, and a limit on their rate.
local errors = require "graphinvite.emulator.errors"
local reply = require "graphinvite.emulator.reply"

local M = {}

-- How the service refuses with a status: its row in errors.lua.
local KEY_OF = {
  [429] = "throttled", [500] = "internal", [502] = "gateway", [503] = "unavailable",
  [504] = "gateway_timeout",
}

---@param emulator graphinvite.Emulator
function M.start(emulator)
  emulator.refusals, emulator.limit = {}, nil
end

--- Lets the next requests fail.
---@param emulator graphinvite.Emulator
---@param given table status, headers, count, match: a part of "METHOD path"
function M.fail_next(emulator, given)
  table.insert(emulator.refusals, {
    status = given.status, headers = given.headers, left = given.count or 1, match = given.match,
  })
end

--- Lets in so many requests in each window of so many seconds.
---@param emulator graphinvite.Emulator
---@param given table limit, window; without limit all are let in
function M.throttle(emulator, given)
  emulator.limit = given.limit and {
    limit = given.limit, window = given.window or 1, used = 0, begun = nil,
  }
end

local function refusal(exchange, status, headers)
  local response = reply.problem(exchange, errors.problem(KEY_OF[status] or "refused"))
  response.status = status
  for name, value in pairs(headers or {}) do
    response.headers[name:lower()] = tostring(value)
  end
  return response
end

local function take_refusal(exchange)
  local line = exchange.method .. " " .. exchange.path
  local list = exchange.emulator.refusals
  for i, rule in ipairs(list) do
    if not rule.match or line:find(rule.match, 1, true) then
      rule.left = rule.left - 1
      if rule.left == 0 then
        table.remove(list, i)
      end
      return refusal(exchange, rule.status, rule.headers)
    end
  end
end

-- The window begins with the first request in it.
local function take_place(exchange)
  local limit, now = exchange.emulator.limit, exchange.emulator.clock:now()
  if not limit.begun or now >= limit.begun + limit.window then
    limit.begun, limit.used = now, 0
  end
  limit.used = limit.used + 1
  if limit.used > limit.limit then
    local wait = math.max(1, math.ceil(limit.begun + limit.window - now))
    return refusal(exchange, 429, { ["Retry-After"] = ("%d"):format(wait) })
  end
end

--- The refusal that waits for this request, if one does.
---@param exchange graphinvite.emulator.Exchange
---@return table? response
function M.answer(exchange)
  local emulator = exchange.emulator
  return emulator.refusals[1] and take_refusal(exchange)
    or emulator.limit and take_place(exchange) or nil
end

return M
