local stores = require "graphinvite.emulator.store"

describe("a store", function()
  it("keeps entries, and the last one of a key", function()
    local store = stores.new()
    local first, second = { expires = 1 }, { expires = 2 }
    store:put("a", first, 0)
    assert.equal(first, store:get "a")
    store:put("a", second, 0)
    assert.equal(second, store:get "a")
    assert.equal(1, store.count)
    assert.is_nil(store:get "b")
  end)

  it("forgets what has expired, when there is much of it", function()
    local store = stores.new()
    store:put("late", { expires = 100 }, 0)
    for i = 1, 30000 do
      store:put("early" .. i, { expires = i / 1000 }, i / 1000)
    end
    assert.truthy(store:get "late")
    assert.truthy(store:get "early30000")
    assert.is_nil(store:get "early1")
    assert.truthy(store.count <= 10001)
  end)

  it("loses nothing that is still good, however much there is", function()
    local store = stores.new()
    for i = 1, 25000 do
      store:put("x" .. i, { expires = 1 }, 0)
    end
    for i = 1, 25000 do
      assert(store:get("x" .. i))
    end
    assert.equal(25000, store.count)
  end)
end)
