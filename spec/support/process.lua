--- Processes beside a spec. None outlives the run, however the run ends: each has a guard that
--- waits for the end of a pipe from here, and the kernel closes that pipe when we are gone.
local M = {}

local process = {}
process.__index = process

-- The runtime of a sanitizer is meant for this program alone.
local ALONE = "unset LD_PRELOAD; "

---@param text string
---@return string one word for the shell
function M.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return (text:gsub("\n$", ""))
end

---@param command string
---@return string what it prints, without the last line end
function M.output(command)
  return read(ALONE .. command)
end

local function interpreter()
  local name, i = arg[0], 0
  while arg[i] do
    name, i = arg[i], i - 1
  end
  return name
end

--- A command that runs a file in a new interpreter of this kind, with the runtime of a sanitizer
--- where this one has it.
---@param path string
---@return string
function M.lua(path)
  local preload = M.quote(os.getenv "LD_PRELOAD" or "")
  return ("env LD_PRELOAD=%s %s %s"):format(preload, interpreter(), path)
end

--- Runs a program in a new interpreter of this kind.
---@param environment string assignments for the shell, e.g. "a=1 b=2"
---@param code string
---@return string what it prints
function M.elsewhere(environment, code)
  local paths = ("package.path, package.cpath = %q, %q\n"):format(package.path, package.cpath)
  local command = "%s %s -e %s 2> /dev/null"
  return read(command:format(environment, interpreter(), M.quote(paths .. code)))
end

-- $1 is the directory of the process: its output goes to a named pipe there. A signal to all
-- of a terminal ends us, and that ends the guard. The pipe ends when all are gone that the process
-- has started, which may write to the directory up to then.
local GUARD = [[
%s > "$1/out" 2> "$1/err" &
N=$!
trap '' INT HUP QUIT TERM
exec 2> /dev/null
cat > /dev/null
kill $N
kill -CONT $N
wait $N
exec 4<> "$1/out" 3< "$1/out" 4>&-
cat <&3 > /dev/null
rm -rf "$1"
]]

---@return string path of a new directory
function M.directory()
  return M.output "mktemp -d"
end

--- Starts one simple command and waits for its first line. It lives until stop(), or until
--- this program is gone.
---@param command string one program with its arguments, in the shell's words
---@param directory string its own (see M.directory); removed at the end
---@return table process with directory and line
function M.spawn(command, directory)
  local self = setmetatable({ directory = directory }, process)
  os.execute(ALONE .. "mkfifo " .. self.directory .. "/out")
  local guard = ALONE .. "sh -c %s sh " .. directory
  self.guard = assert(io.popen(guard:format(M.quote(GUARD:format(command))), "w"))
  self.out = assert(io.open(self.directory .. "/out"))
  self.line = self.out:read "*l"
  if not self.line then
    local errors = assert(io.open(self.directory .. "/err")):read "*a"
    self:stop()
    error(("%s printed no line: %s"):format(command, errors), 2)
  end
  return self
end

--- Ends the process, waits for its end and removes its directory. Harmless the second time.
function process:stop()
  if self.guard then
    self.out:close()
    self.guard:close()
    self.guard = nil
  end
end

return M
