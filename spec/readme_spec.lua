local catalogue = require "graphinvite.catalogue"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

describe("README", function()
  local readme = read "README.md"

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

  it("begins with the two commands", function()
    assert.equal("./dev demo\n./dev test\n", readme:match "```sh\n(.-)```")
  end)
end)

describe("meta.lua", function()
  it("is what the core's tables say", function()
    assert.equal(catalogue.meta(), read "lua/graphinvite/meta.lua")
  end)
end)
