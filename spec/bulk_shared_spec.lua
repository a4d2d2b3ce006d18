local bulk = require "graphinvite.workflows.bulk"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local guests = require "spec.support.bulk_rows"
local postgresql = require "spec.support.postgresql"

local jobs = 0

local function new_job()
  jobs = jobs + 1
  return postgresql.url("shared" .. jobs)
end

local posts = guests.posts

local function open()
  local emulator = emulators.new()
  return graphinvite.new { transport = emulator:transport() }, emulator
end

-- In one process, side by side: what they share is in the database.
describe("workers that share a job", function()
  -- Has several workers run a job side by side. Gives their summaries.
  local function together(client, where, n, given)
    local workers, summaries = {}, {}
    for i = 1, n do
      workers[i] = i
    end
    for _, summary, err in client:parallel(workers, function(_, with)
      local own = { client = with, store = where, input = guests.rows(given.rows) }
      for option, value in pairs(given) do
        own[option] = option ~= "rows" and value or nil
      end
      return bulk.run(own)
    end) do
      assert.is_nil(err)
      summaries[#summaries + 1] = summary
    end
    return summaries
  end

  it("invite everybody once, and each sees the whole", function()
    local client, emulator = open()
    local summaries = together(client, new_job(), 3, { rows = 200 })
    assert.equal(3, #summaries)
    for _, summary in ipairs(summaries) do
      assert.equal(200, summary.done)
    end
    assert.equal(200, #posts(emulator))
    assert.equal(200, #emulator:mailbox())
  end)

  it("share the pace", function()
    local client, emulator = open()
    together(client, new_job(), 3, { rows = 300, rate = 20 })
    local list = posts(emulator)
    local seconds = list[#list].time - list[1].time
    assert.is_true(seconds >= 299 / 20 - 0.5, tostring(seconds))
    assert.is_true(seconds < 299 / 20 + 3, tostring(seconds))
  end)

  it("wait together when one is told to", function()
    local client, emulator = open()
    emulator:fail_next {
      status = 429, match = "POST /v1.0/invitations", headers = { ["Retry-After"] = "30" },
    }
    together(client, new_job(), 3, { rows = 100 })
    local list = posts(emulator)
    assert.equal(429, list[1].status)
    -- those that were reserved when the answer came have gone out
    local early = 0
    for i = 2, #list do
      if list[i].time < list[1].time + 30 then
        early = early + 1
      end
    end
    assert.is_true(early <= 6, tostring(early))
    assert.equal(100, #posts(emulator, 201))
  end)

  it("take over what one of them has left, when its lease ends", function()
    local client, emulator = open()
    local where = new_job()
    local dead, now = bulk.store(where), client.transport.wall()
    assert(dead.plan(guests.rows(10)))
    local rows = assert(dead.lease { state = "new", count = 10, now = now, seconds = 60 })
    for _, row in ipairs(rows) do
      row.state = "planned"
    end
    assert(dead.settle(rows))
    rows = assert(dead.lease { state = "planned", count = 4, now = now, seconds = 60 })
    for _, row in ipairs(rows) do
      row.sends, row.sent_at = 1, now
    end
    assert(dead.sent({ rows[1], rows[2] }, now + 60))
    assert(client.invitations:create { -- the first one's POST had left
      invitedUserEmailAddress = rows[1].address, inviteRedirectUrl = rows[1].redirect,
    })
    dead.close()
    local begun = client.transport.now()
    for _, summary in ipairs(together(client, where, 2, { rows = 10, settle = 20 })) do
      assert.equal(10, summary.done)
    end
    assert.is_true(client.transport.now() - begun >= 60)
    assert.equal(10, #posts(emulator))
  end)
end)
