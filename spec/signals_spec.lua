local process = require "spec.support.process"
local sys = require "graphinvite.sys"

-- By a pipe: os.execute ignores SIGINT while it waits.
local SEND = [[local function send(name)
  io.popen(("kill -%s %d"):format(name, require("graphinvite.sys").pid())):close()
end ]]

local send = (loadstring or load)(SEND .. "return send")()

-- What a child that runs this Lua text printed, and its status.
local function end_of(text, before)
  local command = ("%s %s %s 2> /dev/null; echo $?"):format(before or "", process.lua "-e",
    process.quote(SEND .. 'local sys = require "graphinvite.sys" ' .. text))
  return (process.output(command):gsub("%s", " "))
end

-- Who started this run may have it ignore signals, as nohup does.
local HEARING = "perl -e '$SIG{$_} = q(DEFAULT) for qw(HUP INT TERM); exec @ARGV' "

local MISTAKES = {
  { "an unknown signal", { "INT", "KILL" }, "unknown signal: KILL (known are HUP, INT, TERM)" },
  { "a number", { 15 }, "unknown signal: ? (known are HUP, INT, TERM)" },
  { "no signal at all", {}, "must name a signal: HUP, INT, TERM" },
  { "a text", "INT", "table expected, got string" },
}

describe("signals", function()
  local signals

  after_each(function()
    if signals then
      signals:close()
    end
  end)

  for _, name in ipairs { "HUP", "INT", "TERM" } do
    it("tells of " .. name .. " once", function()
      assert.equal(("nil %s nil 0"):format(name), end_of(([[
        local signals = sys.signals { "HUP", "INT", "TERM" }
        print((signals:caught()))
        send %q
        print(signals:caught())
        print((signals:caught()))]]):format(name), HEARING))
    end)
  end

  it("tells of several, each once", function()
    assert.equal("INT TERM nil 0", end_of([[
      local signals = sys.signals { "TERM", "INT" }
      for _, name in ipairs { "TERM", "INT", "TERM" } do
        send(name)
      end
      local told = { signals:caught(), (signals:caught()) }
      table.sort(told)
      print(told[1], told[2])
      print((signals:caught()))]], HEARING))
  end)

  it("waits for one, also for one that is there already", function()
    signals = sys.signals { "TERM" }
    send "TERM"
    assert.equal("TERM", signals:caught(30))
    os.execute(("kill -TERM %d &"):format(sys.pid()))
    assert.equal("TERM", signals:caught(30))
    assert.is_nil(signals:caught(0.001))
  end)

  it("is open once at a time", function()
    signals = sys.signals { "TERM" }
    assert.has_error(function() sys.signals { "INT" } end,
      "signals are open already: close those first")
    signals:close()
    signals:close()
    signals = sys.signals { "INT" }
    assert.is_nil(signals:caught())
  end)

  it("begins with none, whatever came to the ones before", function()
    signals = sys.signals { "TERM" }
    send "TERM"
    signals:close()
    assert.has_error(function() signals:caught() end)
    signals = sys.signals { "TERM" }
    assert.is_nil(signals:caught())
  end)

  it("is closed by the collector", function()
    sys.signals { "TERM" }
    collectgarbage()
    collectgarbage()
    signals = sys.signals { "TERM" }
  end)

  for _, row in ipairs(MISTAKES) do
    it("raises for " .. row[1] .. ", and holds nothing then", function()
      local fine, message = pcall(function() sys.signals(row[2]) end)
      assert.is_false(fine)
      assert.matches("signals_spec.lua:%d+: ", message)
      assert.matches(row[3], message, 1, true)
      signals = sys.signals { "INT" }
    end)
  end

  it("raises for a wait of less than no time", function()
    signals = sys.signals { "INT" }
    for _, seconds in ipairs { -1, 0 / 0 } do
      assert.has_error(function() signals:caught(seconds) end)
    end
  end)

  it("takes nothing of a signal that it does not hold", function()
    assert.equal("143", end_of [[sys.signals { "INT" } send "TERM" print "alive"]])
  end)

  it("puts back what was there before", function()
    assert.equal("alive 143", end_of [[
      local signals = sys.signals { "TERM" }
      send "TERM"
      print "alive"
      io.stdout:flush()
      signals:close()
      send "TERM"
      print "alive"]])
  end)

  it("leaves ignored what the process was started to ignore", function()
    assert.equal("nil TERM 0", end_of([[
      local signals = sys.signals { "HUP", "TERM" }
      send "HUP"
      send "TERM"
      local first, second = signals:caught(), signals:caught()
      print(second, first)]], "trap '' HUP;"))
  end)
end)
