local lfs = require "lfs"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function lines_of(command)
  local pipe = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  pipe:close()
  return lines
end

-- The paths under a directory that end as given, sorted.
local function files_under(directory, ending, found)
  found = found or {}
  for name in lfs.dir(directory) do
    local path = directory .. "/" .. name
    if name:sub(1, 1) ~= "." and lfs.attributes(path, "mode") == "directory" then
      files_under(path, ending, found)
    elseif name:sub(-#ending) == ending then
      found[#found + 1] = path
    end
  end
  table.sort(found)
  return found
end

-- A rockspec assigns to globals; here they are locals of the chunk that returns them.
local function modules_of(rock)
  local text = read("rockspec/" .. rock .. "-scm-1.rockspec")
  local names = "rockspec_format, package, version, source, description, dependencies, "
    .. "external_dependencies, build"
  local compile = loadstring or load
  return assert(compile("local " .. names .. "\n" .. text .. "\nreturn build.modules"))()
end

local function sources_of(module)
  return type(module) == "table" and (module.sources or module) or {}
end

local function all_modules()
  local modules = modules_of "graphinvite"
  for _, rock in ipairs { "graphinvite-httpd", "graphinvite-crypto" } do
    for name, module in pairs(modules_of(rock)) do
      modules[name] = module
    end
  end
  return modules
end

-- "build/lua/5.4/": where the specs' modules lie.
local module_directory = assert(os.getenv "LUA_CPATH", "set LUA_CPATH"):match "^([^?;]*)"
local C_MODULES = { "core", "crypto", "curl", "httpd", "sys" }

-- Fixture, and the Content-Length that the page prints: its lines end with CR LF.
local PRINTED_LENGTHS = {
  { "seed-000-request", 934 },
  { "seed-000-response", 983 },
  { "seed-002-request", 958 },
  { "seed-003-request", 934 },
  { "seed-003-response", 983 },
  { "seed-004-request-printed", 264 },
}

describe("build", function()
  local cmake = read "CMakeLists.txt"

  it("has every Lua file in the rockspec, under its own name", function()
    local modules = all_modules()
    for _, path in ipairs(files_under("lua", ".lua")) do
      local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
      assert.equal(path, modules[name], name)
      modules[name] = nil
    end
    for name, module in pairs(modules) do
      assert.is_table(module, name .. " is listed, but there is no such file")
    end
  end)

  it("tells opm the same as CMake", function()
    local told = {}
    for name, value in read "dist.ini":gmatch "\n([%l_]+) = ([^\n]+)" do
      told[name] = value
    end
    assert.equal(read "CMakeLists.txt":match "VERSION (%d+%.%d+%.%d+) LANGUAGES", told.version)
    assert.matches("graphinvite", read(told.main_module))
    assert.equal("mit", told.license)
  end)

  it("has every C file in a module", function()
    local listed = {}
    for _, module in pairs(all_modules()) do
      for _, path in ipairs(sources_of(module)) do
        listed[path] = true
      end
    end
    for _, path in ipairs(files_under("csrc", ".c")) do
      assert.is_true(listed[path], path .. " is in no rockspec")
    end
  end)

  for _, name in ipairs(C_MODULES) do
    it("makes " .. name .. ".so of the same files with CMake and with LuaRocks", function()
      local sources = {}
      for path in cmake:match("set%(" .. name .. "_sources ([^)]+)"):gmatch "%S+" do
        sources[#sources + 1] = path
      end
      assert.same(sources, sources_of(all_modules()["graphinvite." .. name]))
    end)

    it("exports one symbol from " .. name .. ".so", function()
      local path = module_directory .. "graphinvite/" .. name .. ".so"
      local symbols = lines_of("LD_PRELOAD= nm -D --defined-only --format=posix '" .. path .. "'")
      assert.equal(1, #symbols)
      assert.equal("luaopen_graphinvite_" .. name, symbols[1]:match "%S+")
    end)
  end

  -- module, and what it may need beside the C library
  for name, needed in pairs { core = "^$", sys = "^$", crypto = "^libcrypto%." } do
    it("links " .. name .. ".so with no other library", function()
      local path = module_directory .. "graphinvite/" .. name .. ".so"
      for _, line in ipairs(lines_of("LD_PRELOAD= readelf --dynamic '" .. path .. "'")) do
        local library = line:match "NEEDED.*%[(.*)%]"
        local sanitizer = library and library:find "^lib%a+san%."
        assert.is_true(library == nil or library == "libc.so.6" or library:find(needed) ~= nil
          or sanitizer ~= nil, library)
      end
    end)
  end
end)

describe("fixtures", function()
  for _, row in ipairs(PRINTED_LENGTHS) do
    local name, length = row[1], row[2]
    it(name .. " is as long as its page says", function()
      local text = read("spec/fixtures/" .. name .. ".json"):gsub("\n", "\r\n")
      assert.equal(length, #text)
    end)
  end
end)
