local columns = require "graphinvite.emulator.columns"

describe("columns", function()
  local store

  before_each(function()
    store = columns.new { "a", "b" }
  end)

  it("give back what was put in", function()
    local records = {
      { a = 1, b = 2 }, { a = "x" }, {}, { a = 1, c = 3, d = { 4 } }, { b = 1, yes = true },
      { yes = true }, { yes = false },
    }
    for i, record in ipairs(records) do
      local copy = {}
      for name, value in pairs(record) do
        copy[name] = value
      end
      assert.equal(i, store:add(copy))
    end
    for i, record in ipairs(records) do
      assert.same(record, store:get(i))
    end
    assert.equal(#records, store.size)
    assert.equal(#records, store.count)
  end)

  it("hand out copies", function()
    store:add { a = 1, c = 2 }
    local record = store:get(1)
    record.a, record.c = 3, 4
    assert.same({ a = 1, c = 2 }, store:get(1))
  end)

  it("do not mix up records that share what they have more", function()
    store:add { a = 1, yes = true }
    store:add { a = 2, yes = true }
    store:put(1, { a = 1, yes = false })
    assert.is_false(store:get(1).yes)
    assert.is_true(store:get(2).yes)
  end)

  it("keep the places of the others when one is removed", function()
    for i = 1, 3 do
      store:add { a = i }
    end
    store:remove(2)
    assert.is_nil(store:get(2))
    assert.same({ a = 3 }, store:get(3))
    assert.equal(3, store.size)
    assert.equal(2, store.count)
    assert.equal(4, store:add { a = 4 })
    assert.is_nil(store:get(9))
  end)
end)
