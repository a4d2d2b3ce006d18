--- A program under measurement: it does what it is told and says what that took. It ends when
--- its standard input does, so it cannot outlive us.
local M = {}

local worker = {}
worker.__index = worker

---@param name string one word
---@param command string in the shell's words
---@param directory string for its output
---@return table worker
function M.start(name, command, directory)
  local self = setmetatable({ name = name, path = directory .. "/" .. name }, worker)
  os.execute("rm -f " .. self.path .. " && mkfifo " .. self.path)
  local full = "exec %s > %s 2> %s.err"
  self.input = assert(io.popen(full:format(command, self.path, self.path), "w"))
  self.output = assert(io.open(self.path))
  return self
end

--- Has it do something, and waits for the end.
---@param command string e.g. "create"
---@param count integer
---@return number cpu seconds for one call
---@return number wall
function worker:run(command, count)
  self.input:write(command, " ", count, "\n")
  self.input:flush()
  local line = self.output:read "*l"
  if not line then
    local errors = assert(io.open(self.path .. ".err")):read "*a"
    error(("%s: %s ended: %s"):format(self.name, command, errors), 0)
  end
  local completed, cpu, wall = line:match "^(%d+) (%S+) (%S+)$"
  assert(tonumber(completed) == count, line)
  return tonumber(cpu) / count, tonumber(wall) / count
end

function worker:stop()
  self.input:close()
  self.output:close()
end

return M
