--- A client: resolved options, a transport, a cache of tokens; and the way of a call.
local cache = require "graphinvite.auth.cache"
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local exchange = require "graphinvite.exchange"
local options = require "graphinvite.options"
local read_only = require "graphinvite.read_only"
local resolver = require "graphinvite.settings"
local resources = require "graphinvite.resources"
local scheduler = require "graphinvite.scheduler"
local transport = require "graphinvite.transport"

local M = {}

---@class graphinvite.Client
local Client = { __name = "graphinvite.Client" }
Client.__index = Client
M.Client = Client

-- A call whose record can be filled anew: one that is over, of the same row and the client's own
-- settings. To make new tables for each call costs a twentieth of it.
local function take_spare(self, row)
  local call = self.spare[row]
  if call then
    self.spare[row], call.below = call.below, nil
    return call, call.request
  end
end

local function keep_spare(self, row, call)
  call.request.body = nil
  call.below = self.spare[row]
  self.spare[row] = call
end

--- The way of every call: record, guard, exchange, value. settings are resolved.
---@param settings table
---@param row string|table
---@param arguments string[]?
---@param body table?
---@param link string? a page's URL that takes the place of the row's own
---@return any value
---@return graphinvite.Error?
function Client:call_row(settings, row, arguments, body, link)
  local built = link and options.merge(settings, { link = link, bare = false }) or settings
  local own = built == self.settings and self.recycles and type(row) == "string"
  local call, spare
  if own then
    call, spare = take_spare(self, row)
  end
  local request, why = core.request(row, arguments, body, built, spare)
  if not request then
    return errors.fail("model", why)
  end
  if built.link and not settings.origins[clouds.origin(request.url)] then
    return errors.fail("model", "the link leads to another host: "
      .. tostring(clouds.origin(request.url)), {
      hint = "list it in the option hosts if it is yours",
    })
  end
  if settings.guarded then
    local ok, err = resolver.guard(settings, request.op)
    if not ok then
      return nil, err
    end
  end
  local headers = request.headers
  if spare or not headers["client-request-id"] then
    headers["client-request-id"] = core.uuid()
  end
  request.max_body = settings.max_body
  if settings.raw_body then
    request.body, headers["Content-Type"] = settings.raw_body, "application/json"
  end
  local driver, err = self.transport, self.unusable
  if settings ~= self.settings then
    driver, err = self:driver(settings)
  end
  if not driver then
    return nil, err
  end
  call = call or {
    transport = driver,
    tokens = self.tokens,
    settings = settings,
    request = request,
    answer = own and driver.record(),
  }
  local value, fault = exchange.run(call)
  if own then
    keep_spare(self, row, call)
  end
  return value, fault
end

--- The transport for some settings: the caller's, or a driver shared by all that agree on
--- how to connect. nil and an error where those cannot be had, such as a missing CA file.
function Client:driver(settings)
  if settings.transport then
    return settings.port
  end
  local key = transport.key(settings)
  if not self.drivers[key] then
    local driver, err = transport.new(settings)
    if not driver then
      return nil, err
    end
    self.drivers[key] = scheduler.port(driver)
  end
  return self.drivers[key]
end

--- The same client under other resolved settings.
function Client:using(settings)
  local client = setmetatable({
    settings = settings,
    tokens = self.tokens,
    drivers = self.drivers,
    spare = {}, -- by row, the calls that are over, linked by below
  }, Client)
  client.transport, client.unusable = client:driver(settings)
  client.recycles = client.transport and client.transport.record and not settings.headers
  return resources.attach(client)
end

--- The settings of one call: the client's, with the options given for it.
---@param given table?
---@return table
function Client:resolve(given)
  if given == nil then
    return self.settings
  end
  if type(given) ~= "table" then
    errors.misuse("the options of a call are a table, this is a " .. type(given))
  end
  options.verify(given, "call")
  return resolver.derive(self.settings, given)
end

--- The same client for calls under another root.
function Client:rooted(root)
  return self:using(options.merge(self.settings, { root = root }))
end

--- Calls an operation by its row.
---@param row string|table name of a row, or a table with a row's fields
---@param arguments string[]? one per segment that the path leaves open
---@param body table?
---@param given table? options of this call
---@return any value
---@return graphinvite.Error?
function Client:request(row, arguments, body, given)
  if type(row) ~= "string" and type(row) ~= "table" then
    errors.misuse("request takes the name or the table of a row, this is a " .. type(row))
  end
  if arguments ~= nil and type(arguments) ~= "table" then
    errors.misuse("the arguments of a request are an array, this is a " .. type(arguments))
  end
  if body ~= nil and type(body) ~= "table" then
    errors.misuse("a body is a table, this is a " .. type(body))
  end
  return self:call_row(self:resolve(given), row, arguments, body)
end

--- A client with some options changed; it shares tokens and connections with this one.
---@param given table options of graphinvite.new
---@return graphinvite.Client
function Client:with(given)
  if type(given) ~= "table" then
    errors.misuse("with takes a table of options, this is a " .. type(given))
  end
  options.verify(given, "client")
  local client = self:using(resolver.derive(self.settings, given))
  if given.auth then
    client.tokens = cache.new(self.tokens.connect)
  end
  return client
end

--- Closes the connections. The client, and those derived from it, cannot be used afterwards.
function Client:close()
  for key, driver in pairs(self.drivers) do
    if driver.close then
      driver.close()
    end
    self.drivers[key] = nil
  end
end

--- A copy without the members that the service sets by itself.
---@param value table
---@param type_name string? needed where the value has no @odata.type
---@return table
function Client:without_read_only(value, type_name) -- luacheck: no self
  return read_only.strip(value, type_name)
end

---@param given table? options, see README
---@return graphinvite.Client
function M.new(given)
  local base = setmetatable({ drivers = {} }, Client)
  base.tokens = cache.new(function(settings) return base:driver(settings) end)
  return base:using(resolver.new(given))
end

return M
