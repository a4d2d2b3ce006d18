local journals = require "graphinvite.emulator.journal"

describe("journal", function()
  it("keeps the last 10,000 entries, the oldest first", function()
    local journal = journals.new()
    assert.same({}, journal:list())
    local function add(from, to)
      for i = from, to do
        journal:add { method = "GET", path = "/" .. i }
      end
    end
    add(1, 10000)
    assert.equal(10000, #journal:list())
    assert.equal("/1", journal:list()[1].path)
    add(10001, 25003)
    local list = journal:list()
    assert.equal(10000, #list)
    for i, entry in ipairs(list) do
      assert.equal("/" .. 15003 + i, entry.path)
    end
  end)

  it("keeps what can be printed, of bounded length", function()
    local journal = journals.new()
    journal:add { method = "G\255T", path = "/a\0b\r\n\255" }
    journal:add { method = "GET", path = ("/"):rep(100000) }
    local list = journal:list()
    assert.equal("G?T", list[1].method)
    assert.equal("/a?b???", list[1].path)
    assert.equal(1024, #list[2].path)
  end)
end)
