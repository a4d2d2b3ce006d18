local commands = require "spec.support.commands"
local core = require "graphinvite.core"
local helper = require "spec.helper"

local GUEST = "adele@fabrikam.example"
local OTHER = "550fae72-d251-43ec-868c-373732c2704f"
local REDIRECT = "--redirect https://app.contoso.example"

-- What a command prints to people, and with --json. {names} stand for ids of the scene.
-- Words; exit status; what is on standard output; what is on standard error. A pattern that is
-- false: nothing is there.
local ROWS = {
  {
    "invite ann@fabrikam.example " .. REDIRECT, 0,
    "^Invited ann@fabrikam%.example%.\ninvitation  %x+.*\nstatus      PendingAcceptance\n"
      .. "mail        not sent\n$",
    "^The guest gets the link from you: %-%-show%-redeem%-url",
  },
  { "invite ann@fabrikam.example --send " .. REDIRECT, 0, "\nmail        sent\n$", false },
  {
    "invite ann@fabrikam.example --show-redeem-url " .. REDIRECT, 0,
    "\nredeem link  https?://.*ticket", false,
  },
  {
    "invite ann@fabrikam.example --json --name 'Ann B' --send --message Hi --cc b@c.example"
      .. " --language de --type Guest " .. REDIRECT, 0,
    '^{"id":".*"invitedUserDisplayName":"Ann B".*"address":"b@c.example".*"Hi".*"de".*}\n$', false,
  },
  {
    "invite ann@fabrikam.example --json --show-redeem-url " .. REDIRECT, 0,
    '"inviteRedeemUrl":"https?://', false,
  },
  { "invite ann@fabrikam.example", 2, false, "%-%-redirect URL says" },
  { "invite ann " .. REDIRECT, 2, false, "'ann' is no mail address" },
  { "invite a@b.example --message Hi " .. REDIRECT, 2, false, "about the mail: add %-%-send" },
  { "invite a@b.example --redirect nowhere", 2, false, "^graphinvite: inviteRedirectUrl: " },
  { "invitation get {invitation}", 0, "^id  +{invitation}\n.*\nstatus  +PendingAcc", "not shown" },
  { "invitation get {invitation} --json", 0, '^{"id":"{invitation}",.*}\n$', false },
  { "invitation get {guest}", 4, false, "Request_ResourceNotFound: .*request%-id: " },
  {
    "invitation get {guest} --json", 4, false,
    '^{"error":{"exit_status":4,"kind":"graph",.*"status":404,"code":"Request_ResourceNotFound"',
  },
  { "invitation list", 0, "^ID +ADDRESS +STATUS +NAME\n{invitation}  adele@.*  Pending", false },
  { "invitation list --json", 0, '^{"id":"{invitation}",[^\n]*}\n$', false },
  { "invitation list --filter 'status bad'", 4, false, "BadRequest: Invalid filter" },
  { "invitation list --limit 0", 0, false, "^There are none%.\n$" },
  { "invitation list --limit 0 --json", 0, false, false },
  { "invitation list --select id --orderby id --top 5 --search x", 4, false, "BadRequest" },
  {
    "invitation update {invitation} 'invitedUserDisplayName=Ann B' resetRedemption:=false", 0,
    "\ninvitedUserDisplayName  +Ann B\n", "not shown",
  },
  {
    "invitation update {invitation} invitedUserMessageInfo.messageLanguage=de --json", 0,
    '"messageLanguage":"de"', false,
  },
  { "invitation update {invitation}", 2, false, "there is nothing to send" },
  { "invitation update {invitation} name", 2, false, "'name' is neither NAME=TEXT nor" },
  { "invitation update {invitation} sendInvitationMessage=maybe", 2, false, "is true or false" },
  { "invitation update {invitation} invitedUserMessageInfo=x", 2, false, "JSON object: .* :=" },
  { "invitation update {invitation} status:={", 2, false, "^graphinvite: status: " },
  { "invitation update {invitation} invitedUserEmail=x", 2, false, "did you mean invitedUserEm" },
  { "invitation update {invitation} --body -", 0, "From standard input\n", "not shown" },
  { "invitation update {invitation} --body /nowhere", 2, false, "%-%-body: /nowhere: No such" },
  { "invitation delete {invitation}", 0, "^Deleted the invitation {invitation}%.", false },
  { "invitation delete {invitation} --json", 0, false, false },
  { "invitation delete {guest}", 4, false, "ResourceNotFound" },
  {
    "invitation reset {address} " .. REDIRECT, 0,
    "^Invited again: {address}%.\n.*\nguest       {guest}\n", "gets the link from you",
  },
  {
    "invitation reset {address} --user {guest} --json " .. REDIRECT, 0, '"id":"{guest}"', false,
  },
  { "invitation reset nobody@fabrikam.example " .. REDIRECT, 4, false, "nobody in the directory" },
  {
    "call invite {call} --user {other} --context mine", 0,
    "^id  +%x+.*\nclientContext  +mine\n.*participants%[1%]%.identity%.user%.id  +{other}\n", false,
  },
  { "call invite {call} --phone +4930123456 --json", 0, '"id":"%+4930123456".*}\n$', false },
  {
    "call invite {call} --user {other} --wait 90", 0, "status  +[Cc]ompleted\n", "^Waiting for the",
  },
  { "call invite {call} --user {other} --wait 0.1", 6, false, "not ended within 0.1 s" },
  { "call invite {call}", 2, false, "say who: %-%-user" },
  { "call invite {guest} --user {guest}", 4, false, "^graphinvite: %S+: .*request%-id" },
  {
    "call operations {call}", 0, "^ID +STATUS +CONTEXT +RESULT\n{operation}  %a+ +first\n$", false,
  },
  { "call operations {call} --json", 0, '"id":"{operation}"[^\n]*}\n$', false },
  { "call operations {call} --root /app/calls", 0, "{operation}", false },
  { "call wait {call} {operation}", 0, "status  +[Cc]ompleted\n", "^Waiting for" },
  { "call wait {call} {operation} --json", 0, '"status":"[Cc]ompleted"', false },
  { "call wait {call} {operation} --deadline 0.1", 6, false, "not ended within 0.1 s" },
  { "call wait {call} {guest}", 4, false, "NotFound" },
  { "linkedin get", 0, "^id  +%x+", false },
  { "linkedin update trackingId=campaign-7", 0, "\ntrackingId  +campaign%-7\n$", false },
  { "linkedin update --id {guest} trackingId=x --json", 4, false, '^{"error":.*"status":404' },
  { "linkedin create invitee=urn:li:person:7 --json", 0, '"invitee":"urn:li:person:7"', false },
  { "linkedin create created=soon", 2, false, "created is a whole number" },
  { "linkedin list", 0, "^ID +INVITER +INVITEE +TRACKING\n%x+", false },
  { "linkedin close", 2, false, "%-%-body FILE has what closes" },
  { "linkedin close --body -", 2, false, "^graphinvite: " },
  { "token", 0, "^Signed in%.\n$", false },
  { "token --show", 0, "^emulator\n$", false },
  { "token --json", 0, '^{"signed_in":true}\n$', false },
  { "describe invitation --json", 0, '^{.*"name":"inviteRedeemUrl"', false },
  { "describe nothing --json", 2, false, '^{"error":{"exit_status":2,"kind":"usage","message":' },
  { "meta", 0, "^%-%-%-@meta graphinvite.core", false },
  { "completion bash", 0, "complete .*graphinvite", false },
}

-- A guest, a call and an operation in it.
local function set_scene(client)
  local invitation = assert(client.invitations:create {
    invitedUserEmailAddress = GUEST, inviteRedirectUrl = "https://app.contoso.example",
  })
  local call = assert(client.calls:create {
    callbackUri = "https://bot.contoso.example/calls", requestedModalities = { "audio" },
    mediaConfig = { ["@odata.type"] = "#microsoft.graph.serviceHostedMediaConfig" },
  })
  local operation = assert(client:call(call.id).participants:invite {
    participants = { { identity = { user = { id = invitation.invitedUser.id } } } },
    clientContext = "first",
  })
  return {
    invitation = invitation.id, guest = invitation.invitedUser.id, call = call.id,
    operation = operation.id, address = GUEST, other = OTHER,
  }
end

helper.over_every_transport(function(open)
  describe("graphinvite", function()
    local client, driver, emulator, world

    before_each(function()
      client, emulator, driver = open {}
      world = {
        transport = driver, input = '{"invitedUserDisplayName":"From standard input"}',
        environment = {
          GRAPHINVITE_BASE_URL = client.settings.base_url, GRAPHINVITE_TOKEN = "emulator",
        },
      }
    end)

    for _, row in ipairs(ROWS) do
      it(("exits with %d on: %s"):format(row[2], row[1]), function()
        local scene = set_scene(client)
        local line, quoted = row[1]:gsub("{(%l+)}", scene), {}
        for name, id in pairs(scene) do
          quoted[name] = id:gsub("%p", "%%%0")
        end
        local status, out, err = commands.run(line, world)
        local said = ("\nout: %s\nerr: %s"):format(out, err)
        assert.equal(row[2], status, said)
        for i, text in ipairs { out, err } do
          local pattern = row[2 + i]
          if pattern then
            assert.matches(pattern:gsub("{(%l+)}", quoted), text)
          else
            assert.equal("", text)
          end
        end
        if row[1]:find "--json" then
          for json in (out .. err):gmatch "[^\n]+" do
            assert.is_table(core.decode(nil, json))
          end
        end
        if not row[1]:find "--show%-redeem" then
          assert.is_nil((out .. err):find "ticket")
        end
      end)
    end

    it("writes ASCII to the one of its files that has no other", function()
      local words = "invite zoë@fabrikam.example --wait 1h " .. REDIRECT
      world.err_ascii = true
      local _, out, err = commands.run(words, world)
      assert.matches("Invited zoë@", out, 1, true)
      assert.matches("zo\\u00eb@", err, 1, true)
      world.err_ascii, world.ascii = nil, true
      _, out, err = commands.run(words, world)
      assert.matches("Invited zo\\u00eb@", out, 1, true)
      assert.matches("zoë@", err, 1, true)
    end)

    it("waits until the guest has accepted", function()
      local sleep = driver.sleep
      world.transport = setmetatable({
        sleep = function(seconds)
          emulator:redeem { email = "ann@fabrikam.example" }
          sleep(seconds)
        end,
      }, { __index = driver })
      local status, out = commands.run("invite ann@fabrikam.example --wait 7d " .. REDIRECT, world)
      assert.equal(0, status)
      assert.matches("\nann@fabrikam%.example has accepted%.\n$", out)
    end)

    it("says when the guest has not accepted in time", function()
      local words = "invite ann@fabrikam.example --wait 1h " .. REDIRECT
      local status, _, err = commands.run(words, world)
      assert.equal(6, status)
      assert.matches("the guest has not accepted within 3600 s", err)
    end)

    -- the interpreter raises this on Ctrl-C: words, the request it comes behind, what is said
    for _, row in ipairs {
      { "invite ann@fabrikam.example " .. REDIRECT, "POST", "took effect before you repeat it" },
      { "invitation list", "GET", "^$" },
    } do
      it("ends with 130 on Ctrl-C in: " .. row[1], function()
        world.transport = setmetatable({
          send = function(request, timeout)
            driver.send(request, timeout)
            assert.equal(row[2], request.method)
            error "interrupted!"
          end,
        }, { __index = driver })
        local status, out, err = commands.run(row[1], world)
        assert.equal(130, status)
        assert.equal("", out)
        assert.matches(row[3], err)
      end)
    end

    it("ends with 5 where people could not be called", function()
      local scene = set_scene(client)
      emulator:operation_outcome { outcome = "busy" }
      local words = ("call invite %s --user %s --wait 90 --json"):format(scene.call, scene.other)
      local status, out, err = commands.run(words, world)
      assert.equal(5, status, err)
      assert.equal("", out)
      assert.matches('"result":{', err)
    end)
  end)
end)
