--- client:batch: many requests in few envelopes (reference 4.6).
local core = require "graphinvite.core"
local envelope = require "graphinvite.workflows.envelope"
local errors = require "graphinvite.errors"
local packing = require "graphinvite.workflows.packing"
local retry = require "graphinvite.retry"

local M = {}

local SIZE = 20 -- requests in one envelope that the service takes
local BEHIND = 424 -- the status of an item whose dependency failed

---@class graphinvite.BatchItem
---@field op string|table name or table of a row
---@field args string[]? one per segment that the path leaves open
---@field body table?
---@field id string? unique, case not counting; preset: its place in the list
---@field depends_on string[]? ids of items that must succeed before

---@class graphinvite.BatchResult
---@field value any
---@field err graphinvite.Error?

-- Resolves ids to places in the list. nil and an error where an id is given twice or unknown.
local function link_items(items)
  local place = {}
  for i, item in ipairs(items) do
    local key = tostring(item.id or i):lower()
    if place[key] then
      return errors.fail("model", ("items[%d].id: %s is given twice"):format(i, key))
    end
    place[key] = i
  end
  local depends_on = {}
  for i, item in ipairs(items) do
    depends_on[i] = {}
    for k, id in ipairs(item.depends_on or {}) do
      local before = place[tostring(id):lower()]
      if not before then
        local message = ("items[%d].depends_on[%d]: there is no item %s"):format(i, k, tostring(id))
        return errors.fail("model", message)
      end
      depends_on[i][k] = before
    end
  end
  return depends_on
end

local function behind(state, i)
  local err = errors.new("graph", "a request that this one depends on failed", {
    status = BEHIND,
    retriable = false,
  })
  state.results[i] = { err = err }
  state.open[i] = nil
end

-- Gives up what depends on something that failed for good, and finds what can go out now.
local function pending(state)
  local nodes, edges = {}, {}
  for i = 1, #state.items do
    if state.open[i] then
      edges[i] = {}
      for _, before in ipairs(state.depends_on[i]) do
        if state.open[before] then
          table.insert(edges[i], before)
        elseif state.results[before].err then
          behind(state, i)
          return pending(state)
        end
      end
      nodes[#nodes + 1] = i
    end
  end
  return nodes, edges
end

local function settle(state, i, value, err)
  state.results[i] = { value = value, err = err }
  state.open[i] = nil
end

-- Whether an item that failed goes out again, and after how many seconds.
local function again(state, i, err)
  local settings, op = state.settings, state.requests[i].op
  err.retry_after = retry.retry_after(err.headers or {}, state.transport.wall())
  local wait, retriable = retry.delay({
    safe = op.safe or settings.repeat_unsafe,
    status = err.status,
    retry_after = err.retry_after,
    repeat_on_503 = settings.repeat_on_503,
  }, state.attempts[i], settings.retry, state.transport.random or core.random)
  err.retriable, err.attempts = retriable, state.attempts[i]
  return wait
end

-- Sorts the answers of one envelope. Items behind one that goes again go again with it.
local function take(state, places, answers)
  local later, longest = {}, 0
  for _, i in ipairs(places) do -- in dependency order
    local value, err = answers[i].value, answers[i].err
    local wait = err and again(state, i, err)
    if err and err.status == BEHIND then
      for _, before in ipairs(state.depends_on[i]) do
        wait = later[before] and 0 or wait
      end
    end
    if wait then
      later[i], state.last[i] = true, err
      longest = math.max(longest, wait)
    else
      settle(state, i, value, err)
    end
  end
  return longest
end

-- No answer came: what is unsafe may have taken effect.
local function lost(state, places, err)
  for _, i in ipairs(places) do
    local copy = errors.new(err.kind, err.message, err)
    if err.retriable == "unknown" or err.retriable == nil then
      copy.retriable = state.requests[i].op.safe or "unknown"
    end
    settle(state, i, nil, copy)
  end
end

local function round(state, nodes, edges)
  local components = packing.components(nodes, edges)
  local longest = 0
  for _, places in ipairs(packing.pack(components, state.size, state.apart)) do
    for _, i in ipairs(places) do
      state.attempts[i] = state.attempts[i] + 1
    end
    local answers, err = envelope.send(state, places, edges)
    if answers then
      longest = math.max(longest, take(state, places, answers))
    else
      lost(state, places, err)
    end
  end
  return longest
end

-- Gives up all that is open, because the next round would come too late.
local function give_up(state, wait)
  for i in pairs(state.open) do
    local last = state.last[i]
    local message = ("the next attempt may come in %g s, which is after the deadline"):format(wait)
    settle(state, i, nil, errors.new("deadline", message, {
      inner = last,
      retriable = not last or last.retriable,
      retry_after = last and last.retry_after,
      attempts = state.attempts[i],
    }))
  end
end

local function prepare(client, items, given)
  local settings = client:resolve(given.call)
  local depends_on, err = link_items(items)
  if not depends_on then
    return nil, err
  end
  local state = {
    client = client,
    transport = client.transport,
    settings = settings,
    items = items,
    depends_on = depends_on,
    size = given.size or SIZE,
    apart = given.chain_per_envelope,
    requests = {},
    attempts = {},
    results = {},
    open = {},
    last = {},
  }
  for i, item in ipairs(items) do
    local request, why = core.request(item.op, item.args, item.body, settings)
    state.requests[i], state.attempts[i], state.open[i] = request, 0, true
    if not request then
      why = ("items[%d]: %s"):format(i, why)
      settle(state, i, nil, errors.new("model", why, { retriable = false }))
    end
  end
  local nodes, edges = pending(state)
  if not packing.components(nodes, edges) then
    return errors.fail("model", "items depend on each other in a circle")
  end
  return state
end

local OWN = { size = true, chain_per_envelope = true }

local function split_options(given)
  local split = { call = {} }
  for name, value in pairs(given or {}) do
    (OWN[name] and split or split.call)[name] = value
  end
  if split.size and (type(split.size) ~= "number" or split.size < 1) then
    errors.misuse "option size is a number from 1 on"
  end
  return split
end

--- Sends requests in envelopes; throttled ones go again, together with those behind them.
---@param client graphinvite.Client
---@param items graphinvite.BatchItem[]
---@param given table? size (20), chain_per_envelope (false), and the options of a call
---@return graphinvite.BatchResult[]? results in the order of the items
---@return graphinvite.Error?
function M.run(client, items, given)
  if type(items) ~= "table" then
    errors.misuse("batch takes an array of items, this is a " .. type(items))
  end
  local state, err = prepare(client, items, split_options(given))
  if not state then
    return nil, err
  end
  local transport = state.transport
  state.deadline = transport.now() + state.settings.deadline
  while true do
    local nodes, edges = pending(state)
    if #nodes == 0 then
      return state.results
    end
    local wait = round(state, nodes, edges)
    if next(state.open) and wait > 0 then
      if transport.now() + wait >= state.deadline then
        give_up(state, wait)
        return state.results
      end
      transport.sleep(wait)
    end
  end
end

return M
