local journals = require "graphinvite.emulator.journal"

describe("journal", function()
  it("keeps the last 10,000 entries, the oldest first", function()
    local journal = journals.new()
    assert.same({}, journal:list())
    for i = 1, 10000 do
      journal:add(i)
    end
    assert.equal(10000, #journal:list())
    assert.equal(1, journal:list()[1])
    for i = 10001, 25003 do
      journal:add(i)
    end
    local list = journal:list()
    assert.equal(10000, #list)
    assert.equal(15004, list[1])
    assert.equal(25003, list[10000])
    for i = 2, #list do
      assert.equal(list[i - 1] + 1, list[i])
    end
  end)
end)
