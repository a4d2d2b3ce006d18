local contract = require "spec.support.contract"
local emulators = require "graphinvite.emulator"
local helper = require "spec.helper"
local json = require "spec.support.json_text"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local stories = require "spec.contract.stories"

local LIMIT = 30 -- seconds; nothing here comes near it

local SERVE_TLS = [[
  local tls = assert(require("graphinvite.emulator.certificate").make("127.0.0.1"))
  require("graphinvite.emulator.server").run {
    port = 0, out = io.stdout, tls = tls, emulator = require("graphinvite.emulator").new(),
  }]]

-- What sends requests to a server.
local function over_curl(root, options)
  local transport = require("graphinvite.transport.curl").new(options or {})
  return function(request)
    request.url = root .. request.url
    return assert(transport.send(request, LIMIT))
  end
end

-- name, and what gives a function that sends, and one that ends the host
local HOSTS = {
  { "in process", function()
    return contract.in_process(emulators.new()), function() end
  end },
  { "over HTTP", function()
    return over_curl(helper.server().url), function() end
  end },
  { "over HTTPS", function()
    local server = process.spawn(process.lua "-e " .. process.quote(SERVE_TLS),
      process.directory())
    local ca = server.line:match '"ca":"(.-)"'
    return over_curl(server.line:match '"url":"(.-)"', { tls = { ca = ca } }), function()
      server:stop()
      os.remove(ca)
    end
  end },
  { "inside nginx", function()
    local server = nginx.start_emulator()
    return over_curl("http://localhost", { unix_socket = server.socket }), function()
      server:stop()
    end
  end },
}

-- The answers that are wanted, in the order of the cases.
local function read_answers()
  local answers = {}
  for line in io.lines(contract.ANSWERS) do
    answers[#answers + 1] = line
  end
  return answers
end

describe("the contract of the emulator's hosts", function()
  local wanted = read_answers()

  it("has 200 cases and more, and an answer to each", function()
    local count = 0
    for _, story in ipairs(stories) do
      for _, case in ipairs(story.cases) do
        count = count + 1
        local line = json.parse(wanted[count]).members
        assert.equal(story.name .. ": " .. case.method .. " " .. case.path,
          line.story.value .. ": " .. line.request.value)
        assert.equal(case.status, tonumber(line.status.value), line.request.value)
      end
    end
    assert.equal(#wanted, count)
    assert.is_true(count >= 200)
  end)

  for _, host in ipairs(HOSTS) do
    it("is kept " .. host[1], function()
      local send, stop = host[2]()
      finally(stop)
      contract.run(send, function(place, line)
        local same, difference = json.equal(line, wanted[place])
        assert(same, ("case %d: %s: %s"):format(place, tostring(difference), line))
      end)
    end)
  end
end)
