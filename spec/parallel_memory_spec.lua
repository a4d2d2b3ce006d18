local helper = require "spec.helper"
local process = require "spec.support.process"

-- A program that creates as many invitations, and prints how many results it got, and the most
-- memory that it had, in KiB.
local PROGRAM = [[
local graphinvite = require "graphinvite"
local count, begun, seen = %d, 0, {}
local client = graphinvite.new { base_url = %q, auth = graphinvite.auth.static "emulator" }
local function items()
  begun = begun + 1
  return begun <= count and begun or nil
end
local function invite(i)
  return client.invitations:create {
    invitedUserEmailAddress = ("guest%%d@fabrikam.example"):format(i),
    inviteRedirectUrl = "https://app.contoso.example",
  }
end
for index, invitation, err in client:parallel(items, invite, { concurrency = 100 }) do
  graphinvite.check(invitation, err)
  assert(invitation.invitedUserEmailAddress:match "%%d+" == tostring(index) and not seen[index])
  seen[index] = true
end
local status = io.open("/proc/self/status"):read "*a"
print(#seen, status:match "VmHWM:%%s*(%%d+) kB")
]]

-- A sanitizer would keep what was freed.
local ENVIRONMENT =
  'ASAN_OPTIONS="$ASAN_OPTIONS:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"'

-- On libcurl alone: in process nothing overlaps and there is no other program.
describe("parallel over HTTP", function()
  local addresses, emulator

  setup(function()
    addresses = helper.server()
    emulator = require("graphinvite.emulator").connect(addresses.url,
      require("graphinvite.transport.curl").new {})
  end)

  -- Has a program invite so many. Gives the most memory that it had.
  local function peak(count)
    emulator:reset()
    local printed = process.elsewhere(ENVIRONMENT, PROGRAM:format(count, addresses.graph))
    local results, memory = printed:match "^(%d+)%s+(%d+)$"
    assert.equal(count, tonumber(results))
    local made, invited, different = emulator:invitations(), {}, 0
    for _, invitation in ipairs(made) do
      local address = invitation.invitedUserEmailAddress
      different = different + (invited[address] and 0 or 1)
      invited[address] = true
    end
    assert.equal(count, #made)
    assert.equal(count, different)
    return tonumber(memory)
  end

  it("accounts for 10,000 items, 100 at a time, in 8 MiB more than 100 items take", function()
    local few, many = peak(100), peak(10000)
    assert.is_true(many - few <= 8192, many - few .. " KiB")
  end)
end)
