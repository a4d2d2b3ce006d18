--- A client: resolved options, a transport, a cache of tokens; and the way of a call.
local auth = require "graphinvite.auth"
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local exchange = require "graphinvite.exchange"
local options = require "graphinvite.options"
local resources = require "graphinvite.resources"
local retry = require "graphinvite.retry"
local scheduler = require "graphinvite.scheduler"
local transport = require "graphinvite.transport"

local M = {}

---@class graphinvite.Client
local Client = { __name = "graphinvite.Client" }
Client.__index = Client
M.Client = Client

local function add_origin(settings, url, name)
  local origin, scheme, host = clouds.origin(url)
  if not origin or url:find("[?#]") then
    errors.misuse(("option %s is an http or https URL without user name, ? and #"):format(name))
  end
  if scheme == "http" and name ~= "hosts" and not clouds.is_local(host)
    and not settings.origins[origin] then
    errors.misuse(("option %s: a token would go to %s in clear text; use https, or list the "
      .. "origin in hosts"):format(name, origin))
  end
  settings.origins[origin] = true
end

local function retry_policy(given, before)
  if given == false then
    return false
  end
  return options.merge(before or retry.preset, given or {})
end

-- Fills in what follows from the options: URLs, origins, the policy.
local function resolve(settings)
  local cloud = clouds.rows[settings.cloud]
  settings.base_url = settings.given_base_url or cloud.graph .. "/" .. settings.version
  settings.authority = (settings.given_authority or cloud.authority):gsub("/+$", "")
  settings.scope = cloud.graph .. "/.default"
  settings.origins = {}
  for _, origin in ipairs(settings.hosts or {}) do
    add_origin(settings, origin, "hosts")
  end
  add_origin(settings, settings.authority, "authority")
  settings.origins = { [clouds.origin(cloud.graph)] = true }
  for _, origin in ipairs(settings.hosts or {}) do
    add_origin(settings, origin, "hosts")
  end
  add_origin(settings, settings.base_url, "base_url")
  settings.guarded = settings.profile == "live" or settings.cloud ~= "global"
  return settings
end

-- Options from which others follow.
local ROOTS = { "cloud", "version", "base_url", "authority", "hosts", "profile" }

-- Options over settings that were resolved before.
local function derive(settings, given)
  local merged = options.merge(settings, given)
  if given.headers and settings.headers then
    merged.headers = options.merge(settings.headers, given.headers)
  end
  if given.retry ~= nil then
    merged.retry = retry_policy(given.retry, settings.retry)
  end
  for _, name in ipairs(ROOTS) do
    if given[name] ~= nil then
      merged.given_base_url = given.base_url or settings.given_base_url
      merged.given_authority = given.authority or settings.given_authority
      return resolve(merged)
    end
  end
  return merged
end

local function contains(list, value)
  for _, other in ipairs(list) do
    if other == value then
      return true
    end
  end
  return false
end

local UNPUBLISHED = { generated = true, superseded = true }

local function refuse(message, hint)
  return errors.fail("model", message, { hint = hint, retriable = false })
end

-- Refuses, before a socket opens, what the cloud or the live service does not have.
local function guard(settings, row)
  if settings.cloud ~= "global" and row.clouds and not contains(row.clouds, settings.cloud) then
    return refuse(("%s is not available in the cloud %s"):format(row.name, settings.cloud),
      "it exists in: " .. table.concat(row.clouds, ", "))
  end
  if settings.profile ~= "live" then
    return true
  end
  if UNPUBLISHED[row.status] then
    return refuse(("%s is described only in %s pages"):format(row.name, row.status),
      "the live service does not promise it; the profile modelled sends it")
  end
  local version = settings.base_url:match("/([^/]+)/*$")
  if row.versions and not contains(row.versions, version) then
    local only = table.concat(row.versions, ", ")
    return refuse(("%s does not exist in %s, only in %s"):format(row.name, tostring(version), only),
      "choose it with the option version")
  end
  return true
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
  local built = link and options.merge(settings, { link = link }) or settings
  local request, why = core.request(row, arguments, body, built)
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
    local ok, err = guard(settings, request.op)
    if not ok then
      return nil, err
    end
  end
  local headers = request.headers
  headers["client-request-id"] = headers["client-request-id"] or core.uuid()
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
  return exchange.run(driver, self.tokens, settings, request)
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
  }, Client)
  client.transport, client.unusable = client:driver(settings)
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
  return derive(self.settings, given)
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
  local settings = derive(self.settings, given)
  if given.transport then
    settings.port = scheduler.port(given.transport)
  end
  local client = self:using(settings)
  if given.auth then
    client.tokens = auth.cache()
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

local strip

-- What is left of a member of a type that has properties itself.
local function strip_member(member, property)
  local inner = type(member) == "table" and core.describe(property.type)
  if not inner or not inner.properties then
    return member
  elseif not property.collection then
    return strip(member, inner)
  end
  local items = {}
  for i, item in ipairs(member) do
    items[i] = type(item) == "table" and strip(item, inner) or item
  end
  return items
end

function strip(value, described)
  local copy = options.merge(value, {})
  for _, property in ipairs(described.properties) do
    local name = property.name
    -- a re-invitation names the user it is for: the one time invitedUser is written (1.3)
    if name ~= "invitedUser" or value.resetRedemption ~= true then
      copy[name] = not property.read_only and strip_member(copy[name], property) or nil
    end
  end
  return copy
end

--- A copy without the members that the service sets by itself.
---@param value table
---@param type_name string? needed where the value has no @odata.type
---@return table
function Client:without_read_only(value, type_name) -- luacheck: no self
  if type(value) ~= "table" then
    errors.misuse("without_read_only takes a table, this is a " .. type(value))
  end
  local name = type_name or value["@odata.type"] or "microsoft.graph.invitation"
  local described, why = core.describe((name:gsub("^#", "")))
  if not described or not described.properties then
    errors.misuse(why or ("%s has no properties"):format(name))
  end
  return strip(value, described)
end

---@param given table? options, see README
---@return graphinvite.Client
function M.new(given)
  local settings = options.client(given)
  settings.given_base_url, settings.given_authority = settings.base_url, settings.authority
  settings.retry = retry_policy(settings.retry)
  settings.port = settings.transport and scheduler.port(settings.transport)
  local base = setmetatable({ tokens = auth.cache(), drivers = {} }, Client)
  return base:using(resolve(settings))
end

return M
