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

local INSTANCE = {
  ["@odata.type"] = "#microsoft.graph.participantInfo",
  identity = { applicationInstance = { id = "a0b1", displayName = "Switchboard" } },
}
local NUMBER = { identity = { phone = { id = "+12345550100" } } }

-- who rings whom, the call's source, the participants; how that ends in the profile live
local DIALLED = {
  { "an application without an instance a telephone", nil, { NUMBER }, "failed" },
  { "an application instance a telephone", INSTANCE, { NUMBER }, "completed" },
  { "an application without an instance a user", nil, { user "a" }, "completed" },
  { "an application without an instance a user and a telephone", nil, { user "a", NUMBER },
    "failed" },
}

helper.over_every_tenant(function(open)
  for _, profile in ipairs { "live", "modelled" } do
    describe("the profile " .. profile, function()
      local ask, emulator

      setup(function()
        ask, emulator = open { profile = profile }
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

      for _, row in ipairs(DIALLED) do
        local status = profile == "live" and row[4] or "completed"
        it(("lets %s ring: %s (reference 2.2, 6.4)"):format(row[1], status), function()
          local call = ask("POST /v1.0/communications/calls", {
            callbackUri = "https://bot.example/calls", chatInfo = CHAT, source = row[2],
          })
          local path = ("/v1.0/communications/calls/%s/"):format(call.value.id)
          local invited = ask("POST " .. path .. "participants/invite", { participants = row[3] })
          assert.same({ 200, "Running" }, { invited.status, invited.value.status })
          emulator:advance(10)
          local ended = ask("GET " .. path .. "operations/" .. invited.value.id).value
          assert.equal(status, ended.status)
          if status == "failed" then
            assert.equal(403, ended.resultInfo.code)
            assert.matches("DiagCode: 403#10151.@", ended.resultInfo.message, 1, true)
          end
        end)
      end
    end)
  end
end)
