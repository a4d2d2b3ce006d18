local sys = require "graphinvite.sys"
local process = require "spec.support.process"

describe("sys", function()
  it("tells the time of day with a fraction", function()
    local before, now, after = os.time(), sys.wall(), os.time()
    -- os.time() may be a tick behind, and so a whole second
    assert.is_true(before <= now and now < after + 2)
  end)

  it("tells the number of this process", function()
    assert.equal(process.output "echo $PPID", tostring(sys.pid()))
  end)

  it("is all in the types for editors", function()
    local file = assert(io.open "lua/graphinvite/meta/sys.lua")
    local text = file:read "*a"
    file:close()
    local signals, path = sys.signals { "HUP" }, os.tmpname()
    local lock = assert(sys.lock(path))
    for object, value in pairs {
      ["sys."] = sys, ["signals:"] = getmetatable(signals), ["lock:"] = getmetatable(lock),
    } do
      local described, present = {}, {}
      for name in text:gmatch("\nfunction " .. object:gsub("%.", "%%.") .. "([%w_]+)") do
        described[name] = true
      end
      for name in pairs(value) do
        present[name] = not name:find "^__" or nil
      end
      assert.same(present, described)
    end
    signals:close()
    lock:release()
    os.remove(path)
  end)

  it("sleeps no time at all when it is told so", function()
    assert.equal(0, select("#", sys.sleep(0)))
  end)

  it("sleeps a part of a second", function()
    local before = sys.wall()
    sys.sleep(0.002)
    assert.is_true(sys.wall() - before >= 0.0019)
  end)

  local WRONG = { ["a negative time"] = -1, ["no number"] = 0 / 0, ["a text"] = "soon" }
  for name, value in pairs(WRONG) do
    it("raises for " .. name, function()
      local _, message = pcall(function()
        sys.sleep(value)
      end)
      assert.matches("sys_spec.lua:%d+: bad argument #1 to 'sleep'", message)
    end)
  end
end)
