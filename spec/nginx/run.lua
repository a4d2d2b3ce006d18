--- Runs busted's specs in a worker of nginx: LUA spec/nginx/run.lua [FILE…]
--- Without a FILE: what runs over every transport, and spec/nginx/inside_*.lua, which can run
--- nowhere else. Prints what busted prints and ends with its status; nginx ends with this program.
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"

-- Whatever children of the worker need; nginx clears its environment.
local KEPT = {
  "PATH", "HOME", "TMPDIR", "LUA_PATH", "LUA_CPATH", "LD_PRELOAD", "ASAN_OPTIONS", "LSAN_OPTIONS",
}

local function main_directives()
  local lines = {}
  for i, name in ipairs(KEPT) do
    lines[i] = ("env %s;"):format(name)
  end
  return table.concat(lines, "\n")
end

-- The command line is a program of its own, jobs in files block a worker, and hours of a job's pace
-- take half a minute here.
local LEFT_OUT = "cli_|bulk_file|bulk_pace"
local ALL = "ls spec/*_spec.lua | grep -Ev '" .. LEFT_OUT .. "' |"
  .. " xargs grep -l over_every_transport; ls spec/nginx/inside_*.lua"

-- The files to run, as the text of a Lua table.
local function files(list)
  local parts = {}
  for name in process.output(list[1] and "true" or ALL):gmatch "[^\n]+" do
    list[#list + 1] = name
  end
  for i, text in ipairs(list) do
    parts[i] = ("%q"):format(text)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local HTTP = [[
  lua_shared_dict graphinvite 1m;
  init_worker_by_lua_block {
    ngx.timer.at(0, function()
      require("spec.nginx.worker").run(%s, "DIR/status")
    end)
  }]]

local directory = process.directory()
local server = nginx.start("listen unix:DIR/socket;", directory,
  nginx.with_lua(HTTP:format(files(arg)), main_directives()))
for line in server.process.out:lines() do
  if not line:find("[notice]", 1, true) then
    print(line)
    io.stdout:flush()
  end
end
local status = io.open(directory .. "/status")
local good = status and status:read "*a" == "0"
if not status then -- the worker died: its last words
  io.stderr:write(assert(io.open(directory .. "/error.log")):read "*a",
    assert(io.open(directory .. "/err")):read "*a")
end
server:stop()
os.exit(good and 0 or 1)
