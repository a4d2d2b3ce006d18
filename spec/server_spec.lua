local certificates = require "spec.support.certificates"
local helper = require "spec.helper"
local process = require "spec.support.process"
local server = require "graphinvite.emulator.server"

-- Every case of where a server listens, and the address that it tells.
local URLS = {
  { "http://127.0.0.1:80", "127.0.0.1" },
  { "http://localhost:80", "localhost" },
  { "http://[::1]:80", "::1" },
  { "http://127.0.0.1:80", "0.0.0.0" },
  { "http://[::1]:80", "::" },
  { "http://192.0.2.1:80", "192.0.2.1" },
  { "https://127.0.0.1:80", "127.0.0.1", { cert = "", key = "" } },
}

local PRELUDE = 'local server = require "graphinvite.emulator.server" '

-- The command that runs this Lua text.
local function program(text)
  local preload = process.quote(os.getenv "LD_PRELOAD" or "")
  return ("env LD_PRELOAD=%s %s -e %s"):format(preload, helper.interpreter(),
    process.quote(PRELUDE .. text))
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- A handler with every fault that one can have.
local FAULTY = [[
  local ANSWERS = {
    ["/table"] = function() error { code = 1 } end,
    ["/nothing"] = function() end,
    ["/text"] = function() return "fine" end,
    ["/header"] = function() return { status = 200, headers = { X = "a\r\nSet-Cookie: b" } } end,
    ["/status"] = function() return { status = "teapot" } end,
    ["/fine"] = function() return { status = 200, body = "fine" } end,
  }
  local emulator = {}
  function emulator:handle(request)
    local answer = ANSWERS[request.url] or error("cannot " .. request.method)
    return answer()
  end
  server.run { emulator = emulator }
]]

local FAULTS = {
  { "/raises?secret=1", "GET /raises: .*cannot GET.*traceback" },
  { "/table", "GET /table: table: " },
  { "/nothing", "GET /nothing: .*no response" },
  { "/text", "GET /text: .*no response" },
  { "/header", "GET /header: headers: a value has CR, LF or NUL in it" },
  { "/status", "GET /status: status: must be an integer" },
}

describe("emulator server", function()
  for _, row in ipairs(URLS) do
    it(("tells %s when it listens on %s"):format(row[1], row[2]), function()
      assert.equal(row[1], server.url(row[2], 80, row[3]))
    end)
  end

  it("prints its addresses and its process first, in one line of JSON", function()
    local child = process.spawn(program [[server.run { emulator = {} }]], process.directory())
    local port, pid = child.line:match ":(%d+)\".*\"pid\":(%d+)}$"
    local told = read(("/proc/%s/cmdline"):format(pid))
    child:stop()
    assert.equal(('{"url":"http://127.0.0.1:%s","graph":"http://127.0.0.1:%s/v1.0",'
      .. '"authority":"http://127.0.0.1:%s","pid":%s}'):format(port, port, port, pid), child.line)
    assert.matches("server.run", told, 1, true)
  end)

  it("serves the emulator", function()
    local root = helper.server().url
    local body = '{"invitedUserEmailAddress":"s@fabrikam.example",'
      .. '"inviteRedirectUrl":"https://x.example"}'
    local created = process.output(("curl -sS -i -H 'Authorization: Bearer emulator'"
      .. " -H 'Content-Type: application/json' -d '%s' %s/v1.0/invitations"):format(body, root))
    assert.matches("^HTTP/1.1 201 Created\r\n", created)
    assert.matches('"status":"PendingAcceptance"', created, 1, true)
    local unknown = process.output(("curl -sS -i -X BREW %s/v1.0/invitations"):format(root))
    assert.matches("^HTTP/1.1 40%d .*{\"error\":{", unknown)
  end)

  describe("whose handler fails", function()
    local child, url

    setup(function()
      child = process.spawn(program(FAULTY), process.directory())
      url = child.line:match '"url":"(.-)"'
    end)

    teardown(function()
      child:stop()
    end)

    for _, row in ipairs(FAULTS) do
      it("answers 500 for " .. row[1] .. ", says why on standard error, and lives on", function()
        local text = process.output(("curl -sS -i '%s%s'"):format(url, row[1]))
        assert.matches("^HTTP/1.1 500 ", text)
        assert.matches('\r\n\r\n{"error":{"code":"InternalServerError","message":"', text, 1, true)
        assert.is_nil(text:find("Set-Cookie", 1, true))
        local errors = read(child.directory .. "/err")
        assert.matches(row[2], errors)
        assert.is_nil(errors:find("secret", 1, true))
        assert.equal("fine", process.output(("curl -sS %s/fine"):format(url)))
      end)
    end
  end)

  it("says where it cannot listen", function()
    local child = process.spawn(program [[server.run { emulator = {} }]], process.directory())
    local port = tonumber(child.line:match ":(%d+)\"")
    local fine, why = server.run { emulator = {}, port = port }
    child:stop()
    assert.is_nil(fine)
    assert.matches("^cannot listen on 127.0.0.1, port %d+: Address already in use$", why)
  end)

  for _, row in ipairs { { "0.0.0.0", true }, { "127.0.0.1", false }, { "localhost", false } } do
    it((row[2] and "warns" or "is silent") .. " when it listens on " .. row[1], function()
      local child = process.spawn(program(([[
        server.run { emulator = {}, host = %q }]]):format(row[1])), process.directory())
      local errors = read(child.directory .. "/err")
      child:stop()
      assert.equal(row[2], errors:find("others may reach " .. row[1], 1, true) ~= nil)
    end)
  end

  it("serves over TLS", function()
    local directory = certificates.make()
    local child = process.spawn(program(([[
      local function read(name) return io.open(%q .. name):read "*a" end
      local emulator = { handle = function() return { status = 200, body = "fine" } end }
      server.run { emulator = emulator, tls = { cert = read "/good.pem", key = read "/good.key" } }
    ]]):format(directory)), process.directory())
    local port = child.line:match '^{"url":"https://127.0.0.1:(%d+)"'
    local text = process.output(("curl -sS --cacert %s/ca.pem --resolve graph.example:%s:127.0.0.1"
      .. " https://graph.example:%s/ 2>&1; rm -r %s"):format(directory, port, port, directory))
    child:stop()
    assert.equal("fine", text)
  end)

  -- What ends a process beside this one, and its status then. $1 is a directory of its own, where
  -- the process prints its first line to a pipe.
  local function stopped(command, signal)
    return process.output(([[
      exec 2> /dev/null
      d=$(mktemp -d) && mkfifo $d/out
      %s > $d/out & pid=$!
      read -r line < $d/out
      kill -%s $pid
      wait $pid
      echo $? $(ls /proc/$pid)
      rm -r $d
      echo $line]]):format(command, signal)):match "^(.-)\n(.*)$"
  end

  for _, row in ipairs { { "TERM", "143" }, { "INT", "1" }, { "KILL", "137" } } do
    it("ends at once on SIG" .. row[1] .. ", also while it waits", function()
      assert.equal(row[2], (stopped(program [[server.run { emulator = {} }]], row[1])))
    end)
  end

  for _, row in ipairs { { "TERM", "0" }, { "INT", "130" }, { "HUP", "130" } } do
    it("stops in order on SIG" .. row[1] .. ": its tenant is kept, nothing else", function()
      local state = os.tmpname()
      assert(os.remove(state))
      local command = ("%s emulator serve --tls --state %s"):format(
        process.lua "lua/graphinvite/cli.lua", state)
      local status, line = stopped("perl -e '$SIG{HUP} = \"DEFAULT\"; exec @ARGV' " .. command,
        row[1])
      assert.equal(row[2], status)
      assert.is_nil((io.open(assert(line:match '"ca":"(.-)"'))))
      assert.matches('^{.*\n$', read(state))
      assert(os.remove(state))
    end)
  end

  it("sends the answer that it has given when a signal comes meanwhile", function()
    local child = process.spawn(program [[
      local sys = require "graphinvite.sys"
      local emulator = {}
      function emulator:handle()
        io.popen("kill -TERM " .. sys.pid()):close()
        return { status = 200, body = "fine" }
      end
      print(select(2, server.run { emulator = emulator, signals = sys.signals { "TERM" } }))]],
      process.directory())
    assert.equal("fine", process.output("curl -sS " .. child.line:match '"url":"(.-)"'))
    assert.equal("TERM", child.out:read "*l")
    child:stop()
  end)
end)
