-- Calls somebody, invites two more people into the call, and waits for what comes of it.
--
--   lua invite_to_call.lua [USER_ID ...]
--
-- GRAPHINVITE_BASE_URL and GRAPHINVITE_TOKEN say where to and as whom.
local graphinvite = require "graphinvite"
local check = graphinvite.check

local client = graphinvite.new {
  base_url = os.getenv "GRAPHINVITE_BASE_URL",
  auth = graphinvite.auth.static(os.getenv "GRAPHINVITE_TOKEN" or "emulator"),
}

local function person(id)
  return { identity = { user = { id = id } } }
end

local participants = {}
for i, id in ipairs(arg) do
  participants[i] = person(id)
end
if #participants == 0 then
  participants = {
    person "278405a3-f568-4b3e-b684-009193463064",
    { identity = { phone = { id = "+12345678901" } } },
  }
end

local created = check(client.calls:create {
  callbackUri = "https://bot.contoso.example/calls",
  requestedModalities = { "audio" },
  targets = { person "112f7296-5fa4-42ca-bae8-6a692b15d4b8" },
})
print(("Call %s, state %s."):format(created.id, created.state))

local call = client:call(created.id)
local operation = check(call.participants:invite {
  participants = participants,
  clientContext = "welcome-17",
})
print(("Invited %d people, operation %s."):format(#participants, operation.id))
print(("  status        %s"):format(operation.status))

local done, err = call.operations:wait(operation, { deadline = 90 })
if done then
  print(("  status        %s"):format(done.status))
else
  print(("  failed        %s"):format(tostring(err)))
  os.exit(1)
end

for participant, fault in call.participants:list() do
  check(participant, fault)
  local user = participant.info.identity.user
  print(("  in the call   %s"):format(type(user) == "table" and user.id or participant.id))
end
check(call:delete())
