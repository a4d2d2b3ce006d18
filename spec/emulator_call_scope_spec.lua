local helper = require "spec.helper"

local CHAT = {
  ["@odata.type"] = "#microsoft.graph.chatInfo", threadId = "19:meeting@thread.v2", messageId = "0",
}

local function user(id)
  return { identity = { user = { id = id } } }
end

local BOT = { identity = { application = { id = "another-bot" } } }

-- claim, chatInfo of the call, participants, status in the profile live
local ROWS = {
  { "one person into a call between two", nil, { user "a" }, 200 },
  { "two people into a call between two", nil, { user "a", user "b" }, 400, "group call" },
  { "two people into a group call", CHAT, { user "a", user "b" }, 200 },
  { "another bot", CHAT, { BOT }, 400, "bot" },
  { "another bot among people", CHAT, { user "a", BOT }, 400, "bot" },
}

helper.over_every_tenant(function(open)
  for _, profile in ipairs { "live", "modelled" } do
    describe("the profile " .. profile, function()
      local ask

      setup(function()
        ask = open { profile = profile }
      end)

      for _, row in ipairs(ROWS) do
        local status = profile == "live" and row[4] or 200
        it(("answers %d to an invitation of %s: reference 2.2"):format(status, row[1]), function()
          local call = ask("POST /v1.0/communications/calls", {
            ["@odata.type"] = "#microsoft.graph.call", callbackUri = "https://bot.example/calls",
            requestedModalities = { "audio" }, targets = { user "callee" }, chatInfo = row[2],
            mediaConfig = { ["@odata.type"] = "#microsoft.graph.serviceHostedMediaConfig" },
          })
          assert.equal(201, call.status)
          local path = ("/v1.0/communications/calls/%s/"):format(call.value.id)
          local response = ask("POST " .. path .. "participants/invite", { participants = row[3] })
          assert.equal(status, response.status)
          if status == 400 then
            assert.equal("participants", response.value.error.target)
            assert.is_truthy(response.value.error.message:find(row[5], 1, true))
          end
          local operations = ask("GET " .. path .. "operations")
          assert.equal(status == 200 and 1 or 0, #operations.value.value)
        end)
      end
    end)
  end
end)
