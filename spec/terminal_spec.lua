local process = require "spec.support.process"
local sys = require "graphinvite.sys"

local PRELUDE = 'local sys = require "graphinvite.sys" '
local ASK = 'print(sys.read_secret "Secret: ")'

-- What happens at a terminal where this Lua text runs (spec/support/terminal.pl).
local function at_terminal(text, ...)
  local command = "perl spec/support/terminal.pl"
  for _, step in ipairs { ... } do
    command = command .. " " .. process.quote(step)
  end
  return process.output(("%s -- %s %s"):format(command, process.lua "-e",
    process.quote(PRELUDE .. text)))
end

-- name, the end of it, and what is done at the terminal after the question
local ENDS = {
  { "a secret", "silent\necho\nSecret: \np4ss word\nstatus 0", [[type p4ss word\n]] },
  { "an empty secret", "silent\necho\nSecret: \n\nstatus 0", [[type \n]] },
  { "Ctrl-D", "silent\necho\nSecret: \nnil\tthe terminal is at its end\nstatus 0", [[type \x04]] },
  { "SIGTERM", "silent\necho\nSecret: \nkilled by 15", "send TERM" },
  { "SIGHUP", "silent\necho\nSecret: \nkilled by 1", "send HUP" },
  { "Ctrl-\\", "silent\necho\nSecret: \nkilled by 3", [[type half\x1c]] },
}

describe("terminal", function()
  it("has its size", function()
    local text = [[for _, fd in ipairs { 0, 1, 2 } do
      io.write(sys.terminal(fd).columns, "x", sys.terminal(fd).rows, " ") end]]
    assert.equal("100x30 100x30 100x30 status 0", at_terminal(text, "size 100 30"))
  end)

  it("is taken for one of 80 columns and 24 rows where it does not say", function()
    local text = "print(sys.terminal(0).columns, sys.terminal(0).rows)"
    assert.equal("80\t24\nstatus 0", at_terminal(text))
  end)

  it("is no pipe, no file, and nothing that is closed", function()
    local text = PRELUDE .. "print(sys.terminal(0), sys.terminal(1), sys.terminal(1000))"
    assert.equal("nil\tnil\tnil", process.output(("%s %s < /dev/null"):format(
      process.lua "-e", process.quote(text))))
  end)

  for _, value in ipairs { -1, 0.5, 0 / 0, 2 ^ 40, "one" } do
    it("raises for the descriptor " .. tostring(value), function()
      assert.has_error(function() sys.terminal(value) end)
    end)
  end
end)

describe("a secret", function()
  for _, row in ipairs(ENDS) do
    it("is asked for in silence, and the terminal is as before after " .. row[1], function()
      local shown = at_terminal(ASK, "await Secret: ", "look", row[3], "end", "look")
      assert.equal(row[2], shown)
    end)
  end

  it("leaves Ctrl-C to who handles it, once the terminal is as before", function()
    local shown = at_terminal([[
      local signals = sys.signals { "INT" }
      print(sys.read_secret "Secret: ")
      print(signals:caught())]], "await Secret: ", [[type ha\x03]], "end", "look")
    assert.matches("^echo\nSecret: .*\nnil\tinterrupted by a signal\nINT\nstatus 0$", shown)
  end)

  it("is asked for again when the process had been stopped, and goes on", function()
    local shown = at_terminal(ASK, "await Secret: ", [[type ha\x1a]], "await Secret: ", "look",
      [[type fish\n]], "end", "look")
    assert.matches("^silent\necho\nSecret: .*\nSecret: \nfish\nstatus 0$", shown)
  end)

  it("is typed at the terminal also where the standard files are others", function()
    local shown = at_terminal([[
      assert(io.popen("exit 0", "r")):close()
      io.input "/dev/null"
      print(sys.read_secret "Secret: ")]], "await Secret: ", [[type fish\n]])
    assert.equal("Secret: \nfish\nstatus 0", shown)
  end)

  it("of more than a line's length is not cut", function()
    local long = ("x"):rep(4000)
    local shown = at_terminal([[print(#sys.read_secret "Secret: ")]], "await Secret: ",
      "type " .. long .. [[\n]])
    assert.equal("Secret: \n4000\nstatus 0", shown)
  end)

  it("cannot be asked for without a terminal", function()
    local text = process.output(("setsid -w %s %s < /dev/null"):format(process.lua "-e",
      process.quote(PRELUDE .. ASK)))
    assert.equal("nil\tthere is no terminal to ask at", text)
  end)
end)
