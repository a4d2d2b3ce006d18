--- What a test has put in the way of requests: refusals and faults to come, by count or by chance,
--- and a limit on their rate.
local errors = require "graphinvite.emulator.errors"
local faults = require "graphinvite.emulator.faults"
local randoms = require "graphinvite.emulator.random"
local reply = require "graphinvite.emulator.reply"

local M = {}

-- How the service refuses with a status: its row in errors.lua.
local KEY_OF = {
  [429] = "throttled", [500] = "internal", [502] = "gateway", [503] = "unavailable",
  [504] = "gateway_timeout",
}

---@param emulator graphinvite.Emulator
function M.start(emulator)
  emulator.refusals, emulator.rates, emulator.limit = {}, {}, nil
  emulator.chance = randoms.new(randoms.chance_seed(emulator.options.seed))
end

-- What befalls a request, of the fields of a control.
local function rule_of(given)
  return {
    status = given.status, headers = given.headers, left = given.count or 1, match = given.match,
    fault = given.fault, bytes = given.bytes, seconds = given.seconds, origin = given.origin,
    rate = given.rate,
  }
end

--- Lets the next requests fail: they are refused with a status, or a fault befalls them.
---@param emulator graphinvite.Emulator
---@param given table status and headers, or fault with its field; count; match: a part of
---"METHOD path"
function M.fail_next(emulator, given)
  table.insert(emulator.refusals, rule_of(given))
end

--- Lets a part of the requests fail, each by chance.
---@param emulator graphinvite.Emulator
---@param given table rate from 0 to 1; the rest as for fail_next, without count
function M.fail_rate(emulator, given)
  table.insert(emulator.rates, rule_of(given))
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

local function fits(rule, exchange)
  local line = exchange.method .. " " .. exchange.path
  return (not rule.match or line:find(rule.match, 1, true))
    and not (rule.fault and exchange.in_batch and faults.is_of_connection(rule))
end

-- The first rule that fits this request; it is used up in the end.
local function take_rule(exchange)
  local list = exchange.emulator.refusals
  for i, rule in ipairs(list) do
    if fits(rule, exchange) then
      rule.left = rule.left - 1
      if rule.left == 0 then
        table.remove(list, i)
      end
      return rule
    end
  end
end

-- The first rule that chance has for this request. Each that fits draws its own number.
local function draw_rule(exchange)
  local emulator, drawn = exchange.emulator, nil
  for _, rule in ipairs(emulator.rates) do
    if fits(rule, exchange) and emulator.chance:uniform() < rule.rate then
      drawn = drawn or rule
    end
  end
  return drawn
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

--- What waits for this request, if anything does.
---@param exchange graphinvite.emulator.Exchange
---@return table? response in place of the tenant's
---@return table? rule the fault that befalls the answer
function M.answer(exchange)
  local emulator = exchange.emulator
  local rule = emulator.refusals[1] and take_rule(exchange)
    or emulator.rates[1] and draw_rule(exchange)
  if rule and not rule.fault then
    return refusal(exchange, rule.status, rule.headers)
  end
  local response = rule and faults.before(exchange, rule)
    or emulator.limit and take_place(exchange) or nil
  return response, rule or nil
end

return M
