local ids = require "graphinvite.emulator.ids"

local GUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"

describe("ids", function()
  it("are GUIDs of version 4, the same on every Lua", function()
    assert.equal("9e3779b2-b281-434f-800c-60977af905c6", ids.guid(1, 1))
    for number = 0, 2000 do
      assert.truthy(ids.guid(4294967295, number):find(GUID))
    end
  end)

  it("tell their number, and no other text does", function()
    for _, key in ipairs { 0, 1, 2147483562, 4294967295 } do
      for _, number in ipairs { 0, 1, 2, 65535, 65536, 100000, 2147483648, 4294967295 } do
        local guid = ids.guid(key, number)
        assert.equal(number, ids.number(key, guid))
        assert.is_nil(ids.number(key == 0 and 1 or 0, guid))
        assert.is_nil(ids.number(key, guid .. "0"))
        local last = guid:sub(-1) == "0" and "1" or "0"
        assert.is_nil(ids.number(key, guid:sub(1, -2) .. last))
      end
    end
    for _, text in ipairs { "", "x", "00000000-", "00000000-0000-0000-0000-000000000000" } do
      assert.is_nil(ids.number(7, text))
    end
  end)

  it("differ for different numbers", function()
    local seen = {}
    for number = 1, 20000 do
      local guid = ids.guid(7, number)
      assert.is_nil(seen[guid])
      seen[guid] = true
    end
  end)

  it("come with a ticket that does not show them", function()
    assert.truthy(ids.ticket(5, 1):find("^%x+$"))
    assert.equal(32, #ids.ticket(5, 1))
    assert.not_equal(ids.ticket(5, 1), ids.ticket(5, 2))
  end)
end)
