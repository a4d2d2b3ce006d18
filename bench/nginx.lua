--- Inside nginx: the driver, and creates through the client, against a bare cosocket loop that
--- sends and reads the same bytes, 64 at a time, from a service that takes 20 ms; and six calls
--- that wait together.
local certificates = require "spec.support.certificates"
local core = require "graphinvite.core"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local report = require "bench.report"
local server = require "bench.server"

local M = {}

local ROUNDS, SECONDS, WARM_UP = 15, 1, 2
local RATE = { least = 0.95, next = 1 }
local CPU = { most = 1.25, next = 1.15 }
local LIMIT = 60 -- seconds; nothing here comes near it

local SIDES = { "bare", "driver", "ours" }
local TITLES = {
  bare = "the loop",
  driver = "the driver: the same bytes",
  ours = "create: from a table to a table",
}

local WRK = "wrk -t1 -c64 -d%ds %s"

-- The service: its answer, and how long it takes.
local SERVICE = [[
  listen unix:DIR/socket ssl;
  ssl_certificate CERTIFICATES/good.pem;
  ssl_certificate_key CERTIFICATES/good.key;
  keepalive_requests 10000000;
  keepalive_timeout 1h;
  location = /v1.0/invitations {
    content_by_lua_block { require("bench.sides.nginx").serve(0.02, 201) }
  }
  location /v1.0/users/ {
    content_by_lua_block { require("bench.sides.nginx").serve(0.5, 200) }
  }
]]

-- The worker that calls it.
local WORKER = [[
  listen unix:DIR/socket;
  listen 127.0.0.1:PORT;
  keepalive_requests 10000000;
  location = /bare { content_by_lua_block { require("bench.sides.nginx").bare() } }
  location = /driver { content_by_lua_block { require("bench.sides.nginx").driver() } }
  location = /ours { content_by_lua_block { require("bench.sides.nginx").ours() } }
  location = /six { content_by_lua_block { require("bench.sides.nginx").six() } }
  location = /other { return 200 here; }
  location = /mark { content_by_lua_block { require("bench.sides.nginx").mark() } }
]]

local OPENING = [[
  lua_ssl_trusted_certificate CERTIFICATES/ca.pem;
  init_by_lua_block { require("bench.sides.nginx").open("SOCKET") }
]]

local function fill(text, values)
  return (text:gsub("%u%u%u+", values))
end

local function get(self, path)
  local response = assert(self.curl.send({
    method = "GET", url = "http://localhost" .. path, headers = {}, op = { safe = true },
  }, LIMIT))
  assert(response.status == 200, response.body)
  return response.body
end

-- Calls, CPU seconds and time so far.
local function mark(self)
  local calls, cpu, wall = get(self, "/mark"):match "^(%S+) (%S+) (%S+)$"
  return tonumber(calls), tonumber(cpu), tonumber(wall)
end

-- Calls a second, and CPU seconds for each.
local function load(self, side, seconds)
  local calls, cpu, wall = mark(self)
  local text = process.output(WRK:format(seconds, self.url .. side))
  assert(not text:find "Non%-2xx" and not text:find "Socket errors", text)
  local calls_after, cpu_after, wall_after = mark(self)
  local made = calls_after - calls
  return made / (wall_after - wall), (cpu_after - cpu) / made
end

local function throughput(self)
  local sides = {}
  for _, name in ipairs(SIDES) do
    sides[name] = { rate = {}, cpu = {} }
    load(self, "/" .. name, WARM_UP)
  end
  for round = 1, ROUNDS do
    for i = 1, #SIDES do
      local name = SIDES[(round + i) % #SIDES + 1] -- nobody always comes behind the same one
      local own = sides[name]
      own.rate[round], own.cpu[round] = load(self, "/" .. name, SECONDS)
    end
  end
  local rows = { { "", "calls a second", "/ loop", "", "CPU of the worker", "/ loop", "" } }
  for _, name in ipairs(SIDES) do
    local own, bare = sides[name], sides.bare
    local rates, cpus = report.ratios(own.rate, bare.rate), report.ratios(own.cpu, bare.cpu)
    local judged = name ~= "bare"
    rows[#rows + 1] = {
      TITLES[name], ("%.0f"):format(report.median(own.rate)), report.spread(rates),
      judged and report.judge(report.median(rates), RATE, true) or "",
      report.microseconds(own.cpu), report.spread(cpus),
      judged and report.judge(report.median(cpus), CPU, true) or "",
    }
  end
  report.print("inside nginx against a bare cosocket loop, 64 connections, a service of 20 ms by "
    .. "TLS (calls at least 0.95, CPU at most 1.25)", rows)
end

local function verdict(value, most)
  report.require(value < most)
  return value < most and "ok" or "MISSED"
end

-- Six calls in one request, and another location that is asked all the time.
local function together(self)
  local slowest, taken = {}, {}
  for round = 1, 5 do
    local handle = assert(self.curl.start({
      method = "GET", url = "http://localhost/six", headers = {}, op = { safe = true },
    }, LIMIT))
    local began, worst, others = core.clock(), 0, 0
    local ended, answer
    repeat
      local asked = core.clock()
      get(self, "/other")
      worst, others = math.max(worst, core.clock() - asked), others + 1
      ended, answer = self.curl.next(0)
    until ended == handle
    assert(answer.body == "six", answer.body)
    assert(others > 10, "the other location was hardly asked")
    taken[round], slowest[round] = core.clock() - began, worst
  end
  local six, other = report.median(taken), report.quantile(slowest, 1)
  report.print("inside nginx: 6 calls of 0.5 s in parallel in one worker (under 0.8 s), and "
    .. "another location meanwhile (under 50 ms)", {
    { "", "time", "" },
    { "six calls, median", ("%.3f s"):format(six), verdict(six, 0.8) },
    { "other location, slowest", ("%.1f ms"):format(other * 1e3), verdict(other, 0.05) },
  })
end

function M.run()
  local directory, port = certificates.make(), server.free_port()
  local values = { CERTIFICATES = directory, PORT = port }
  local service = nginx.start(fill(SERVICE, values), nil, nginx.with_lua())
  values.SOCKET = service.socket
  local worker = nginx.start(fill(WORKER, values), nil, nginx.with_lua(fill(OPENING, values)))
  local self = {
    url = "http://127.0.0.1:" .. port,
    curl = require("graphinvite.transport.curl").new { unix_socket = worker.socket },
  }
  local ok, why = pcall(function()
    throughput(self)
    together(self)
  end)
  worker:stop()
  service:stop()
  os.execute("rm -r " .. directory)
  if not ok then
    error(why, 0)
  end
end

return M
