local clouds = require "graphinvite.clouds"

-- Reference 7.1 and 7.3.
local ROWS = {
  global = { "https://graph.microsoft.com", "https://login.microsoftonline.com",
    "api://AzureADTokenExchange" },
  usgov = { "https://graph.microsoft.us", "https://login.microsoftonline.us",
    "api://AzureADTokenExchangeUSGov" },
  dod = { "https://dod-graph.microsoft.us", "https://login.microsoftonline.us",
    "api://AzureADTokenExchangeUSGov" },
  china = { "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn",
    "api://AzureADTokenExchangeChina" },
}

-- URL, its origin.
local ORIGINS = {
  { "https://graph.microsoft.com", "https://graph.microsoft.com:443" },
  { "https://graph.microsoft.com/v1.0/users?x#y", "https://graph.microsoft.com:443" },
  { "https://graph.microsoft.com?x", "https://graph.microsoft.com:443" },
  { "https://graph.microsoft.com:443/", "https://graph.microsoft.com:443" },
  { "HTTPS://Graph.Microsoft.COM/V1", "https://graph.microsoft.com:443" },
  { "https://graph.microsoft.com:8443", "https://graph.microsoft.com:8443" },
  { "http://127.0.0.1:41234/v1.0", "http://127.0.0.1:41234" },
  { "http://[::1]:8080/x", "http://[::1]:8080" },
  { "http://[FE80::1]", "http://[fe80::1]:80" },
  { "https://h/a@b", "https://h:443" },
  { "https://h?a@b", "https://h:443" },
}

local NO_ORIGINS = {
  "", "/v1.0/users", "graph.microsoft.com", "//graph.microsoft.com", "ftp://h/",
  "file:///etc/passwd", "javascript:alert(1)", "https:graph.microsoft.com",
  "https:/graph.microsoft.com", "https://", "https:///x", "https://:443/", "https://h:port/",
  "https://h:1:2/", "https://user@h/", "https://user:password@h/",
  "https://graph.microsoft.com@evil.example/", "https://a b/",
  "https://graph.microsoft.com\\@evil.example/", "https://evil.example\\.microsoft.com",
  "https://[::1/", "https://::1/", " https://h/", "https://h\n/",
}

-- Hosts that only look like the service's: their origin must be their own.
local LOOKALIKES = {
  "https://graph.microsoft.com.evil.example/", "https://graph.microsoft.com:444/",
  "http://graph.microsoft.com/", "https://graph.microsoft.com./", "https://graph.microsoft.comx",
  "https://xgraph.microsoft.com", "https://graph%2emicrosoft.com/",
  "https://graph.microsoft.com%2f.evil/", "https://graph.microsoft.com\0.evil.example/",
}

local LOCAL = {
  "localhost", "127.0.0.1", "127.255.255.254", "[::1]", "169.254.169.254", "[fe80::1]",
}

local NOT_LOCAL = {
  "graph.microsoft.com", "127.0.0.1.evil.example", "x127.0.0.1", "localhost.evil.example",
  "10.0.0.1", "192.168.0.1", "1.127.0.0", "169.254.evil.example", "[::2]", "[2001:db8::1]",
  "0.0.0.0", "", "fe80.evil.example",
}

describe("clouds", function()
  it("are those of the reference", function()
    for name, row in pairs(ROWS) do
      assert.same({ graph = row[1], authority = row[2], exchange = row[3] }, clouds.rows[name])
    end
    for name in pairs(clouds.rows) do
      assert.is_table(ROWS[name], name)
    end
  end)

  for _, row in ipairs(ORIGINS) do
    it("know scheme, host and port of " .. row[1], function()
      local origin, scheme, host = clouds.origin(row[1])
      assert.equal(row[2], origin)
      assert.equal(row[2], ("%s://%s:%s"):format(scheme, host, origin:match "%d+$"))
    end)
  end

  for _, url in ipairs(NO_ORIGINS) do
    it(("find no origin in %q"):format(url), function()
      assert.is_nil((clouds.origin(url)))
    end)
  end

  for _, url in ipairs(LOOKALIKES) do
    it(("do not take %q for the service"):format(url), function()
      assert.not_equal("https://graph.microsoft.com:443", (clouds.origin(url)))
    end)
  end

  for _, host in ipairs(LOCAL) do
    it("let a token go in clear text to " .. host, function()
      assert.is_true(clouds.is_local(host))
    end)
  end

  for _, host in ipairs(NOT_LOCAL) do
    it(("let no token go in clear text to %q"):format(host), function()
      assert.is_false(clouds.is_local(host))
    end)
  end
end)
