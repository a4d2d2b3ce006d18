local errors = require "graphinvite.emulator.errors"
local query = require "graphinvite.emulator.query"

-- What the options of a list do is in emulator_collection_spec.lua.
describe("query", function()
  -- text, options as read: reference 3.8
  local TEXTS = {
    { "", {} }, { "x=1&y", {} }, { "$top=5&$skip=0", { top = 5, skip = 0 } },
    { "%24top=5", { top = 5 } }, { "$count=true", { count = true } },
    { "$count=false", { count = false } },
    { "$select=a,%20b%20,c", { select = { "a", "b", "c" } } },
    {
      "$orderby=a,b%20desc,c/d%20%20asc", {
        orderby = {
          { path = "a", descending = false }, { path = "b", descending = true },
          { path = "c/d", descending = false },
        },
      },
    },
    { "$expand=a", { expand = { name = "a" } } },
    { "$expand=a($select=b,c)", { expand = { name = "a", select = { "b", "c" } } } },
    { "$skiptoken=graphinvite-1f", { skiptoken = 31 } },
  }
  for _, row in ipairs(TEXTS) do
    it("reads " .. row[1], function()
      assert.same(row[2], query.read { query = row[1] })
    end)
  end

  it("takes options without the $ in beta: docs:query-parameters", function()
    local text = "top=5&$skip=1&select=a&x=1&what=2&format=json"
    assert.same({ skip = 1 }, query.read { query = text, version = "v1.0" })
    assert.same({ top = 5, skip = 1, select = { "a" }, format = "json" },
      query.read { query = text, version = "beta" })
    local exchange = { query = "top=5&skip=1&x=1", origin = "https://a", path = "/b" }
    assert.equal("https://a/b?top=5&skip=1&x=1&$skiptoken=graphinvite-6",
      query.next_link(exchange, 6))
    exchange.version = "beta"
    assert.equal("https://a/b?top=5&x=1&$skiptoken=graphinvite-6", query.next_link(exchange, 6))
    local _, problem = errors.catch(query.read, { query = "top=5&$top=5", version = "beta" })
    assert.matches("'$top' is given twice", problem.message, 1, true)
  end)

  it("refuses what it cannot read", function()
    for _, text in ipairs {
      "$top=x", "$what=1", "$top=1&$top=1", "a=%", "$orderby=a%20up", "$expand=a,b",
    } do
      local read, problem = errors.catch(query.read, { query = text })
      assert.is_nil(read)
      assert.equal(400, problem.status)
    end
  end)

  it("leads to the next page with everything but where this one began", function()
    local exchange = {
      origin = "http://h", path = "/v1.0/users", query = "$skip=3&$top=2&%24skiptoken=x&a=%20&b",
    }
    assert.equal("http://h/v1.0/users?$top=2&a=%20&b&$skiptoken=graphinvite-ff",
      query.next_link(exchange, 255))
  end)
end)
