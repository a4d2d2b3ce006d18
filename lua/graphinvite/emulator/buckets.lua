--- Throttling as the service documents it: a bucket for each limit of reference 4.5, all of one
--- application in one tenant. The first limit reached wins.
local errors = require "graphinvite.emulator.errors"
local reply = require "graphinvite.emulator.reply"

local M = {}

-- What a request of the directory costs in resource units (4.5 docs).
local function units(request)
  local cost = request.writes and 1 or request.lists and 2 or 1
  if request.query:find("$select=", 1, true) then
    cost = cost - 1
  end
  if request.query:find("$expand=", 1, true) then
    cost = cost + 1
  end
  local top = tonumber(request.query:match("%$top=(%d+)"))
  if top and top < 20 then
    cost = cost - 1
  end
  return math.max(1, cost)
end

local function one()
  return 1
end

local function write(request)
  return request.writes and 1 or 0
end

-- Units in 10 s for an application and a tenant of so many users (4.5 docs).
local SIZES = { { 50, 3500 }, { 501, 5000 }, { math.huge, 8000 } }

local function by_size(emulator)
  for _, size in ipairs(SIZES) do
    if emulator.tenant.users.size < size[1] then
      return size[2]
    end
  end
end

-- resource, limit, seconds, cost; what a 429 of the directory says of it. The windows are fixed
-- ones that begin with the first request in them (INF).
local ROWS = {
  { "any", 130000, 10, one, source = "docs:throttling-limits" },
  { "invitations", 150, 5, one, source = "docs:throttling-invitation-manager" },
  { "calls", 50000, 15, one, source = "docs:throttling-limits" },
  { "calls", 5000, 10, one, source = "docs:throttling-skype-calling" },
  {
    "directory", by_size, 10, units, scope = "Tenant_Application/ReadWrite",
    information = "ResourceUnitLimitExceeded", source = "docs:throttling-limits",
  },
  {
    "directory", 3000, 150, write, scope = "Tenant_Application/Write",
    information = "WriteLimitExceeded", source = "docs:throttling-limits",
  },
  {
    "directory", 18000, 300, write, scope = "Tenant/Write",
    information = "WriteLimitExceeded", source = "docs:throttling-limits",
  },
  {
    "directory", 150000, 20, units, scope = "Application/ReadWrite",
    information = "ResourceUnitLimitExceeded", source = "docs:throttling-limits",
  },
  {
    "directory", 70000, 300, write, scope = "Application/Write",
    information = "WriteLimitExceeded", source = "docs:throttling-limits",
  },
}

-- Whose buckets a path is of. /invitations is no resource of the directory (4.5 INF).
local RESOURCES = {
  invitations = "invitations", communications = "calls", app = "calls", users = "directory",
}

local REQUEST = "%s/%s/%s" -- scope, application, tenant
local APPLICATION = "00000000-0000-0000-0000-000000000000" -- all tokens are of one (INF)

local function read(exchange)
  local version, segment, rest = exchange.path:match("^/([^/]+)/([%a$]+)(.*)$")
  if version ~= "v1.0" and version ~= "beta" then
    return nil -- the authority has limits of its own
  end
  return {
    resource = RESOURCES[segment], query = exchange.query,
    writes = exchange.method ~= "GET", lists = segment == "users" and rest == "",
  }
end

---@param emulator graphinvite.Emulator
function M.start(emulator)
  emulator.buckets = {}
  for i in ipairs(ROWS) do
    emulator.buckets[i] = { used = 0 }
  end
end

-- Counts a request in a bucket. Gives how full that is then, and the seconds until it is emptied.
local function count(emulator, i, row, cost)
  local bucket, now = emulator.buckets[i], emulator.clock:now()
  if not bucket.begun or now >= bucket.begun + row[3] then
    bucket.begun, bucket.used = now, 0
  end
  bucket.used = bucket.used + cost
  local limit = type(row[2]) == "function" and row[2](emulator) or row[2]
  return bucket.used / limit, bucket.begun + row[3] - now
end

local function refuse(exchange, row, wait)
  local response = reply.problem(exchange, errors.problem "throttled")
  response.headers["retry-after"] = ("%d"):format(math.max(1, math.ceil(wait)))
  if row.scope then
    response.headers["x-ms-throttle-scope"] = REQUEST:format(row.scope, APPLICATION,
      exchange.tenant.id)
    response.headers["x-ms-throttle-information"] = row.information
  end
  return response
end

--- Counts a request. One that is refused counts too: whoever comes early only makes it later.
---@param exchange graphinvite.emulator.Exchange
---@return table? response where a limit is reached
---@return table<string, string>? headers for the answer where none is
function M.take(exchange)
  local request = read(exchange)
  if not request then
    return nil
  end
  local refused, longest, fullest = nil, 0, 0
  for i, row in ipairs(ROWS) do
    if row[1] == "any" or row[1] == request.resource then
      local full, wait = count(exchange.emulator, i, row, row[4](request))
      fullest = math.max(fullest, row[1] == "directory" and full or 0)
      if full > 1 and wait > longest then
        refused, longest = row, wait
      end
    end
  end
  if refused then
    return refuse(exchange, refused, longest)
  elseif request.resource ~= "directory" then
    return nil
  end
  return nil, {
    ["x-ms-resource-unit"] = ("%d"):format(units(request)),
    ["x-ms-throttle-limit-percentage"] = fullest > 0.8 and ("%.1f"):format(fullest) or nil,
  }
end

return M
