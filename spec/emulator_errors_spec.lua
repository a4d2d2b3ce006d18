local errors = require "graphinvite.emulator.errors"
local helper = require "spec.helper"

describe("errors", function()
  it("are rows with status, code, message and source", function()
    local count = 0
    for key, row in pairs(errors.ROWS) do
      assert.is_true(row[1] >= 400 and row[1] < 600, key)
      assert.equal("string", type(row[2]), key)
      assert.equal("string", type(row[3]), key)
      assert.equal("string", type(row.source), key)
      count = count + 1
    end
    assert.is_true(count > 20)
  end)

  it("are caught as values, and nothing else is", function()
    local result, problem = errors.catch(errors.refuse, "resource", "x")
    assert.is_nil(result)
    assert.equal(404, problem.status)
    assert.truthy(tostring(problem):find("404 Request_ResourceNotFound: Resource 'x'", 1, true))
    assert.equal("fine", errors.catch(function() return "fine" end))
    assert.error_matches(function()
      errors.catch(error, "a fault of ours")
    end, "a fault of ours")
  end)

  it("print any bytes", function()
    assert.equal("ab", errors.printable("ab"))
    assert.equal("ä", errors.printable("ä"))
    assert.equal("a??b", errors.printable("a\255\254b"))
    assert.equal(256, #errors.printable(("x"):rep(1000)))
    assert.equal(256, #errors.printable(("ä"):rep(1000)))
  end)
end)

helper.over_every_tenant(function(open)
  describe("an error's answer", function()
    local ask

    setup(function()
      ask = open()
    end)

    it("has the shape of reference 4.1", function()
      local response = ask("GET /v1.0/users/nobody", nil, { ["client-request-id"] = "mine" })
      assert.equal(404, response.status)
      local err = response.value.error
      assert.equal("Request_ResourceNotFound", err.code)
      assert.truthy(err.message:find("Resource 'nobody' does not exist", 1, true))
      assert.equal("2026-01-01T00:00:00", err.innerError.date)
      assert.equal("mine", err.innerError["client-request-id"])
      assert.equal(response.headers["request-id"], err.innerError["request-id"])
      assert.is_nil(err.target)
      assert.is_nil(err.details)
    end)

    it("has the request's id for the caller's where there is none: reference 4.1", function()
      local inner = ask("GET /v1.0/users/nobody").value.error.innerError
      assert.equal(inner["request-id"], inner["client-request-id"])
    end)

    it("shows any bytes of the path", function()
      for _, path in ipairs { "%FF%FE", "%00", "%0D%0A", "%22%5C", ("x"):rep(2000) } do
        local response = ask("GET /v1.0/users/" .. path)
        assert.equal(404, response.status)
        assert.equal("Request_ResourceNotFound", response.value.error.code)
      end
    end)
  end)
end)
