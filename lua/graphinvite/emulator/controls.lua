--- What a test does to the tenant from outside, in Lua and as /_emulator/NAME.
local archive = require "graphinvite.emulator.archive"
local authority_controls = require "graphinvite.emulator.authority_controls"
local core = require "graphinvite.core"
local directory_controls = require "graphinvite.emulator.directory_controls"
local endings = require "graphinvite.emulator.endings"
local errors = require "graphinvite.emulator.errors"
local failures = require "graphinvite.errors"
local field_checks = require "graphinvite.emulator.fields"
local interference_controls = require "graphinvite.emulator.interference_controls"
local invitation_of = require "graphinvite.emulator.invitation"
local notifier = require "graphinvite.emulator.notifier"
local operation_of = require "graphinvite.emulator.operation"
local outcomes = require "graphinvite.emulator.outcomes"
local overview = require "graphinvite.emulator.overview"
local redemption = require "graphinvite.emulator.redemption"
local reply = require "graphinvite.emulator.reply"
local tenants = require "graphinvite.emulator.tenant"

local M = {}

-- Each control: the fields that it takes with their types, and what it does. One that only reads
-- answers an array.
M.ROWS = {}

local function control(name, fields, run, reads)
  M.ROWS[name] = { fields = fields, run = run, reads = reads }
end

-- The field that a lone value stands for.
local LONE = {
  advance = "seconds", block_after = "count", token_lifetime = "seconds", snapshot = "name",
  restore = "name", free_address = "address",
}

local check_whole, fail = field_checks.check_whole, field_checks.fail

for _, module in ipairs { authority_controls, directory_controls, interference_controls } do
  for name, row in pairs(module.ROWS) do
    M.ROWS[name] = row
  end
end

control("advance", { seconds = "number" }, function(emulator, given)
  local ok, why = notifier.advance(emulator, given.seconds or fail("seconds: required"))
  return ok or fail("seconds: %s", why)
end)

-- What the invited person does, whom one of these fields names.
for _, name in ipairs { "redeem", "decline" } do
  control(name, { email = "string", id = "string", url = "string" }, function(emulator, given)
    if not (given.email or given.id or given.url) then
      fail("one of email, id and url is required")
    end
    return redemption[name](emulator, given)
  end)
end

local OUTCOME = {
  outcome = "string", after = "number", call = "string", client_context = "string",
  operation = "string", count = "number",
}

-- Which of the names a wrong one may mean, for an explanation.
local function near(text, rows)
  local names = {}
  for name in pairs(rows) do
    names[#names + 1] = name
  end
  table.sort(names)
  local found = core.suggest(text, names)
  return found and (" (did you mean %s?)"):format(found) or ""
end

-- The invitation that is still running under an id, in whichever call.
local function find_running(emulator, id)
  for _, call in pairs(emulator.tenant.calls) do
    local operation = call.operation_by_id[id]
    if operation and operation_of.is_running(emulator, operation) then
      return operation
    end
  end
  return fail("operation: no invitation is running under the id %s", id)
end

-- How the next invitations end, or one that is running.
control("operation_outcome", OUTCOME, function(emulator, given)
  local count = given.count or 1
  if not outcomes.ROWS[given.outcome or fail("outcome: required")] then
    fail("outcome: no such outcome: %s%s", given.outcome, near(given.outcome, outcomes.ROWS))
  elseif count < 1 or count % 1 ~= 0 then
    fail("count: a whole number from 1 is wanted")
  elseif given.after and (given.after < 0 or given.after ~= given.after) then
    fail("after: seconds from 0 are wanted")
  end
  local outcome = outcomes.get(given.outcome, given.after)
  if given.operation then
    find_running(emulator, given.operation).outcome = outcome
    notifier.changed(emulator)
    return true
  end
  local rules = emulator.tenant.outcomes
  rules[#rules + 1] = {
    outcome = outcome, count = count, call = given.call, client_context = given.client_context,
  }
  return true
end)

-- A call is over as the service would say it.
control("end_call", { call = "string", reason = "string" }, function(emulator, given)
  local reason, calls = given.reason or fail("reason: required"), emulator.tenant.calls
  local call = calls[given.call or fail("call: required")] or fail("call: no call %s", given.call)
  if not endings.ROWS[reason] then
    fail("reason: no such reason: %s%s", reason, near(reason, endings.ROWS))
  end
  calls[call.id] = nil
  notifier.over(emulator, call, endings.result(reason))
  return true
end)

-- After so many more invitations the directory lets nobody invite; without count everybody again.
control("block_after", { count = "number" }, function(emulator, given)
  check_whole("count", given.count, 0)
  emulator.tenant.invitations_left = given.count
  return true
end)

-- The next notifications are told twice.
control("duplicate_notification", { count = "number" }, function(emulator, given)
  check_whole("count", given.count, 1)
  emulator.tenant.duplicates = emulator.tenant.duplicates + (given.count or 1)
  return true
end)

local MOST_SNAPSHOTS = 100

-- Keeps the tenant as it is, under a name; and in the file of a server that has one.
control("snapshot", { name = "string" }, function(emulator, given)
  local name, snapshots = given.name or "", emulator.snapshots
  if not snapshots.by_name[name] then
    snapshots.count = snapshots.count + 1
  end
  if snapshots.count > MOST_SNAPSHOTS then
    snapshots.count = MOST_SNAPSHOTS
    fail("name: there are %d snapshots already", MOST_SNAPSHOTS)
  end
  snapshots.by_name[name] = archive.keep(emulator)
  local saved, why = true, nil
  if emulator.save then
    saved, why = emulator.save()
  end
  return saved or fail("the state cannot be written: %s", why)
end)

-- Makes the tenant what it was at a snapshot; time goes on.
control("restore", { name = "string" }, function(emulator, given)
  local kept = emulator.snapshots.by_name[given.name or ""]
    or fail("name: there is no snapshot %s", given.name or "without a name")
  archive.bring_back(emulator, kept)
  return true
end)

control("reset", {}, function(emulator)
  emulator:start()
  return true
end)

control("invitations", {}, function(emulator)
  local list, tenant = {}, emulator.tenant
  for place = 1, tenant.invitations.size do
    local invitation = tenants.invitation(tenant, place)
    list[#list + 1] = invitation and invitation_of.value(emulator, invitation) or nil
  end
  return list
end, true)

control("mailbox", {}, function(emulator)
  local list = {}
  for i, entry in ipairs(emulator.tenant.mail) do
    list[i] = redemption.mail(emulator, entry)
  end
  return list
end, true)

control("requests", {}, function(emulator)
  return emulator.journal:list()
end, true)

-- How often anything has changed: who shows the tenant looks again when the number is another.
control("changes", {}, function(emulator)
  return { overview.changes(emulator) }
end, true)

control("overview", {}, function(emulator)
  return { overview.all(emulator) }
end, true)

--- Runs a control. Refuses what it cannot do.
---@param emulator graphinvite.Emulator
---@param name string a key of ROWS
---@param given table
---@return any result an array of a control that reads
function M.run(emulator, name, given)
  field_checks.check(name, M.ROWS[name].fields, given)
  local row = M.ROWS[name]
  local result = row.run(emulator, given)
  if not row.reads then
    overview.changed(emulator)
  end
  return result
end

--- Runs a control for a script: a wrong field raises at the script's line.
---@param name string a key of ROWS
---@param given any the fields, or the one value
---@param run fun(fields: table): any, graphinvite.emulator.Problem?
---@return any result
---@return graphinvite.Error?
function M.call(name, given, run)
  if given ~= nil and type(given) ~= "table" and LONE[name] then
    given = { [LONE[name]] = given }
  end
  local result, problem = run(given or {})
  if not problem then
    return result
  elseif problem.status == 400 then
    failures.misuse(problem.message)
  end
  return failures.fail("graph", problem.message, { status = problem.status, code = problem.code })
end

--- Answers /_emulator/NAME: {"value":[...]}, with what was read or the one result.
---@param exchange graphinvite.emulator.Exchange
---@param name string
---@return table response
function M.answer(exchange, name)
  local row = M.ROWS[name] or errors.refuse("segment", name)
  if exchange.method ~= (row.reads and "GET" or "POST") then
    errors.refuse("method")
  end
  local given = {}
  if not row.reads and exchange.body and exchange.body ~= "" then
    given = core.decode(nil, exchange.body) or errors.refuse("unreadable")
  end
  local result = M.run(exchange.emulator, name, given)
  if not row.reads then
    result = { type(result) == "table" and result or nil }
  end
  return reply.json(exchange, 200, nil, { value = core.array(result) })
end

return M
