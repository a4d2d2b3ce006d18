local catalogue = require "graphinvite.catalogue"
local graphinvite = require "graphinvite"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
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
