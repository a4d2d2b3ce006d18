local grants = require "graphinvite.emulator.grants"

local CHINA = "https://microsoftgraph.chinacloudapi.cn"

describe("grants", function()
  it("have rows with status, error, number, message and source", function()
    for key, row in pairs(grants.ROWS) do
      assert.is_true(row[1] == 400 or row[1] == 401, key)
      assert.equal(row[1] == 401, row[2] == "invalid_client", key)
      assert.equal("number", type(row[3]), key)
      assert.truthy(row.source:find("GEN", 1, true) or row.source:find("docs", 1, true), key)
      local _, _, _, message = grants.error(key, "x")
      assert.is_nil(message:find("%s", 1, true), key)
    end
  end)

  -- cloud, resource of the scope, audience: reference 7.1
  local SCOPES = {
    { "global", "https://graph.microsoft.com", "https://graph.microsoft.com" },
    { "global", "https://graph.microsoft.com/", "https://graph.microsoft.com" },
    { "usgov", "https://graph.microsoft.us", "https://graph.microsoft.us" },
    { "china", CHINA, CHINA },
    { "dod", "00000003-0000-0000-c000-000000000000", "https://dod-graph.microsoft.us" },
    { "usgov", "https://graph.microsoft.com" },
  }
  for _, row in ipairs(SCOPES) do
    it(("give in the cloud %s for %s"):format(row[1], row[2]), function()
      local audience, key = grants.check(row[1], "contoso.example", {
        grant_type = "client_credentials", client_id = "a", client_secret = "b",
        scope = row[2] .. "/.default",
      })
      assert.equal(row[3], audience)
      assert.equal(row[3] == nil and "resource" or nil, key)
    end)
  end
end)
