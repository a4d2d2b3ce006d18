--- The command line in this process: words in, exit status and what was printed out.
local cli = require "graphinvite.cli"

local M = {}

-- What stands for a file that is written to.
local function recorder()
  local parts = {}
  return {
    write = function(self, ...)
      for i = 1, select("#", ...) do
        parts[#parts + 1] = (select(i, ...))
      end
      return self
    end,
    flush = function() return true end,
    text = function() return table.concat(parts) end,
  }
end

-- "a 'b c' d" as words.
local function split(line)
  local words, at = {}, 1
  while true do
    local _, stop, quoted = line:find("^%s*'([^']*)'", at)
    local word = quoted
    if not stop then
      _, stop, word = line:find("^%s*(%S+)", at)
    end
    if not stop then
      return words
    end
    words[#words + 1], at = word, stop + 1
  end
end

---@param line string words; those in single quotes may have spaces
---@param given table? parts of a graphinvite.cli.World; environment is a table, input a text
---@return integer status
---@return string out
---@return string err
function M.run(line, given)
  given = given or {}
  local environment = given.environment or {}
  local world = {
    getenv = function(name) return environment[name] end,
    input = { read = function() return given.input end },
    out = recorder(), err = recorder(), columns = given.columns, ascii = given.ascii,
    err_ascii = given.err_ascii,
    transport = given.transport,
    ask = given.ask or function() return nil, "there is no terminal to ask at" end,
    prompt = given.prompt,
  }
  local status = cli.main(split(line), world)
  return status, world.out.text(), world.err.text()
end

return M
