local process = require "spec.support.process"

local COMMAND = process.lua "lua/graphinvite/cli.lua"

-- A script of the command, as a file of a directory.
local function write_script(directory, shell)
  local path = directory .. "/" .. shell
  process.output(("%s completion %s > %s"):format(COMMAND, shell, path))
  return path
end

-- What bash offers at the end of some words: the function of the script, called as bash calls it.
local BASH = [[
  source %s
  COMP_WORDS=(%s) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  spec=$(complete -p graphinvite)
  name=${spec#*-F }
  ${name%%%% *}
  printf '%%s ' "${COMPREPLY[@]}"
]]

-- Words of which the last is completed, and what is offered.
local OFFERS = {
  { "graphinvite inv", "invite invitation " },
  { "graphinvite bogus", "" },
  { "graphinvite invitation ''", "get list update delete reset " },
  { "graphinvite invitation re", "reset " },
  { "graphinvite invite --re", "--redirect " },
  { "graphinvite invite --cloud c", "china " },
  { "graphinvite invite --profile ''", "modelled live " },
  { "graphinvite emulator serve --redeem-links s", "service " },
  { "graphinvite call wait --dead", "--deadline " },
}

describe("completion", function()
  local directory

  setup(function() directory = process.directory() end)
  teardown(function() process.output("rm -r " .. directory) end)

  for _, row in ipairs(OFFERS) do
    it(("offers in bash: %s -> %s"):format(row[1], row[2]), function()
      local text = BASH:format(write_script(directory, "bash"), row[1])
      assert.equal(row[2], process.output("bash -c " .. process.quote(text)):gsub("^ $", ""))
    end)
  end

  it("is a script that zsh understands, and that knows the commands", function()
    local path = write_script(directory, "zsh")
    assert.equal("0", process.output(("zsh -n %s 2>&1; echo $?"):format(path)))
    local text = process.output(
      ([[zsh -fc 'autoload -Uz compinit && compinit -D -d %s/dump 2>&1; source %s; ]]
        .. [[whence -w _graphinvite; print $_comps[graphinvite]' 2>&1]]):format(directory, path))
    assert.matches("_graphinvite: function", text, 1, true)
  end)

  -- Words as fish has them in its line, and what it offers first.
  for _, row in ipairs {
    { "graphinvite inv", "^invitation\t[^\n]*\ninvite\t" },
    { "graphinvite invitation re", "^reset\t" },
    { "graphinvite invite --profile ", "^live\t[^\n]*\nmodelled\t" },
  } do
    it("offers in fish: " .. row[1], function()
      local path = write_script(directory, "fish")
      local text = process.output(("HOME=%s fish --no-config -c %s 2>&1"):format(directory,
        process.quote(("source %s; complete -C '%s'"):format(path, row[1]))))
      assert.matches(row[2], text)
    end)
  end

  it("is for no other shell", function()
    local text = process.output(COMMAND .. " completion tcsh 2>&1; echo status $?")
    assert.matches("argument 'SHELL' must be one of 'bash', 'zsh', 'fish'\n.*status 2$", text)
  end)
end)
