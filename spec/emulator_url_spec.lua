local url = require "graphinvite.emulator.url"

describe("url", function()
  -- text, what it stands for; nil where an escape is broken
  local TEXTS = {
    { "", "" }, { "plain", "plain" }, { "a%20b", "a b" }, { "%41%61", "Aa" }, { "%2f%2F", "//" },
    { "%25", "%" }, { "%2541", "%41" }, { "%C3%A4", "ä" }, { "a+b", "a+b" }, { "%00", "\0" },
    { "%" }, { "%4" }, { "%zz" }, { "%%41" }, { "%4%31" }, { "a%2" },
  }
  for _, row in ipairs(TEXTS) do
    it("decodes " .. row[1], function()
      assert.equal(row[2], url.decode(row[1]))
    end)
  end

  -- text, values; nil where it cannot be read
  local FORMS = {
    { "", {} }, { "&&", {} }, { "a=1", { a = "1" } }, { "a=1&b=2", { a = "1", b = "2" } },
    { "a", { a = "" } }, { "=", { [""] = "" } }, { "a=b=c", { a = "b=c" } },
    { "a=x+y%2Bz", { a = "x y+z" } }, { "%24top=1", { ["$top"] = "1" } },
    { "a=1&a=2" }, { "a=1&%61=2" }, { "a=%" }, { "%=a" },
  }
  for _, row in ipairs(FORMS) do
    it("reads " .. row[1], function()
      local values, why = url.parameters(row[1])
      assert.same(row[2], values)
      assert.equal(row[2] == nil and "string" or "nil", type(why))
    end)
  end
end)
