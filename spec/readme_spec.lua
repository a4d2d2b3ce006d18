local catalogue = require "graphinvite.catalogue"
local config = require "graphinvite.cli.config"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local lfs = require "lfs"
local process = require "spec.support.process"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

describe("README", function()
  local readme = read "README.md"
  local environment_source = read "lua/graphinvite/auth/environment.lua"

  it("prints the operations as core.operations() has them", function()
    local table_text = readme:match "<!%-%- operations:[^\n]*\n(.-)<!%-%- /operations %-%->"
    assert.equal(catalogue.operations_table(), table_text)
  end)

  it("prints examples/first.lua as its first script, which prints what the README says", function()
    local script = readme:match "```lua\n(.-)```"
    assert.equal(read "examples/first.lua", script)
    local printed = {}
    local environment = setmetatable({
      print = function(text) printed[#printed + 1] = text end,
    }, { __index = _G })
    local chunk = assert(loadfile "examples/first.lua")
    if setfenv then -- luacheck: globals setfenv
      setfenv(chunk, environment)
    else
      chunk = assert(loadfile("examples/first.lua", "t", environment))
    end
    chunk()
    assert.same({ readme:match "It prints `(%w+)`" }, printed)
  end)

  it("signs in by calls that can be made as they stand", function()
    local section = readme:match "\n## Signing in\n(.-)\n## "
    local blocks, named = 0, {}
    local library = setmetatable({
      auth = setmetatable({}, {
        __index = function(_, name)
          named[name] = true
          return graphinvite.auth[name]
        end,
      }),
    }, { __index = graphinvite })
    for block in section:gmatch "```lua\n(.-)```" do
      blocks = blocks + 1
      local chunk = assert((loadstring or load)("local graphinvite, token = ...\n" .. block))
      chunk(library, "a token")
    end
    assert.equal(2, blocks)
    for name in pairs(graphinvite.auth) do
      assert.is_true(named[name], "the README does not show auth." .. name)
    end
    for name in environment_source:gmatch '"([A-Z_]+)"' do
      assert.is_truthy(section:find(name, 1, true), "the README does not name " .. name)
    end
  end)

  describe("on the command line", function()
    local section = readme:match "\n## On the command line\n(.-)\n## "
    local directory, environment

    setup(function()
      directory = process.directory()
      write(directory .. "/guests.csv",
        "email,redirect,send\nann@fabrikam.example,https://app.contoso.example,true\n")
      write(directory .. "/graphinvite", ("#!/bin/sh\nexec %s \"$@\"\n"):format(
        process.lua(lfs.currentdir() .. "/lua/graphinvite/cli.lua")))
      os.execute("chmod +x " .. directory .. "/graphinvite")
      local function absolute(paths)
        return process.quote((paths:gsub("[^;]+", function(path)
          return path:sub(1, 1) == "/" and path or lfs.currentdir() .. "/" .. path
        end)))
      end
      environment = ("cd %s; PATH=%s:$PATH LUA_PATH=%s LUA_CPATH=%s GRAPHINVITE_BASE_URL=%s"
        .. " GRAPHINVITE_TOKEN=emulator"):format(directory, directory, absolute(package.path),
        absolute(package.cpath), helper.server { seed = 53 }.graph)
    end)

    teardown(function() process.output("rm -r " .. directory) end)

    it("shows lines that can be typed", function()
      for line in section:match "```sh\n(.-)```":gmatch "[^\n]+" do
        local text = process.output(("%s %s 2>&1; echo status $?"):format(environment, line))
        assert.matches("status 0$", text, nil, nil, line .. ": " .. text)
      end
    end)

    it("shows a configuration that is one", function()
      local path = directory .. "/config.json"
      write(path, (section:match "```json\n(.-)```"))
      os.execute("chmod 600 " .. path)
      local world = { getenv = function() end }
      local settings = assert(config.load(world, { config = path }))
      assert.equal("live", settings.profile)
      assert.equal("device_code", settings.auth.method)
      settings = assert(config.load(world, { config = path, connection = "emulator" }))
      assert.equal("static", settings.auth.method)
      assert.equal("https://app.contoso.example", settings.redirect)
    end)

    it("names every setting, every variable and every exit status", function()
      for name in pairs(config.MEMBERS) do
        assert.is_truthy(section:find("`" .. name .. "`", 1, true), name)
      end
      for _, path in ipairs { "config", "connection", "sign_in" } do
        for name in read("lua/graphinvite/cli/" .. path .. ".lua"):gmatch "GRAPHINVITE_[A-Z_]+" do
          assert.is_truthy(section:find("`" .. name .. "`", 1, true), name)
        end
      end
      for name, number in pairs(require "graphinvite.cli.status") do
        local told = type(number) ~= "number" or section:find("\n| " .. number .. " | ", 1, true)
        assert.is_truthy(told, name)
      end
    end)
  end)

  it("begins with the two commands", function()
    assert.equal("./dev demo\n./dev test\n", readme:match "```sh\n(.-)```")
  end)
end)

describe("meta.lua", function()
  it("is what the core's tables say", function()
    assert.equal(catalogue.meta(), read "lua/graphinvite/meta.lua")
  end)

  it("knows every function of graphinvite.auth, and no other", function()
    local known = {}
    local class = read "lua/graphinvite/meta.lua":match "@class graphinvite%.Auth .-\n\n"
    for name in class:gmatch "@field ([%w_]+) fun" do
      known[name] = "function"
    end
    local there = {}
    for name, value in pairs(require "graphinvite.auth") do
      there[name] = type(value)
    end
    assert.same(there, known)
  end)
end)
