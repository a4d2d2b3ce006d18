local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local filter = require "graphinvite.emulator.filter"

-- What has no meaning: reference 3.8.
local FAULTS = {
  "", " ", "a eq", "eq 1", "a eq 1 and", "or a", "a eq 1 b", "(a eq 1", "a eq 1)", "()",
  "a eq 'x", "a eq 'x''", "a eq \"x\"", "a & b", "not", "a in 1", "a in ()", "a in (1", "a in (b)",
  "startswith(a)", "startswith(a,'b','c')", "any(x:x eq 1)(", "a/any(x x eq 1)", "a/any(x:",
  "a/all()", "a/", "a eq 1.2.3", "a eq 1x", "a eq -", "isof()", "\255", "a eq \0", "a eq '\n",
  ("("):rep(41) .. "a eq 1" .. (")"):rep(41), ("not "):rep(41) .. "a", ("x"):rep(8193),
  ("a/any(x:"):rep(50) .. "x eq 1" .. (")"):rep(50),
}

describe("filter", function()
  for _, text in ipairs(FAULTS) do
    it("refuses " .. text:sub(1, 40):gsub("[^\32-\126]", "?"), function()
      local node, problem = errors.catch(filter.parse, text)
      assert.is_nil(node)
      assert.equal(400, problem.status)
      assert.truthy(core.encode(nil, problem.message))
    end)
  end

  it("binds and tighter than or, and not tighter than both", function()
    local node = filter.parse("a eq 1 or b eq 2 and not c eq 3 or d")
    assert.equal("or", node.kind)
    assert.equal(3, #node)
    assert.equal("and", node[2].kind)
    assert.equal("not", node[2][2].kind)
    assert.equal("eq", node[2][2][1].kind)
  end)

  it("takes a long chain", function()
    assert.equal(500, #filter.parse(("a eq 1 or "):rep(499) .. "b"))
  end)

  it("keeps every digit of a number", function()
    local node = filter.parse("created eq 12345678901234567890")
    assert.equal("12345678901234567890", tostring(node[2].value))
  end)
end)
