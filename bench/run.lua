--- Program: all measurements, each against its named peer in the same run. Fails when a mark
--- that binds is missed, or when the sides do not do the same work.
---   lua5.4 bench/run.lua BUILD [SECTION...]      sections: codec create token parallel
---                                            emulator nginx tokens bulk
local process = require "spec.support.process"

local unpack = table.unpack or unpack -- luacheck: ignore

local BUILD = arg[1]

-- The marks bind on the first two.
local INTERPRETERS = {
  { name = "lua5.4", abi = "5.4", binding = true },
  { name = "luajit", abi = "5.1", binding = true },
  { name = "lua5.3", abi = "5.3" },
  { name = "lua5.1", abi = "5.1" },
}

for _, interpreter in ipairs(INTERPRETERS) do
  local command = "env LUA_PATH='./?.lua;lua/?.lua;lua/?/init.lua;;' "
    .. "LUA_CPATH='%s/lua/%s/?.so;;' %s"
  interpreter.command = command:format(BUILD, interpreter.abi, interpreter.name)
end

print("Ratios are medians of interleaved rounds; in brackets the middle half of the rounds.")
print("Times are CPU, user and system. " .. process.output "uname -sr; nproc | sed 's/$/ CPUs/'"
  :gsub("\n", ", "))

local report = require "bench.report"
local sections = {
  "codec", "create", "token", "parallel", "emulator", "nginx", "tokens", "bulk",
}
local OF_CREATE = { create = true, token = true, parallel = true }
if arg[2] then
  sections = { unpack(arg, 2) }
end
for _, name in ipairs(sections) do
  if not OF_CREATE[name] then
    require("bench." .. name).run(INTERPRETERS)
  else
    require("bench.create").run(INTERPRETERS, BUILD, name)
  end
end
if report.missed > 0 then
  print(("\n%d missed"):format(report.missed))
end
os.exit(report.missed == 0)
