--- A whole create through the client, against the bare loop in C and against lua-curl with
--- lua-cjson; one after the other, and 32 in flight. Before that the bytes that each side sends
--- are compared, afterwards the connections and the calls that the server has seen.
local documents = require "bench.documents"
local process = require "spec.support.process"
local raw = require "spec.support.raw_server"
local report = require "bench.report"
local server = require "bench.server"
local worker = require "bench.worker"

local M = {}

local MARK = { most = 1.3, next = 1.15 }
local ROUNDS, CALLS = 41, 256

local HEADERS = {
  "Accept: application/json",
  "Content-Type: application/json",
  "User-Agent: graphinvite/0.1",
}

-- What is measured. One with a token, as long as an application's, because a client may spend
-- time on each byte of it.
local SECTIONS = {
  create = {
    command = "create",
    title = "create with default options against a bare libcurl loop in C",
    others = true,
  },
  token = {
    command = "create",
    title = "create with a bearer token of 1.4 KB against the same",
    token = ("eyJ0eXAiOiJKV1QifQ"):rep(80),
    others = true,
  },
  parallel = {
    command = "parallel",
    title = "create through client:parallel, 32 in flight, against a bare libcurl multi loop in C",
  },
}

local function quoted(words)
  local list = {}
  for i, word in ipairs(words) do
    list[i] = process.quote(word)
  end
  return table.concat(list, " ")
end

-- The command of each side: the loop first, then ours on every Lua, then the other library.
local function sides(interpreters, build, url, section)
  local path, headers, token = url .. "/v1.0/invitations", quoted(HEADERS), section.token or ""
  if section.token then
    headers = headers .. " " .. process.quote("Authorization: Bearer " .. token)
  end
  local list = { { name = "loop", command = quoted { build .. "/bench/loop", path,
    documents.CREATE } .. " " .. headers } }
  for _, interpreter in ipairs(interpreters) do
    list[#list + 1] = { name = interpreter.name, interpreter = interpreter,
      command = ("%s bench/sides/create.lua %s %s"):format(interpreter.command, url, token) }
  end
  for _, interpreter in ipairs(interpreters) do
    if section.others and interpreter.abi == "5.1" then -- Debian builds lua-curl for no later Lua
      list[#list + 1] = { name = "luacurl-" .. interpreter.name, of = interpreter, command =
        ("%s bench/sides/luacurl.lua %s %s"):format(interpreter.command, path, headers) }
    end
  end
  return list
end

-- A request with its lines and the members of its body in a fixed order, and without the digits
-- of the id. lua-cjson writes members in the order of a hash table, and "/" as "\/".
local function canonical(text)
  local first, head, body = text:match "^([^\r]*)\r\n(.*\r\n)\r\n(.*)$"
  local plain = body:gsub("\\/", "/")
  local lines, members = {}, {}
  for name, value in head:gmatch "([^\r:]*): ([^\r]*)\r\n" do
    if name == "client-request-id" then
      value = value:gsub("%x", "x")
    elseif name == "Content-Length" then
      assert(tonumber(value) == #body, text)
      value = #plain
    end
    lines[#lines + 1] = name .. ": " .. value
  end
  for member in plain:sub(2, -2):gmatch "[^,]+" do
    members[#members + 1] = member
  end
  table.sort(lines)
  table.sort(members)
  return ("%s\n%s\n\n{%s}"):format(first, table.concat(lines, "\n"), table.concat(members, ","))
end

-- Fails when the sides do not send the same, or an id twice.
local function compare_requests(interpreters, build, section, directory)
  local answer = raw.response("201 Created", documents.INVITATION,
    "Content-Type: application/json\r\n")
  local capture = raw.start { "keep:" .. answer }
  local list, expected = sides(interpreters, build, capture.url, section), nil
  for i, side in ipairs(list) do
    local each = worker.start(side.name, side.command, directory)
    each:run("create", 2)
    each:stop()
    local requests = capture:requests()
    assert(#requests == 2 * i, side.name .. ": not two requests for two calls")
    local one, two = requests[2 * i - 1], requests[2 * i]
    assert(one.connection == i and two.connection == i, side.name .. ": not one connection")
    assert(one.text ~= two.text, side.name .. ": an id was sent twice")
    for _, request in ipairs { one, two } do
      local text = canonical(request.text)
      expected = expected or text
      if text ~= expected then
        error(("%s sends\n%s\nbut the loop\n%s"):format(side.name, text, expected), 0)
      end
    end
  end
  capture:stop()
end

-- Compares what was told with what the server has seen: calls, and connections of each side.
---@return string text
---@return boolean equal
local function compare_calls(blocks, seen)
  local at, known, count = 0, {}, {}
  for _, block in ipairs(blocks) do
    known[block.name] = known[block.name] or {}
    count[block.name] = count[block.name] or 0
    for i = at + 1, at + block.calls do
      if seen[i] and not known[block.name][seen[i]] then
        known[block.name][seen[i]] = true
        count[block.name] = count[block.name] + 1
      end
    end
    at = at + block.calls
  end
  if #seen ~= at then
    return ("%d calls were told, the server has seen %d"):format(at, #seen), false
  end
  for name, connections in pairs(count) do
    if connections ~= count.loop then
      return ("%s opened %d connections, the loop %d"):format(name, connections, count.loop), false
    end
  end
  return ("%d calls, all answered; connections of each side: %d"):format(at, count.loop), true
end

-- CPU and time of every side and round.
local function measure(list, command, nginx, directory)
  local blocks, times = {}, {}
  local function run(side, calls)
    blocks[#blocks + 1] = { name = side.name, calls = calls }
    return side.worker:run(command, calls)
  end
  for _, side in ipairs(list) do
    side.worker = worker.start(side.name, side.command, directory)
    run(side, CALLS) -- connects, loads and warms up
    times[side.name] = { cpu = {}, wall = {} }
  end
  for round = 1, ROUNDS do
    for i = 1, #list do
      local side = list[(round + i) % #list + 1] -- nobody always comes behind the same one
      local own = times[side.name]
      own.cpu[round], own.wall[round] = run(side, CALLS)
    end
  end
  for _, side in ipairs(list) do
    side.worker:stop()
  end
  return times, compare_calls(blocks, nginx:calls())
end

local function print_times(title, list, times)
  local loop = times.loop
  local rows = { { "", "CPU", "wall", "CPU / loop", "wall / loop", "" } }
  for _, side in ipairs(list) do
    local own = times[side.name]
    local ratios = report.ratios(own.cpu, loop.cpu)
    local name, verdict = side.name, ""
    if side.interpreter then
      name = "ours, " .. name
      verdict = report.judge(report.median(ratios), MARK, side.interpreter.binding)
    elseif side.of then
      local gain = report.median(report.ratios(own.cpu, times[side.of.name].cpu))
      name, verdict = "lua-curl, " .. side.of.name, ("ours: %.2f times as fast"):format(gain)
    end
    rows[#rows + 1] = { name, report.microseconds(own.cpu), report.microseconds(own.wall),
      report.spread(ratios), report.spread(report.ratios(own.wall, loop.wall)), verdict }
  end
  report.print(title, rows)
end

local function run(section, interpreters, build, directory)
  compare_requests(interpreters, build, section, directory)
  local nginx = server.start(documents.INVITATION)
  local list = sides(interpreters, build, nginx.url, section)
  local times, text, equal = measure(list, section.command, nginx, directory)
  nginx:stop()
  print_times(section.title .. " (CPU at most 1.3, later 1.15)", list, times)
  print("  " .. text)
  report.require(equal)
end

---@param interpreters table[]
---@param build string directory
---@param name string create, token or parallel
function M.run(interpreters, build, name)
  local directory = process.directory()
  local ok, why = pcall(run, SECTIONS[name], interpreters, build, directory)
  os.execute("rm -r " .. directory)
  if not ok then
    error(why, 0)
  end
end

return M
