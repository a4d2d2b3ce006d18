--- The emulator: request record -> response record, with a tenant inside. It does no I/O, so it
-- is a transport by itself, and its server only moves bytes.
local authority = require "graphinvite.emulator.authority"
local batch = require "graphinvite.emulator.batch"
local buckets = require "graphinvite.emulator.buckets"
local calls = require "graphinvite.emulator.calls"
local clocks = require "graphinvite.emulator.clock"
local controls = require "graphinvite.emulator.controls"
local drivers = require "graphinvite.emulator.driver"
local errors = require "graphinvite.emulator.errors"
local exchanges = require "graphinvite.emulator.exchange"
local failures = require "graphinvite.errors"
local faults = require "graphinvite.emulator.faults"
local guard = require "graphinvite.emulator.guard"
local interference = require "graphinvite.emulator.interference"
local invitations = require "graphinvite.emulator.invitations"
local journals = require "graphinvite.emulator.journal"
local linkedin = require "graphinvite.emulator.linkedin"
local metadata = require "graphinvite.emulator.metadata"
local notifier = require "graphinvite.emulator.notifier"
local operations = require "graphinvite.emulator.operations"
local options = require "graphinvite.emulator.options"
local randoms = require "graphinvite.emulator.random"
local overview = require "graphinvite.emulator.overview"
local participants = require "graphinvite.emulator.participants"
local permissions = require "graphinvite.emulator.permissions"
local redemption = require "graphinvite.emulator.redemption"
local reply = require "graphinvite.emulator.reply"
local routers = require "graphinvite.emulator.router"
local site = require "graphinvite.emulator.site"
local sponsors = require "graphinvite.emulator.sponsors"
local tenants = require "graphinvite.emulator.tenant"
local tokens = require "graphinvite.emulator.tokens"
local users = require "graphinvite.emulator.users"

local M = {}

---@class graphinvite.Emulator
---@field options table
local Emulator = { __name = "graphinvite.Emulator" }
Emulator.__index = Emulator

local CONTROLS = "/_emulator/"

-- What answers each operation, by the name of its row.
local HANDLERS = {}
for _, module in ipairs {
  invitations, sponsors, users, calls, participants, operations, linkedin,
} do
  for name, handler in pairs(module.handlers) do
    HANDLERS[name] = handler
  end
end

--- Makes an emulator with a tenant of its own.
---@param given table? the names in emulator/options.lua
---@return graphinvite.Emulator
function M.new(given)
  local self = setmetatable({ options = options.read(given) }, Emulator)
  self.clock = clocks.new(self.options.clock)
  self.router = routers.new(self.options, HANDLERS)
  self.snapshots = { by_name = {}, count = 0 }
  self.change_count = 0 -- goes on through every reset
  self:start()
  return self
end

--- The controls of an emulator that runs elsewhere.
---@param url string as `emulator serve` prints it
---@param transport graphinvite.Transport? what reaches it; one over curl unless given
---@return table
function M.connect(url, transport)
  return require("graphinvite.emulator.remote").connect(url, transport)
end

--- Begins anew, as if nothing had been asked.
function Emulator:start()
  self.random = randoms.new(self.options.seed)
  self.jitter = randoms.new(randoms.transport_seed(self.options.seed))
  self.journal = journals.new()
  self.request_prefix, self.request_count = self.random:guid():sub(1, 24), 0
  self.clock:reset()
  self.tenant = tenants.new(self.random, self.clock:wall())
  self.link_start = redemption.link_start(self)
  authority.start(self)
  permissions.start(self.tenant)
  interference.start(self)
  if self.options.throttle then
    buckets.start(self)
  end
  calls.start(self)
  notifier.start(self)
  linkedin.start(self)
end

--- Has redeem links lead to another origin than the authority's.
---@param origin string
function Emulator:lead_links(origin)
  self.link_origin = origin
  self.link_start = redemption.link_start(self)
end

--- A GUID for the answer, which does not disturb the ids of the tenant.
function Emulator:next_request_id()
  self.request_count = self.request_count + 1
  return ("%s%012x"):format(self.request_prefix, self.request_count)
end

--- The id of a new object: the one that the caller gave where it is free, else a new GUID.
---@param given any
---@param taken table by id
---@return string
function Emulator:new_id(given, taken)
  if type(given) ~= "string" or given == "" then
    return self.random:guid()
  elseif taken[given] then
    errors.refuse("id_taken", given)
  end
  return given
end

local answer_tenant

-- Answers an envelope; each of its requests is one of the tenant's.
local function answer_batch(exchange, version)
  exchange.version = version
  if exchange.method ~= "POST" then
    errors.refuse("method")
  end
  return batch.answer(exchange, function(request)
    local item = exchanges.open(exchange.emulator, request)
    item.in_batch = true
    return answer_tenant(item)
  end)
end

-- Answers a call of Graph.
local function answer_graph(exchange)
  tokens.check(exchange)
  local version = exchange.path:match("^/([^/]+)/%$batch$")
  if version == "v1.0" or version == "beta" then
    return answer_batch(exchange, version)
  end
  exchange.route, exchange.version, exchange.arguments, exchange.cast =
    exchange.emulator.router:find(exchange.method, exchange.path)
  permissions.check(exchange)
  metadata.check(exchange)
  return exchange.route.handler(exchange)
end

-- Answers a request of the tenant, and notes it.
function answer_tenant(exchange)
  local response, fault = interference.answer(exchange)
  local unmatched, metered
  if not response and exchange.emulator.buckets then
    response, metered = buckets.take(exchange)
  end
  if not response then
    local problem
    local answer = authority.endpoint(exchange.path) or answer_graph
    response, problem = errors.catch(answer, exchange)
    response = response or reply.problem(exchange, problem)
    unmatched = problem and problem.status ~= 401 and not exchange.version or nil
  end
  if metered then
    for name, value in pairs(metered) do
      response.headers[name] = value
    end
  end
  overview.changed(exchange.emulator)
  exchange.emulator.journal:add {
    time = exchange.emulator.clock:wall(),
    method = exchange.method, path = exchange.path, status = response.status,
    retry_after = response.headers["retry-after"],
    client_request_id = exchange.given_id, fault = fault and fault.fault, unmatched = unmatched,
  }
  if fault then
    faults.after(response, fault)
  end
  return response
end

--- Answers a request.
---@param request table method, url, headers with lower-case names, body
---@return table response status, headers with lower-case names, body; passage where a fault is in
---its way (see emulator/faults.lua)
function Emulator:handle(request)
  notifier.catch_up(self)
  local exchange = exchanges.open(self, request)
  local answer = site.ROUTES[exchange.path]
  if not answer and exchange.path:sub(1, #CONTROLS) ~= CONTROLS then
    return answer_tenant(exchange)
  end
  local response, problem = errors.catch(function()
    guard.check(exchange)
    return (answer or controls.answer)(exchange, exchange.path:sub(#CONTROLS + 1))
  end)
  return response or reply.problem(exchange, problem)
end

--- The emulator as a transport. Whoever sends no Authorization is the tenant's administrator.
---@return graphinvite.Transport
function Emulator:transport()
  return drivers.new(self)
end

--- Registers what gets the notifications of calls while time goes by, each up to three times
--- until it answers with a 2xx. An error that it raises comes out where the time was moved.
---@param listener fun(request: graphinvite.emulator.Notice): { status: integer }
function Emulator:on_notification(listener)
  if type(listener) ~= "function" then
    failures.misuse("on_notification takes a function, this is a " .. type(listener))
  end
  self.post = notifier.listening(self, listener)
end

for name in pairs(controls.ROWS) do
  Emulator[name] = function(self, given)
    return controls.call(name, given, function(fields)
      return errors.catch(controls.run, self, name, fields)
    end)
  end
end

return M
