--- What the specs share: one client and one tenant over every transport, fixtures, JSON equality.
local assert = require "luassert"
local busted = require "busted"
local canary = require "spec.support.canary"
local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local json = require "spec.support.json_text"
local light_clock = require "spec.support.light_clock"
local process = require "spec.support.process"
local randoms = require "graphinvite.emulator.random"

local M = {}

local START = 1767225600 -- where a virtual clock begins: 2026-01-01T00:00:00Z
local inside_nginx = rawget(_G, "ngx") ~= nil
local LIMIT = 30 -- seconds; nothing here comes near it

--- The interpreter that runs this, as it was called.
---@return string
function M.interpreter()
  local arguments, i = rawget(_G, "arg"), 0
  while arguments[i - 1] do
    i = i - 1
  end
  return arguments[i]
end

---@param name string file in spec/fixtures
---@return string
function M.fixture(name)
  local file = assert(io.open("spec/fixtures/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- Asserts that two texts are the same JSON value: members in any order, integers by digits.
function M.assert_same_json(expected, actual)
  assert(json.equal(actual, expected))
end

--- Asserts that every member of the expected object stands in the other one, with equal value.
function M.assert_json_has(expected, actual)
  assert(json.covers(actual, expected))
end

-- Options as the text of a Lua table, always in the same order.
local function literal(options)
  local names, fields = {}, {}
  for name in pairs(options) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local value = options[name]
    fields[i] = ("%s=%s"):format(name, type(value) == "string" and ("%q"):format(value)
      or tostring(value))
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

local SERVE = 'require("graphinvite.emulator.server").run{port=0,out=io.stdout,'
  .. 'emulator=require("graphinvite.emulator").new%s}'

local servers = {} -- by the text of their options; each lives until the run ends

--- The server of an emulator with these options, started when it is first wanted.
---@param options table? of graphinvite.emulator.new
---@return table addresses url, graph and authority, as the server prints them
function M.server(options)
  local key = literal(options or {})
  if not servers[key] then
    local preload = os.getenv("LD_PRELOAD") -- the sanitizers' runtime, for this child too
    local command = ("env LD_PRELOAD=%s %s -e %s"):format(process.quote(preload or ""),
      M.interpreter(), process.quote(SERVE:format(key)))
    local child = process.spawn(command, process.directory())
    servers[key] = { child = child, addresses = json.parse(child.line).members }
  end
  local addresses = {}
  for name, node in pairs(servers[key].addresses) do
    addresses[name] = node.value
  end
  return addresses
end

-- The controls of an emulator behind a server, with a note of how far its clock was moved. The
-- clock is a virtual one, which only `advance` moves.
local function remote_controls(url, curl)
  local remote = emulators.connect(url, curl)
  local advance = remote.advance
  remote.elapsed = 0
  function remote.advance(self, given)
    local seconds = type(given) == "table" and given.seconds or given
    self.elapsed = self.elapsed + (tonumber(seconds) or 0)
    return advance(self, given) -- a tail call: a mistake is raised at the spec's line
  end
  remote:reset()
  return remote
end

-- Sends a request in the administrator's name where it has none.
local function signed_in(request)
  if request.headers.Authorization then
    return request
  end
  local copy = {}
  for name, value in pairs(request) do
    copy[name] = value
  end
  copy.headers = { Authorization = "Bearer emulator" } -- the caller's own stay as they are
  for name, value in pairs(request.headers) do
    copy.headers[name] = value
  end
  return copy
end

-- A transport to a server whose time is the server's.
local function remote_transport(remote, driver, seed)
  local jitter = randoms.new(randoms.transport_seed(seed))
  local transport = {
    send = function(request, timeout) return driver.send(signed_in(request), timeout) end,
    sleep = function(seconds) remote:advance(seconds) end,
    now = function() return remote.elapsed end,
    wall = function() return START + remote.elapsed end,
    random = function() return jitter:uniform() end,
  }
  if driver.start then
    function transport.start(request, timeout)
      return driver.start(signed_in(request), timeout)
    end
    transport.next, transport.fds = driver.next, driver.fds
  else
    local busy
    transport.overlaps = driver.overlaps
    transport.sleep, busy = light_clock.new(transport.now, transport.sleep)
    transport.send = busy(transport.send)
  end
  return transport
end

-- What opens a tenant behind a server. connect gives a driver to it.
local function over_sockets(connect)
  return function(options)
    local url = M.server(options).url
    local driver = connect()
    local remote = remote_controls(url, driver)
    return remote, remote_transport(remote, driver, options.seed or 1), driver.send, url
  end
end

-- name; and what gives the controls of a fresh tenant, a client's transport to it, what sends a
-- request as it is, and the address
local TRANSPORTS = {
  {
    name = "in process",
    open = function(options)
      local emulator = emulators.new(options)
      local function send(request)
        local headers = {}
        for name, value in pairs(request.headers) do
          headers[name:lower()] = value
        end
        return emulator:handle {
          method = request.method, url = request.url, headers = headers, body = request.body,
        }
      end
      return emulator, emulator:transport(), send, "https://graph.microsoft.com"
    end,
  },
  inside_nginx and {
    name = "over cosockets",
    open = over_sockets(function()
      return require("graphinvite.transport.ngx").new {}
    end),
  } or {
    name = "over HTTP",
    open = over_sockets(function()
      return require("graphinvite.transport.curl").new {}
    end),
  },
}

-- Calls define once for every transport, inside a `describe` of its name.
local function over_every(define, open)
  for _, transport in ipairs(TRANSPORTS) do
    busted.describe(transport.name, function()
      define(function(options)
        return open(transport, options or {})
      end, transport.name)
    end)
  end
end

--- Defines the same specs of a client for every transport.
---@param define fun(open: fun(options: table?): table, table, table, name: string) open takes the
---client's options and, as `emulator`, the emulator's; it gives a client, the controls of a fresh
---tenant, and the transport
function M.over_every_transport(define)
  over_every(define, function(transport, given)
    local emulator, driver, _, root = transport.open(given.emulator or {})
    local options = {
      transport = driver, base_url = root .. "/" .. (given.version or "v1.0"), authority = root,
    }
    for name, value in pairs(given) do
      options[name] = name ~= "emulator" and value or nil
    end
    canary.journal(emulator)
    canary.disguise(options)
    return graphinvite.new(options), emulator, driver
  end)
end

--- Defines the same specs of the tenant for every transport.
---@param define fun(open: fun(options: table?): function, table, name: string) open takes the
---emulator's options; it gives `ask` and the controls of a fresh tenant. ask("GET /v1.0/users",
---body, headers) gives the response with its JSON as `value`. A body that is a table goes as JSON;
---a header that is false is left out
function M.over_every_tenant(define)
  over_every(define, function(transport, options)
    local emulator, _, send, root = transport.open(options)
    canary.journal(emulator)
    return function(line, body, headers)
      local method, path = line:match("^(%u+) (.*)$")
      local sent = { Authorization = "Bearer emulator", ConsistencyLevel = "eventual" }
      if body ~= nil then
        sent["Content-Type"] = "application/json"
      end
      for name, value in pairs(headers or {}) do
        sent[name] = value or nil
      end
      local response = assert(send({
        method = method, url = root .. path, headers = sent, op = { safe = true },
        body = type(body) == "table" and assert(core.encode(nil, body)) or body,
      }, LIMIT))
      response.value = core.decode(nil, response.body or "")
      return response
    end, emulator
  end)
end

return M
