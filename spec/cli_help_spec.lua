local commands = require "graphinvite.cli.commands"
local parsers = require "graphinvite.cli.parser"
local run = require("spec.support.commands").run
local text = require "graphinvite.cli.text"

-- The command line of an example: what the shell hands to graphinvite, without what is around it.
local function words_of(example)
  local line = example:gsub("\\\n", " "):match "graphinvite (.*)$"
  local words, at = {}, 1
  while true do
    local _, stop, quote = line:find("^%s*([\"'])", at)
    local word
    if quote then
      _, stop, word = line:find("^(.-)" .. quote, stop + 1)
    else
      _, stop, word = line:find("^%s*([^%s|>)]+)", at)
    end
    if not stop then
      return words
    end
    words[#words + 1], at = word, stop + 1
  end
end

describe("help", function()
  for _, command in ipairs(commands) do
    for _, columns in ipairs { 40, 80, 200 } do
      it(("tells about %s in %d columns"):format(command.name, columns), function()
        local status, out, err = run(command.name .. " --help", { columns = columns })
        assert.equal(0, status)
        assert.equal("", err)
        assert.equal(1, (out:find("Usage: graphinvite " .. command.name, 1, true)))
        assert.is_truthy(out:find(command.summary:match "^%S+", 1, true))
        assert.matches("\nOptions:\n.*  %-h, %-%-help .*\nExamples:\n  %S", out)
        for line in out:gmatch "[^\n]+" do
          assert.is_true(text.width(line) <= math.max(columns, 80), line)
        end
      end)
    end

    for _, example in ipairs(command.examples) do
      it("has an example that can be typed: " .. example, function()
        local parser = parsers.new(commands, { getenv = function() end })
        local args, why = parser:parse(words_of(example))
        assert.is_table(args, why)
        assert.equal(command.name, parser.chosen.name)
      end)
    end
  end

  for _, words in ipairs { "bulk", "invitation", "call", "linkedin", "emulator" } do
    it("tells which commands there are below " .. words, function()
      local status, out = run(words .. " --help")
      assert.equal(0, status)
      assert.matches("^Usage: graphinvite " .. words .. " COMMAND", out)
      for _, command in ipairs(commands) do
        local below = command.name:match("^" .. words .. " (%l+)$")
        assert.is_truthy(not below or out:find("\n   " .. below .. " ", 1, true))
      end
    end)
  end
end)
