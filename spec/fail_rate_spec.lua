local helper = require "spec.helper"

local USERS = "GET /v1.0/users"

helper.over_every_tenant(function(open, name)
  describe("the control fail_rate", function()
    local ask, emulator

    setup(function()
      ask, emulator = open { seed = 7 }
    end)

    before_each(function()
      emulator:reset()
    end)

    -- The places of the requests that fail, and how many they are.
    local function failures(count, line)
      local places, n = {}, 0
      for i = 1, count do
        if ask(line or USERS).status == 503 then
          n = n + 1
          places[n] = i
        end
      end
      return table.concat(places, " "), n
    end

    it("fails a part of the requests, the same ones with the same seed", function()
      emulator:fail_rate { rate = 0.3, status = 503 }
      local first, count = failures(100)
      assert.is_true(count > 15 and count < 45)
      emulator:reset()
      assert.equal(0, select(2, failures(20)))
      emulator:reset()
      emulator:fail_rate { rate = 0.3, status = 503 }
      assert.equal(first, (failures(100)))
      local other, other_emulator = open { seed = 8 }
      other_emulator:fail_rate { rate = 0.3, status = 503 }
      ask, other = other, ask
      local second = failures(100)
      ask = other
      assert.not_equal(first, second)
    end)

    it("fails all, or none", function()
      emulator:fail_rate { rate = 0, status = 503 }
      assert.equal(0, select(2, failures(50)))
      emulator:fail_rate { rate = 1, status = 503, headers = { ["Retry-After"] = "7" } }
      assert.equal(50, select(2, failures(50)))
      assert.equal("7", ask(USERS).headers["retry-after"])
      emulator:fail_rate()
      assert.equal(0, select(2, failures(50)))
    end)

    it("leaves alone what it is not about, and draws nothing for it", function()
      emulator:fail_rate { rate = 0.5, status = 503, match = "/users" }
      local first = failures(20)
      emulator:reset()
      emulator:fail_rate { rate = 0.5, status = 503, match = "/users" }
      assert.equal(0, select(2, failures(20, "GET /v1.0/invitations")))
      assert.equal(first, (failures(20)))
    end)

    it("does not change the ids of the tenant", function()
      local function create()
        return ask("POST /v1.0/communications/calls", {}).value.id
      end
      local id = create()
      emulator:reset()
      emulator:fail_rate { rate = 0.5, status = 503, match = "/users" }
      failures(10)
      assert.equal(id, create())
    end)

    it("makes faults too", function()
      emulator:fail_rate { rate = 0.5, fault = "foreign_redirect", match = "/users" }
      local redirected = 0
      for _ = 1, 40 do
        redirected = redirected + (ask(USERS).status == 307 and 1 or 0)
      end
      assert.is_true(redirected > 8 and redirected < 32)
      local noted = 0
      for _, request in ipairs(emulator:requests()) do
        noted = noted + (request.fault == "foreign_redirect" and 1 or 0)
      end
      assert.equal(redirected, noted)
    end)

    it("comes after what fail_next has said", function()
      emulator:fail_rate { rate = 1, status = 503 }
      emulator:fail_next { status = 502 }
      assert.equal(502, ask(USERS).status)
      assert.equal(503, ask(USERS).status)
    end)

    it("goes on as it would have after a snapshot was restored", function()
      emulator:fail_rate { rate = 0.5, status = 503 }
      failures(5)
      emulator:snapshot()
      local first = failures(40)
      emulator:reset()
      emulator:restore()
      assert.equal(first, (failures(40)))
    end)

    -- fields, what the mistake names
    local MISTAKES = {
      { { status = 503 }, "rate" }, { { rate = 1.1, status = 503 }, "rate" },
      { { rate = -1, status = 503 }, "rate" }, { { rate = 0 / 0, status = 503 }, "rate" },
      { { rate = 0.5 }, "status" }, { { rate = 0.5, fault = "what" }, "fault" },
      { { rate = 0.5, status = 503, count = 1 }, "count" },
      { { rate = 0.5, status = 200 }, "status" },
    }
    for i, row in ipairs(MISTAKES) do
      it("says what is wrong: case " .. i, function()
        if row[1].rate ~= row[1].rate and name == "over HTTP" then
          return -- JSON has no such number
        end
        local ok, why = pcall(emulator.fail_rate, emulator, row[1])
        assert.is_false(ok)
        assert.truthy(tostring(why):find(row[2], 1, true))
      end)
    end
  end)
end)
