local scopes = require "graphinvite.emulator.scopes"

local GRAPH, CHINA = "https://graph.microsoft.com", "https://microsoftgraph.chinacloudapi.cn"
local OTHER = "https://management.azure.com"

-- cloud, resource of the scope, audience: reference 7.1
local RESOURCES = {
  { "global", GRAPH, GRAPH },
  { "global", GRAPH .. "/", GRAPH },
  { "usgov", "https://graph.microsoft.us", "https://graph.microsoft.us" },
  { "china", CHINA, CHINA },
  { "dod", "00000003-0000-0000-c000-000000000000", "https://dod-graph.microsoft.us" },
  { "usgov", "https://graph.microsoft.com" },
}

-- scopes of a user, audience, what is granted, whether a refresh token is; or the error's key
local OF_USER = {
  { "User.Invite.All", GRAPH, "User.Invite.All", false },
  { "User.Invite.All offline_access", GRAPH, "User.Invite.All", true },
  { GRAPH .. "/User.Read  openid " .. GRAPH .. "/User.Invite.All", GRAPH,
    GRAPH .. "/User.Read openid " .. GRAPH .. "/User.Invite.All", false },
  { GRAPH .. "/.default offline_access", GRAPH, GRAPH .. "/.default", true },
  { GRAPH .. "//.default", GRAPH, GRAPH .. "//.default", false },
  { "openid offline_access", GRAPH, "openid", true },
  { OTHER .. "/user_impersonation", OTHER, OTHER .. "/user_impersonation", false },
  { GRAPH .. "/User.Read " .. OTHER .. "/user_impersonation", key = "scope_malformed" },
  { CHINA .. "/User.Read", key = "resource" },
  { "api://nothing/read", key = "resource" },
}

describe("scopes", function()
  for _, row in ipairs(RESOURCES) do
    it(("are in the cloud %s of %s"):format(row[1], row[2]), function()
      local audience, key = scopes.of_application(row[1], row[2] .. "/.default")
      assert.equal(row[3], audience)
      assert.equal(row[3] == nil and "resource" or nil, key)
    end)
  end

  for _, row in ipairs(OF_USER) do
    it("of a user: " .. row[1], function()
      local granted, key = scopes.of_user("global", row[1])
      assert.equal(row.key, key)
      assert.same(row[2] and { audience = row[2], scope = row[3], offline = row[4] }, granted)
    end)
  end
end)
