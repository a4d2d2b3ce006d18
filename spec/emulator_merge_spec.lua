local core = require "graphinvite.core"
local merge = require "graphinvite.emulator.merge"

local null = core.null

-- claim, old, changes, new: reference 3.3
local ROWS = {
  { "leaves what is absent", { a = 1 }, {}, { a = 1 } },
  { "adds", { a = 1 }, { b = 2 }, { a = 1, b = 2 } },
  { "sets", { a = 1 }, { a = 2 }, { a = 2 } },
  { "keeps false", { a = true }, { a = false }, { a = false } },
  { "clears by null", { a = { b = 1 } }, { a = null }, { a = null } },
  { "fills null", { a = null }, { a = { b = 1 } }, { a = { b = 1 } } },
  { "merges objects", { a = { b = 1, c = 2 } }, { a = { c = 3 } }, { a = { b = 1, c = 3 } } },
  { "leaves an object by {}", { a = { b = 1 } }, { a = {} }, { a = { b = 1 } } },
  { "replaces collections", { a = { 1, 2, 3 } }, { a = { 4 } }, { a = { 4 } } },
  { "empties a collection", { a = { 1 } }, { a = {} }, { a = {} } },
  { "fills a collection", { a = {} }, { a = { 1 } }, { a = { 1 } } },
  { "puts an object for a text", { a = "x" }, { a = { b = 1 } }, { a = { b = 1 } } },
}

describe("merge", function()
  for _, row in ipairs(ROWS) do
    it(row[1], function()
      assert.same(row[4], merge(row[2], row[3]))
    end)
  end

  it("leaves both as they were", function()
    local old, changes = { a = { b = 1 } }, { a = { c = 2 } }
    merge(old, changes)
    assert.same({ a = { b = 1 } }, old)
    assert.same({ a = { c = 2 } }, changes)
  end)

  it("keeps an array that is marked as one", function()
    local new = merge({ a = { b = 1 } }, { a = core.array {} })
    assert.equal("[]", core.encode(nil, new.a))
  end)
end)
