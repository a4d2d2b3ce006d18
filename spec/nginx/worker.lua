--- Runs busted in a worker of nginx. Its end is the end of nginx.
local ffi = require "ffi"

local M = {}

-- nginx would end when the loop of its events comes round: not where a spec never ends.
ffi.cdef "void (*signal(int, void (*)(int)))(int);"
local TERM, DEFAULT = 15, nil

-- busted forgets what the specs have loaded after each file; what declares C types by the FFI can
-- be loaded only once.
local ONCE = { "ngx.semaphore", "resty.core" }

-- Runs the specs. Returns what busted's program would have ended with.
local function run(files)
  for _, name in ipairs(ONCE) do
    require(name)
  end
  local arguments = { [-1] = "luajit", [0] = "busted", "--output=TAP" }
  for i, file in ipairs(files) do
    arguments[i + 1] = file
  end
  rawset(_G, "arg", arguments)
  local fine, why = pcall(require "busted.runner", { standalone = false })
  if not fine and why ~= nil then -- where specs have failed it raises nil
    print("not ok - busted in nginx: " .. tostring(why))
  end
  return fine and 0 or 1
end

---@param files string[]
---@param path string the file that gets the status; it stays away where the worker dies
function M.run(files, path)
  ffi.C.signal(TERM, DEFAULT)
  local exit = os.exit
  function os.exit() -- luacheck: ignore 122
    error("a spec would have ended nginx", 2)
  end
  local status = run(files)
  io.stdout:flush()
  local file = assert(io.open(path, "w"))
  file:write(status)
  file:close()
  exit(0)
end

return M
