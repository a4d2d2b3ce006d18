--- Inside nginx: four workers with 200 connections call for four seconds with tokens that live for
--- one, once undisturbed, once with the worker killed that is asking for a token.
local emulators = require "graphinvite.emulator"
local process = require "spec.support.process"
local report = require "bench.report"
local workers = require "spec.support.workers"

local M = {}

local WORKERS, CALLS = 4, 50
local LIFETIME, SECONDS = 1, 4
local MOST = 2 * SECONDS / LIFETIME -- requests for a token
local HANG = 60 -- seconds that the token's answer is held up for the worker that is to be killed

local function asked(tenant)
  local n = 0
  for _, request in ipairs(tenant:requests()) do
    n = n + (request.path:find("/oauth2/", 1, true) and 1 or 0)
  end
  return n
end

-- Kills the worker that waits for a token which does not come.
local function kill_holder(server, tenant)
  tenant:fail_next { fault = "stall", seconds = HANG, match = "/oauth2/", count = 1 }
  local holder = server:wait(function(state) return state.holder end).holder
  server.transport.sleep(0.1) -- only one that hangs holds the turn so long
  if server:wait(function() return true end).holder ~= holder then
    return kill_holder(server, tenant)
  end
  os.execute(("kill -9 %d"):format(holder))
end

-- One run. Gives how many tokens were asked for, how many calls were made, and how many failed.
local function run(tenant, url, disturb)
  tenant:reset()
  tenant:token_lifetime { seconds = LIFETIME }
  local server = workers.start(url, { workers = WORKERS, calls = CALLS })
  assert(server:ask("/begin?seconds=" .. SECONDS))
  local left = WORKERS
  if disturb then
    disturb(server, tenant)
    left = left - 1
  end
  local state = server:wait(function(state) return (state.ended or 0) >= left end)
  server:stop()
  return asked(tenant), state.good, state.bad
end

local function row(name, tokens, most, good, bad)
  report.require(tokens <= most and bad == 0)
  return {
    name, ("%d"):format(good), ("%d"):format(bad), ("%d"):format(tokens), ("%d"):format(most),
    tokens <= most and bad == 0 and "ok" or "MISSED",
  }
end

function M.run()
  local child = process.spawn(process.lua "lua/graphinvite/cli.lua emulator serve",
    process.directory())
  local url = child.line:match '"url":"(.-)"'
  local tenant = emulators.connect(url)
  local rows = { { "", "calls", "failed", "tokens", "at most", "" } }
  local tokens, good, bad = run(tenant, url)
  rows[2] = row("undisturbed", tokens, MOST, good, bad)
  tokens, good, bad = run(tenant, url, kill_holder)
  rows[3] = row("the worker that asks is killed", tokens, MOST + 1, good, bad)
  child:stop()
  report.print(("%d workers, %d connections, %d s, tokens that live %d s: requests for a token")
    :format(WORKERS, WORKERS * CALLS, SECONDS, LIFETIME), rows)
end

return M
