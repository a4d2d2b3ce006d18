--- Program: kills workers of a bulk job at random moments and counts what the tenant was asked.
---   lua spec/bulk_kill.lua ROUNDS
local emulators = require "graphinvite.emulator"
local core = require "graphinvite.core"
local postgresql = require "spec.support.postgresql"
local process = require "spec.support.process"

local ROUNDS = tonumber(arg[1])
local ROWS = 500
local SERVE = "lua/graphinvite/cli.lua emulator serve --port 0 --replication 2"
local ALONE = "rate=0 settle=3"
local SHARED = "rate=0 settle=3 deadline=2 lease=5"

local failures = 0

local function check(name, holds, ...)
  print(("%s - %s"):format(holds and "ok" or "not ok", name:format(...)))
  failures = failures + (holds and 0 or 1)
end

math.randomseed(os.time())
local server = process.spawn(process.lua(SERVE), process.directory())
local graph = server.line:match '"graph":"([^"]+)"'
local tenant = emulators.connect(server.line:match '"url":"([^"]+)"',
  require("graphinvite.transport.curl").new {})

-- How many invitations were accepted, and how many mails were sent.
local function count()
  local accepted = 0
  for _, entry in ipairs(tenant:requests()) do
    if entry.method == "POST" and entry.path:find "/invitations$" and entry.status == 201 then
      accepted = accepted + 1
    end
  end
  return accepted, #tenant:mailbox()
end

-- mode breaks the worker, see spec/support/bulk_worker.lua.
local function start(store, options, mode)
  local command = ("%s %s %s %d %s %s"):format(process.lua "spec/support/bulk_worker.lua", graph,
    process.quote(store), ROWS, process.quote(options), mode or "")
  return process.spawn(command, process.directory())
end

-- Waits for a worker's end. Gives what it said last, nothing when it was killed.
local function finish(worker)
  local text = worker.out:read "*a"
  worker:stop()
  return (text:gsub("%s+$", ""))
end

-- Kills a worker after some seconds. Gives 1, or 0 where it had ended before.
local function kill(worker, seconds)
  local command = ("sleep %.3f; kill -9 %d 2> /dev/null"):format(seconds, tonumber(worker.line))
  local status = os.execute(command)
  return (status == 0 or status == true) and 1 or 0
end

-- Runs a job to its end while its worker is killed some times. Gives the last worker's words, and
-- how many were hit.
local function with_kills(store, kills, longest)
  local hits = 0
  for _ = 1, kills do
    local worker = start(store, ALONE)
    hits = hits + kill(worker, math.random() * longest)
    finish(worker)
  end
  return finish(start(store, ALONE)), hits
end

-- How long a whole run takes.
local function duration()
  tenant:reset()
  local directory = process.directory()
  local worker = start(directory .. "/job.db", ALONE)
  local begun = core.clock()
  finish(worker)
  os.execute("rm -rf " .. directory)
  return core.clock() - begun
end

local DONE = "done " .. ROWS

local function alone(longest)
  local good, again, hits = 0, 0, 0
  for round = 1, ROUNDS do
    tenant:reset()
    local directory = process.directory()
    local store = directory .. "/job.db"
    local words, n = with_kills(store, math.random(3), longest)
    hits = hits + n
    local accepted, mails = count()
    if words == DONE and accepted == ROWS and mails == ROWS then
      good = good + 1
    else
      print(("# round %d: %s; %d accepted, %d mails"):format(round, words, accepted, mails))
    end
    local after = finish(start(store, ALONE)) == DONE and count()
    again = again + (after == accepted and 1 or 0)
    os.execute("rm -rf " .. directory)
  end
  check("%d jobs whose workers were killed %d times invite everybody once", good == ROUNDS
    and hits >= ROUNDS / 2, ROUNDS, hits)
  check("%d further runs send nothing", again == ROUNDS, ROUNDS)
end

local function shared(longest)
  local good, again, hits = 0, 0, 0
  for round = 1, ROUNDS do
    tenant:reset()
    local store, workers = postgresql.url("kill" .. round), {}
    for i = 1, 3 do
      workers[i] = start(store, SHARED)
    end
    hits = hits + kill(table.remove(workers, math.random(3)), math.random() * longest)
    local words = finish(workers[1])
    local others = finish(workers[2])
    local accepted, mails = count()
    if words == DONE and others == DONE and accepted == ROWS and mails == ROWS then
      good = good + 1
    else
      print(("# round %d: %s; %s; %d accepted, %d mails"):format(round, words, others, accepted,
        mails))
    end
    local after = finish(start(store, SHARED)) == DONE and count()
    again = again + (after == accepted and 1 or 0)
  end
  check("%d jobs of three workers, of whom %d were killed, invite everybody once", good == ROUNDS
    and hits >= ROUNDS / 2, ROUNDS, hits)
  check("%d further runs of them send nothing", again == ROUNDS, ROUNDS)
end

-- A worker that is broken must show when it is killed: else the kills prove nothing.
local function broken(mode, longest)
  local most, options = 0, "rate=0 settle=0"
  for _ = 1, 20 do
    tenant:reset()
    local directory = process.directory()
    local store = directory .. "/job.db"
    local worker = start(store, options, mode)
    kill(worker, (0.2 + 0.6 * math.random()) * longest)
    finish(worker)
    finish(start(store, options, mode))
    most = math.max(most, (select(2, count())))
    os.execute("rm -rf " .. directory)
    if most > ROWS then
      break
    end
  end
  check("people are mailed twice by a worker that is %s", most > ROWS, mode)
end

local longest = duration()
print(("# a whole run takes %.2f s"):format(longest))
alone(longest)
shared(longest)
broken("blind", longest)
broken("forgetful", longest)
server:stop()
os.exit(failures == 0)
