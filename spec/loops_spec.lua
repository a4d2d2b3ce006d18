local emulators = require "graphinvite.emulator"
local helper = require "spec.helper"
local process = require "spec.support.process"

local ADDRESSES = { "ann@fabrikam.example", "ben@fabrikam.example", "cleo@fabrikam.example" }
local STALL = 0.5 -- seconds that the server takes for each answer; the loops tick more often
local PROGRAMS = { "cqueues", "luv" }
if _VERSION == "Lua 5.1" then
  PROGRAMS[#PROGRAMS + 1] = "copas" -- Debian has it for no later Lua
end

-- Over HTTP alone: there is nothing to watch in process.
describe("examples/loops/", function()
  local addresses, emulator

  before_each(function()
    addresses = helper.server()
    emulator = emulators.connect(addresses.url, require("graphinvite.transport.curl").new {})
    emulator:reset()
  end)

  -- Runs a program to its end. Gives the lines that it prints.
  local function run(name)
    local environment = "GRAPHINVITE_BASE_URL=" .. process.quote(addresses.graph)
    local code = ("arg = { %q, %q, %q }; dofile 'examples/loops/%s.lua'")
      :format(ADDRESSES[1], ADDRESSES[2], ADDRESSES[3], name)
    local lines = {}
    for line in process.elsewhere(environment, code):gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    return lines
  end

  for _, name in ipairs(PROGRAMS) do
    it(name .. ".lua has at most 60 lines", function()
      local count = 0
      for _ in io.lines("examples/loops/" .. name .. ".lua") do
        count = count + 1
      end
      assert.is_true(count <= 60, count .. " lines")
    end)

    it(name .. ".lua lets the loop go on while calls are in flight", function()
      emulator:fail_next { fault = "stall", seconds = STALL, count = #ADDRESSES, match = "POST" }
      local before, after, answers = 0, 0, {}
      for _, line in ipairs(run(name)) do
        local address, status = line:match "^(%S+)%s+(.+)$"
        if address then
          answers[address] = status
        else
          assert.equal("tick", line)
          before = before + (next(answers) == nil and 1 or 0)
          after = after + (next(answers) ~= nil and 1 or 0)
        end
      end
      for _, address in ipairs(ADDRESSES) do
        assert.equal("PendingAcceptance", answers[address])
      end
      assert.is_true(before >= 3, before .. " ticks before the first answer")
      assert.is_true(after <= 3, after .. " ticks between the answers: one call waited for another")
    end)

    it(name .. ".lua tells what failed", function()
      emulator:fail_next { status = 403, count = #ADDRESSES, match = "POST" }
      local failed = 0
      for _, line in ipairs(run(name)) do
        failed = failed + (line:find "^%S+%s+graph " and 1 or 0)
      end
      assert.equal(#ADDRESSES, failed)
    end)
  end
end)
