local core = require "graphinvite.core"
local filter = require "graphinvite.filter"

-- What is claimed, format, values with their number, text.
local FILTERS = {
  { "a text", "mail eq %s", { "a@b.c", n = 1 }, "mail eq 'a@b.c'" },
  { "quotes in a text", "mail eq %s", { "let's 'go'", n = 1 }, "mail eq 'let''s ''go'''" },
  { "an empty text", "mail eq %s", { "", n = 1 }, "mail eq ''" },
  { "a text that looks like more filter", "mail eq %s", { "x' or 1 eq 1 or mail eq '", n = 1 },
    "mail eq 'x'' or 1 eq 1 or mail eq '''" },
  { "a text with the mark in it", "a eq %s and b eq %s", { "%s", "%1", n = 2 },
    "a eq '%s' and b eq '%1'" },
  { "a number", "x gt %s", { 5, n = 1 }, "x gt 5" },
  { "a negative number", "x gt %s", { -5, n = 1 }, "x gt -5" },
  { "a fraction", "x gt %s", { 0.5, n = 1 }, "x gt 0.5" },
  { "a large number", "x gt %s", { 9007199254740991, n = 1 }, "x gt 9007199254740991" },
  { "a number made of digits", "x gt %s", { core.number "12345678901234567890", n = 1 },
    "x gt 12345678901234567890" },
  { "booleans", "a eq %s and b eq %s", { true, false, n = 2 }, "a eq true and b eq false" },
  { "nil", "a eq %s and b eq %s", { nil, "x", n = 2 }, "a eq null and b eq 'x'" },
  { "null", "a eq %s", { core.null, n = 1 }, "a eq null" },
  { "several values in order", "%s %s %s", { 1, "2", 3, n = 3 }, "1 '2' 3" },
  { "other percent signs as they are", "a eq '%d%%' and b eq %s", { 1, n = 1 },
    "a eq '%d%%' and b eq 1" },
  { "no value", "accountEnabled eq true", { n = 0 }, "accountEnabled eq true" },
}

local unpack = unpack or table.unpack -- luacheck: ignore 113 143

describe("filter", function()
  for _, row in ipairs(FILTERS) do
    it("quotes " .. row[1], function()
      assert.equal(row[4], (filter.format(row[2], unpack(row[3], 1, row[3].n))))
    end)
  end

  it("gives one value, so that it can stand last in a call", function()
    assert.equal(1, select("#", filter.format("x eq %s", 1)))
  end)

  it("keeps all digits of an Int64", function()
    local value = core.int64 "9223372036854775807"
    local wanted = type(value) == "number" and "9223372036854775807" or "'9223372036854775807'"
    assert.equal("x eq " .. wanted, filter.format("x eq %s", value))
  end)

  for _, value in ipairs { {}, print, 0 / 0, math.huge } do
    it("raises at the caller's line for " .. tostring(value):gsub(":.*", ""), function()
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, message = pcall(function() filter.format("x eq %s", value) end)
      assert.is_false(ok)
      local wanted = "filter_spec.lua:%d: a filter takes strings, numbers and booleans"
      assert.matches(wanted:format(line), message, 1, true)
    end)
  end
end)
