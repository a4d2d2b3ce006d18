local errors = require "graphinvite.errors"

local TEXTS = {
  { "graph", "No.", { code = "Request_BadRequest" }, "graph Request_BadRequest: No." },
  { "transport", "no connection", nil, "transport: no connection" },
  { "model", "x: no such property", { hint = "did you mean y?" },
    "model: x: no such property (did you mean y?)" },
  { "graph", "No.", { code = "c", hint = "h", status = 400, body = "4711", request_id = "r" },
    "graph c: No. (h)" },
}

describe("errors", function()
  for _, row in ipairs(TEXTS) do
    it("print as " .. row[4], function()
      assert.equal(row[4], tostring(errors.new(row[1], row[2], row[3])))
      local none, err = errors.fail(row[1], row[2], row[3])
      assert.is_nil(none)
      assert.equal(row[4], tostring(err))
    end)
  end

  it("have the fields that they are given, in a table of their own", function()
    local fields = { status = 429, retry_after = 2 }
    local err = errors.new("graph", "m", fields)
    assert.same({ kind = "graph", message = "m", status = 429, retry_after = 2 }, err)
    fields.status = 500
    assert.equal(429, err.status)
  end)

  it("can be told from other tables", function()
    assert.is_true(errors.is(errors.new("auth", "m")))
    assert.is_true(errors.is(errors.from { kind = "graph", message = "m" }))
    for _, other in ipairs { {}, "graph: m", 5, true, setmetatable({}, {}) } do
      assert.is_false(errors.is(other))
    end
    assert.is_false(errors.is(nil))
  end)

  it("are made of the faults that core.response gives", function()
    local fault = { kind = "graph", message = "m", code = "c" }
    assert.equal(fault, errors.from(fault))
    assert.equal("graph c: m", tostring(fault))
  end)
end)

describe("check", function()
  it("passes everything on where there is a value", function()
    local function all(...)
      return select("#", ...), ...
    end
    assert.same({ 3, 1, nil, "x" }, { all(errors.check(1, nil, "x")) })
    assert.equal(0, errors.check(0))
    assert.equal("", errors.check "")
  end)

  for _, row in ipairs {
    { "an error value", errors.new("graph", "No.", { code = "c" }), "graph c: No." },
    { "a text", "no such file", "no such file" },
    { "nothing", nil, "check failed: there is no value and no error" },
  } do
    it("raises a text at the caller's line for " .. row[1], function()
      for _, values in ipairs { {}, { false } } do
        local line = debug.getinfo(1, "l").currentline + 1
        local ok, message = pcall(function() errors.check(values[1], row[2]) end)
        assert.is_false(ok)
        assert.equal("string", type(message))
        assert.matches(("errors_spec.lua:%d: %s"):format(line, row[3]), message, 1, true)
      end
    end)
  end
end)

describe("misuse", function()
  it("raises at the line that called the library", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, message = pcall(function() errors.misuse "no" end)
    assert.is_false(ok)
    assert.matches(("errors_spec.lua:%d: no$"):format(line), message)
  end)

  it("passes over functions in C on its way", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, message = pcall(errors.misuse, "no")
    assert.is_false(ok)
    assert.matches(("errors_spec.lua:%d: no$"):format(line), message)
  end)

  it("raises also where nobody of the user's is on the stack", function()
    local thread = coroutine.create(errors.misuse)
    local ok, message = coroutine.resume(thread, "no")
    assert.is_false(ok)
    assert.matches("no$", message)
  end)
end)
