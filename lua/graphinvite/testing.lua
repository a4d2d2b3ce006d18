--- For busted specs of your own: a tenant for each test, assertions about what happened in it, and
--- people and calls to begin with.
local emulators = require "graphinvite.emulator"
local errors = require "graphinvite.errors"
local graphinvite = require "graphinvite"
local luassert = require "luassert"
local say = require "say"

local M = {}

local HERE = "https://app.example/welcome"
local LINES = 50 -- of a transcript, at the most

local current -- client and emulator of the test that runs

local function merge(first, second)
  local merged = {}
  for _, options in ipairs { first, second } do
    for name, value in pairs(options) do
      merged[name] = value
    end
  end
  return merged
end

---@class graphinvite.TestingOptions
---@field emulator table? options of graphinvite.emulator.new
---@field client table? options of graphinvite.new

local function open(options)
  local emulator = emulators.new(options.emulator)
  local client = graphinvite.new(merge({ transport = emulator:transport() }, options.client or {}))
  return { client = client, emulator = emulator }
end

local function finish(before, ok, ...)
  current = before
  if not ok then
    error((...), 0)
  end
  return ...
end

local function traced(err)
  return type(err) == "string" and debug.traceback(err, 2) or err
end

--- Runs a test against a fresh tenant in this process. Its clock stands still unless something
--- waits, and its ids come from a seed: every run is the same.
---@param work fun(client: graphinvite.Client, emulator: graphinvite.Emulator): ...
---@param options graphinvite.TestingOptions?
---@return any ... what work returns
function M.with_emulator(work, options)
  if type(work) ~= "function" then
    errors.misuse("with_emulator takes a function, this is a " .. type(work))
  end
  local before, tenant = current, open(options or {})
  current = tenant
  return finish(before, xpcall(function()
    return work(tenant.client, tenant.emulator)
  end, traced))
end

local function running(name)
  return current or errors.misuse(name .. " is for use inside with_emulator")
end

--- A guest of the tenant, invited and unless told otherwise accepted.
---@param given { email: string, accepted: boolean?, display_name: string?, user_type: string? }
---@return table user
function M.guest(given)
  local tenant = running "guest"
  local invitation = errors.check(tenant.client.invitations:create {
    invitedUserEmailAddress = given.email,
    invitedUserDisplayName = given.display_name,
    invitedUserType = given.user_type,
    inviteRedirectUrl = HERE,
  })
  if given.accepted ~= false then
    errors.check(tenant.emulator:redeem { email = given.email })
  end
  return errors.check(tenant.client.users:get(invitation.invitedUser.id))
end

--- A call of the tenant.
---@param given { callback_uri: string?, target: string? }? target is a user's id
---@return table call as client:call gives it
function M.call(given)
  local tenant = running "call"
  given = given or {}
  local created = errors.check(tenant.client.calls:create {
    callbackUri = given.callback_uri or "https://bot.example/calls",
    requestedModalities = { "audio" },
    mediaConfig = { ["@odata.type"] = "#microsoft.graph.serviceHostedMediaConfig" },
    targets = { {
      identity = { user = { id = given.target or "112f7296-5fa4-42ca-bae8-6a692b15d4b8" } },
    } },
  })
  return tenant.client:call(created.id)
end

--- What was asked of the tenant, one line for each request.
---@param emulator graphinvite.Emulator? unset: that of the running test
---@return string
function M.transcript(emulator)
  local requests = (emulator or running("transcript").emulator):requests()
  local lines, first = {}, math.max(1, #requests - LINES + 1)
  if first > 1 then
    lines[1] = ("... %d requests before these"):format(first - 1)
  end
  for i = first, #requests do
    local request = requests[i]
    lines[#lines + 1] = ("%8.3f s  %s %s -> %d%s"):format(request.time - requests[1].time,
      request.method, request.path, request.status, request.unmatched and "  (no such route)" or "")
  end
  return #lines > 0 and table.concat(lines, "\n") or "no requests"
end

-- Whether an entry of a list has an address, in any case.
local function addressed(list, member, address)
  for _, entry in ipairs(list) do
    if tostring(entry[member]):lower() == address:lower() then
      return true
    end
  end
  return false
end

-- name, what is asked; with one argument, an address, unless it takes none
local ASSERTIONS = {
  invited = {
    holds = function(emulator, address)
      return addressed(emulator:invitations(), "invitedUserEmailAddress", address)
    end,
    positive = "Expected %s to be invited.", negative = "Expected %s not to be invited.",
  },
  mailed = {
    holds = function(emulator, address)
      return addressed(emulator:mailbox(), "to", address)
    end,
    positive = "Expected a mail to %s.", negative = "Expected no mail to %s.",
  },
  no_unmatched_requests = {
    holds = function(emulator)
      for _, request in ipairs(emulator:requests()) do
        if request.unmatched then
          return false
        end
      end
      return true
    end,
    positive = "Expected no request that the tenant has no route for.%s",
    negative = "Expected a request that the tenant has no route for.%s",
    bare = true,
  },
}

for name, assertion in pairs(ASSERTIONS) do
  local key = "assertion.graphinvite." .. name
  say:set_namespace "en"
  say:set(key .. ".positive", assertion.positive .. "\nThe tenant was asked:\n%s")
  say:set(key .. ".negative", assertion.negative .. "\nThe tenant was asked:\n%s")
  luassert:register("assertion", name, function(_, arguments)
    local tenant, address = running("assert." .. name), arguments[1]
    if not assertion.bare and type(address) ~= "string" then
      errors.misuse(("assert.%s takes an address, this is a %s"):format(name, type(address)))
    end
    arguments[1], arguments[2] = assertion.bare and "" or address, M.transcript()
    arguments.n, arguments.nofmt = 2, { true, true }
    return assertion.holds(tenant.emulator, address)
  end, key .. ".positive", key .. ".negative")
end

return M
