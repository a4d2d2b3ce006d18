local core = require "graphinvite.core"
local json_text = require "spec.support.json_text"

local V2 = "microsoft.graph.InvitationV2"
local RESULT = "microsoft.graph.resultInfo"
local INTEGERS = math.type ~= nil -- Lua 5.3 and later have them

-- The members that are Int64, in texts that leave room for a number.
local INT64_MEMBERS = {
  { V2, '{"created":%s}' },
  { V2, '{"lastModified":%s}' },
  { "microsoft.graph.participant", '{"rosterSequenceNumber":%s}' },
  { "microsoft.graph.call", '{"toneInfo":{"sequenceId":%s}}' },
}

local INT64 = {
  "0", "-1", "1485388767467", "9007199254740991", "9007199254740992", "9007199254740993",
  "-9007199254740993", "9223372036854775806", "9223372036854775807", "-9223372036854775808",
}

local NOT_INT64 = {
  "9223372036854775808", "-9223372036854775809", "18446744073709551616", "12345678901234567890",
  "1.5", "1.0", "1e3", '"Integer"', '"1.5"', '"1e3"', '" 1"', '"1 "', '"01"', '"+1"', '"-"', '""',
  "true", "{}", "[]",
}

-- What a typed Int64 is in Lua: an integer; without integers a number up to 2^53, else text.
local TYPED = {
  { "9007199254740992", 9007199254740992, 9007199254740992 },
  { "-9007199254740992", -9007199254740992, -9007199254740992 },
  { "9007199254740993", 9007199254740992 + 1, "9007199254740993" },
  { "-9223372036854775808", math.mininteger, "-9223372036854775808" },
  { "9223372036854775807", math.maxinteger, "9223372036854775807" },
}

-- Untyped numbers that every Lua has as a number of its own.
local PLAIN = {
  { "0", 0 }, { "-1", -1 }, { "0.1", 0.1 }, { "1.5e-7", 1.5e-7 }, { "1E2", 100 }, { "1.0", 1 },
  { "123456789012345", 123456789012345 }, { "9007199254740991", 9007199254740991 },
  { "1.7976931348623157e308", 1.7976931348623157e308 },
  { "0.30000000000000004", 0.1 + 0.2 }, { "0e99999", 0 }, { "1e22", 1e22 }, { "1e23", 1e23 },
  { "7e-23", 7e-23 },
}

-- Untyped numbers that no Lua has, and some that only Lua with integers has.
local NUMBERS_OF_DIGITS = {
  "9007199254740993.0", "12345678901234567890", "-12345678901234567890", "0.12345678901234567890",
  "3.141592653589793238462643383279", "1e400", "-1e400", "1e-400", "0.1e-99999999999999999999",
  "10e-99999999999999999999", "1e99999999999999999999", ("9"):rep(300),
  "0." .. ("0"):rep(100) .. "1",
}
local WIDE_INTEGERS = { "9007199254740993", "9223372036854775807", "-9223372036854775808" }

-- Integers that a double holds, but whose text as a double has an exponent.
local LARGE_INTEGERS = { "10000000000000000", "100000000000000000000", "9223372036854775808000" }

local NOT_NUMBERS = {
  "", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x10", "1 ", " 1", "NaN", "Infinity", "1_000",
  "1,5", "١",
}

describe("number", function()
  for _, member in ipairs(INT64_MEMBERS) do
    for _, digits in ipairs(INT64) do
      local text = member[2]:format(digits)

      it("keeps every digit of " .. text, function()
        assert.equal(text, (core.encode(member[1], assert(core.decode(member[1], text)))))
      end)

      it("keeps every digit of " .. text .. " that came or goes as a string", function()
        local quoted = member[2]:format('"' .. digits .. '"')
        local value = assert(core.decode(member[1], quoted))
        assert.equal(text, (core.encode(member[1], value)))
        assert.equal(quoted, (core.encode(member[1], value, { int64 = "string" })))
      end)
    end

    for _, bad in ipairs(NOT_INT64) do
      it("refuses to read " .. member[2]:format(bad), function()
        local value, why = core.decode(member[1], member[2]:format(bad))
        assert.is_nil(value)
        assert.matches("^[%a.]+: not an Int64: ", why)
      end)
    end
  end

  for _, row in ipairs(TYPED) do
    it("reads a typed " .. row[1] .. " as the type that this Lua has for it", function()
      local value = assert(core.decode(V2, '{"created":' .. row[1] .. "}")).created
      local wanted = INTEGERS and row[2] or row[3]
      assert.equal(wanted, value)
      assert.equal(INTEGERS and "integer" or nil, INTEGERS and math.type(value) or nil)
      assert.equal(wanted, (core.int64(row[1])))
    end)
  end

  for _, row in ipairs { { "2147483647", "2147483648" }, { "-2147483648", "-2147483649" } } do
    local last, beyond = row[1], row[2]
    it("takes " .. last .. " for an Int32, but not " .. beyond, function()
      local text = '{"code":' .. last .. "}"
      assert.equal(text, (core.encode(RESULT, assert(core.decode(RESULT, text)))))
      assert.is_nil((core.decode(RESULT, '{"code":' .. beyond .. "}")))
      assert.is_nil((core.encode(RESULT, { code = tonumber(beyond) })))
    end)
  end

  for _, row in ipairs(PLAIN) do
    it("reads the untyped " .. row[1] .. " as a number and writes an equal one", function()
      local value = assert(core.decode(nil, "[" .. row[1] .. "]"))
      assert.equal("number", type(value[1]))
      assert.equal(row[2], value[1])
      assert(json_text.equal(assert(core.encode(nil, value)), "[" .. row[1] .. "]"))
    end)
  end

  for _, text in ipairs(NUMBERS_OF_DIGITS) do
    it("keeps the untyped " .. text:sub(1, 30) .. " as a core.number", function()
      local value = assert(core.decode(nil, "[" .. text .. "]"))
      assert.equal("userdata", type(value[1]))
      assert.equal(text, tostring(value[1]))
      assert.is_true(value[1] == core.number(text))
      assert.equal("[" .. text .. "]", (core.encode(nil, value)))
      assert.equal('{"x":' .. text .. "}", (core.encode("microsoft.graph.user", { x = value[1] })))
    end)
  end

  for _, text in ipairs(WIDE_INTEGERS) do
    it("keeps the digits of the untyped " .. text, function()
      local value = assert(core.decode(nil, "[" .. text .. "]"))
      assert.equal(INTEGERS and "number" or "userdata", type(value[1]))
      assert.equal("[" .. text .. "]", (core.encode(nil, value)))
    end)
  end

  for _, text in ipairs(LARGE_INTEGERS) do
    it("writes the untyped integer " .. text .. " as an integer", function()
      local value = assert(core.decode(nil, "[" .. text .. "]"))
      assert.equal("[" .. text .. "]", (core.encode(nil, value)))
    end)
  end

  it("keeps floats and integers apart where Lua does", function()
    assert.equal(INTEGERS and "[1.0,1]" or "[1,1]", (core.encode(nil, { 1.0, 1 })))
    local value = core.decode(nil, "[1.0,1]")
    assert.equal(INTEGERS and "float" or nil, INTEGERS and math.type(value[1]) or nil)
    assert.equal(INTEGERS and "integer" or nil, INTEGERS and math.type(value[2]) or nil)
  end)

  it("compares numbers made of digits by their text", function()
    assert.is_true(core.number "1.0" == core.number "1.0")
    assert.is_false(core.number "1.0" == core.number "1")
    assert.is_false(core.number "1" == "1")
  end)

  for _, text in ipairs(NOT_NUMBERS) do
    it(("makes no number of %q"):format(text), function()
      local value, why = core.number(text)
      assert.is_nil(value)
      assert.equal("not a JSON number", why)
      assert.is_nil((core.int64(text)))
    end)
  end

  it("makes an Int64 of what stands for one and of nothing else", function()
    assert.equal(12, core.int64 "12")
    assert.equal(12, core.int64(12.0))
    assert.equal(12, core.int64(core.number "12"))
    local others = { 1.5, 2 ^ 63, 2 ^ 53 + 2, 1 / 0, "1.0", "9223372036854775808", true, {} }
    for _, bad in ipairs(others) do
      local value, why = core.int64(bad)
      assert.is_nil(value)
      assert.equal("not an Int64", why)
    end
  end)
end)
