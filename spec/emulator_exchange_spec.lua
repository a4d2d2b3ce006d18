local emulators = require "graphinvite.emulator"
local exchanges = require "graphinvite.emulator.exchange"

describe("exchange", function()
  local emulator = emulators.new { cloud = "usgov" }

  local function open(url, headers, origin)
    return exchanges.open(emulator, {
      method = "GET", url = url, headers = headers or {}, origin = origin,
    })
  end

  -- url, path, query
  local URLS = {
    { "/v1.0/users", "/v1.0/users", "" }, { "/a?b=c", "/a", "b=c" }, { "/a?", "/a", "" },
    { "/a?b?c#d?e", "/a", "b?c" }, { "/a#b?c", "/a", "" }, { "https://h/a?b", "/a", "b" },
    { "https://h:1?b", "", "b" }, { "https://h", "", "" }, { "//h/a", "//h/a", "" },
    { "a", "a", "" }, { "", "", "" }, { "*", "*", "" }, { "?", "", "" },
  }
  for _, row in ipairs(URLS) do
    it("splits " .. row[1], function()
      local exchange = open(row[1])
      assert.equal(row[2], exchange.path)
      assert.equal(row[3], exchange.query)
    end)
  end

  -- url, Host, origin of the record, origin of the links
  local ORIGINS = {
    { "https://graph.example/v1.0", "x", nil, "https://graph.example" },
    { "/v1.0", "127.0.0.1:4711", nil, "http://127.0.0.1:4711" },
    { "/v1.0", "[::1]:4711", nil, "http://[::1]:4711" },
    { "/v1.0", "x", "https://y:1", "https://y:1" },
    { "/v1.0", nil, nil, "https://graph.microsoft.us" },
    { "/v1.0", "a/b", nil, "https://graph.microsoft.us" },
    { "/v1.0", "a\r\nb", nil, "https://graph.microsoft.us" },
    { "/v1.0", "", nil, "https://graph.microsoft.us" },
  }
  for _, row in ipairs(ORIGINS) do
    it(("finds the origin of %s: %s"):format(row[1], row[4]), function()
      assert.equal(row[4], open(row[1], { host = row[2] }, row[3]).origin)
    end)
  end

  it("takes the caller's id where it is one, and has its own", function()
    local exchange = open("/", { ["client-request-id"] = "mine" })
    assert.equal("mine", exchange.given_id)
    assert.equal("mine", exchange.client_request_id)
    for _, id in ipairs { "", "a b", "a\n", "\255", ("x"):rep(129) } do
      exchange = open("/", { ["client-request-id"] = id })
      assert.is_nil(exchange.given_id)
      assert.equal(exchange.request_id, exchange.client_request_id)
    end
  end)
end)
