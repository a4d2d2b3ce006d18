local randoms = require "graphinvite.emulator.random"

describe("random", function()
  it("gives the numbers of L'Ecuyer's generator on every Lua", function()
    local random = randoms.new(1)
    local numbers = {}
    for i = 1, 4 do
      numbers[i] = ("%d"):format(random:draw())
    end
    assert.same({ "151886861", "2055093929", "1163877142", "330075866" }, numbers)
  end)

  it("gives GUIDs of version 4, none twice", function()
    local random, seen = randoms.new(0), {}
    for _ = 1, 10000 do
      local guid = random:guid()
      assert.truthy(guid:find("^%x+%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x+$"))
      assert.equal(36, #guid)
      assert.is_nil(seen[guid])
      seen[guid] = true
    end
  end)

  it("gives numbers that spread over [0, 1)", function()
    local random, sum, low, high = randoms.new(3), 0, 1, 0
    for _ = 1, 10000 do
      local number = random:uniform()
      assert.is_true(number >= 0 and number < 1)
      sum, low, high = sum + number, math.min(low, number), math.max(high, number)
    end
    assert.is_true(math.abs(sum / 10000 - 0.5) < 0.02)
    assert.is_true(low < 0.01 and high > 0.99)
  end)

  it("takes any seed, and no two give the same", function()
    local seen = {}
    for _, seed in ipairs { 0, 1, 2, 1000, 2147483562, 2147483563, 2 ^ 40, 2 ^ 53 - 1 } do
      local guid = randoms.new(seed):guid()
      assert.is_nil(seen[guid])
      seen[guid] = true
    end
  end)
end)
