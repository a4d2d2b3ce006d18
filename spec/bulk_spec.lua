local bulk = require "graphinvite.workflows.bulk"
local graphinvite = require "graphinvite"
local guests = require "spec.support.bulk_rows"
local helper = require "spec.helper"

local POST = "POST /v1.0/invitations"

local posts = guests.posts

-- What has happened in a run: events by name, in order.
local function recorder()
  local events = {}
  return events, function(event)
    events[event.name] = events[event.name] or {}
    table.insert(events[event.name], event)
  end
end

local function rows_of(store)
  local list = {}
  for row in select(2, assert(store.report())) do
    list[row.line] = row
  end
  return list
end

helper.over_every_transport(function(open)
  describe("a bulk run", function()
    local function run(client, given)
      given.client = client
      return bulk.run(given)
    end

    it("invites everybody once, and tells so", function()
      local client, emulator = open()
      local events, note = recorder()
      local summary = assert(run(client, { input = guests.rows(50), on_event = note }))
      assert.equal(50, #emulator:mailbox())
      assert.equal(50, #posts(emulator))
      assert.equal(50, summary.done)
      assert.equal(0, summary.planned)
      assert.same({ name = "planned", rows = 50, duplicates = 0, guests = 0 }, events.planned[1])
      assert.equal(1, #events.planned)
      assert.equal(50, #events.row)
      assert.equal(summary, events.finished[1].summary)
      local last = events.progress[#events.progress]
      assert.equal(50, last.done)
      assert.equal(0, last.in_flight)
      assert.is_nil(events.stopped)
    end)

    it("sends what a row says", function()
      local client, emulator = open()
      assert(run(client, { input = { {
        line = 9, address = "ann@fabrikam.example", redirect = "https://c.example/x", send = false,
        name = "Ann", message = "hello",
      } } }))
      local invitation = emulator:invitations()[1]
      assert.equal("https://c.example/x", invitation.inviteRedirectUrl)
      assert.equal("Ann", invitation.invitedUserDisplayName)
      assert.is_false(invitation.sendInvitationMessage)
      assert.equal("hello", invitation.invitedUserMessageInfo.customizedMessageBody)
      assert.same({}, emulator:mailbox())
    end)

    it("keeps ids, and the link only when told to", function()
      for _, keeps in ipairs { false, true } do
        local client, emulator = open()
        local store = bulk.store()
        assert(run(client, { input = guests.rows(1), store = store, redeem_urls = keeps }))
        local row, invitation = rows_of(store)[1], emulator:invitations()[1]
        assert.equal(invitation.invitedUser.id, row.user_id)
        assert.equal("string", type(row.request_id))
        assert.equal(keeps and invitation.inviteRedeemUrl or nil, row.link)
      end
    end)

    it("looks up twenty in a request, and passes over guests and duplicates", function()
      local client, emulator = open()
      assert(client.invitations:create {
        invitedUserEmailAddress = "guest2@fabrikam.example",
        inviteRedirectUrl = "https://c.example",
      })
      local store, rows = bulk.store(), {}
      for i = 1, 40 do
        rows[i] = guests.row(i)
      end
      rows[41] = guests.row(41, "GUEST3@fabrikam.example")
      local summary = assert(run(client, { input = rows, store = store }))
      assert.equal(39, summary.done)
      assert.equal(2, summary.skipped)
      assert.equal(1, summary.guests)
      assert.equal(1, summary.duplicates)
      assert.equal(39 + 2, summary.requests)
      assert.equal(1 + 39, #posts(emulator))
      local kept = rows_of(store)
      assert.equal("guest", kept[2].reason)
      assert.equal("duplicate", kept[41].reason)
    end)

    it("invites guests again when told to", function()
      local client, emulator = open()
      local store = bulk.store()
      assert(run(client, { input = guests.rows(3) }))
      local summary = assert(run(client, { input = guests.rows(3), store = store }))
      assert.equal(3, summary.guests)
      summary = assert(run(client, { store = store, reinvite = true }))
      assert.equal(3, summary.done)
      assert.equal(6, #emulator:mailbox())
    end)

    it("sends nothing when everything is done", function()
      local client, emulator = open()
      local store = bulk.store()
      assert(run(client, { input = guests.rows(3), store = store }))
      local before = #emulator:requests()
      assert(run(client, { input = guests.rows(3), store = store }))
      assert.equal(before, #emulator:requests())
    end)

    it("keeps a row's refusal with the row, goes on, and sends it again on request", function()
      local client, emulator = open()
      local store, events, note = bulk.store(), recorder()
      emulator:fail_next { status = 400, match = POST }
      local summary = assert(run(client, {
        input = guests.rows(3), store = store, on_event = note, concurrency = 1,
      }))
      assert.equal(1, summary.failed)
      assert.equal(2, summary.done)
      local row = rows_of(store)[1]
      assert.equal("failed", row.state)
      assert.same({ [row.code] = 1 }, summary.errors)
      assert.equal("string", type(row.reason))
      assert.equal("failed", events.row[1].status)
      assert.equal("graph", events.row[1].err.kind)
      assert.equal(0, assert(run(client, { store = store })).requests)
      summary = assert(run(client, { store = store, retry_failed = true }))
      assert.equal(3, summary.done)
      assert.equal(3, #emulator:mailbox())
    end)

    -- what befalls the first POST; how many POSTs and mails there are in the end
    local LOST = {
      { "whose answer was lost", { fault = "reset_after_request" }, 1 },
      { "that got half an answer", { fault = "truncate", bytes = 20 }, 1 },
      { "that was refused by a gateway", { status = 502 }, 1, posts = 2 },
      { "that met an internal error", { status = 500 }, 1, posts = 2 },
    }
    for _, row in ipairs(LOST) do
      it("looks up what became of a row " .. row[1], function()
        local client, emulator = open { emulator = { replication = 20 } }
        local store = bulk.store()
        row[2].match = POST
        emulator:fail_next(row[2])
        local summary = assert(run(client, { input = guests.rows(3), store = store, settle = 30 }))
        assert.equal(3, summary.done)
        assert.equal(3, #emulator:mailbox())
        assert.equal(row.posts and 4 or 3, #posts(emulator))
        assert.equal("string", type(rows_of(store)[1].user_id))
        assert.is_true(summary.seconds >= 30)
      end)
    end

    it("gives a row up whose answers are lost for ever", function()
      local client, emulator = open()
      emulator:fail_next { status = 500, match = POST, count = 99 }
      local summary = assert(run(client, { input = guests.rows(1), settle = 5 }))
      assert.equal(1, summary.failed)
      assert.equal(3, #posts(emulator))
      assert.same({ InternalServerError = 1 }, summary.errors)
    end)

    it("does not send again what a look-up cannot tell: who was a guest before", function()
      local client, emulator = open()
      local store, events, note = bulk.store(), recorder()
      assert(run(client, { input = guests.rows(2) }))
      emulator:fail_next { fault = "reset_after_request", match = POST }
      local summary = assert(run(client, {
        input = guests.rows(2), store = store, reinvite = true, on_event = note,
      }))
      assert.equal(1, summary.unknown)
      assert.equal(1, summary.done)
      assert.equal(4, #emulator:mailbox())
      assert.equal("unknown", events.row[1].status)
      assert.equal(0, assert(run(client, { store = store })).requests)
    end)

    it("foretells what a run would take", function()
      local client, emulator = open()
      local summary = assert(run(client, { input = guests.rows(90), dry_run = true, rate = 30 }))
      assert.same({ requests = 95, seconds = 3 }, summary.estimate)
      assert.same({}, posts(emulator))
      summary = assert(run(client, {
        input = guests.rows(90), dry_run = true, rate = 0, max_per_hour = 40,
      }))
      assert.equal(7200, summary.estimate.seconds)
      summary = assert(run(client, { input = guests.rows(90), dry_run = true, rate = 0 }))
      assert.is_nil(summary.estimate.seconds)
    end)

    it("sends no more than so many in an hour", function()
      local client, emulator = open()
      assert(run(client, { input = guests.rows(25), max_per_hour = 10 }))
      local list = posts(emulator)
      assert.equal(25, #list)
      for i = 11, 25 do
        assert.is_true(list[i].time - list[i - 10].time >= 3600)
      end
    end)

    it("ends when interrupted, and goes on later", function()
      local client, emulator = open()
      local store, done = bulk.store(), 0
      local summary, err = run(client, {
        input = guests.rows(30), store = store,
        on_event = function(event)
          done = done + (event.name == "row" and 1 or 0)
        end,
        interrupted = function() return done >= 10 end,
      })
      assert.is_nil(summary)
      assert.equal("cancelled", err.kind)
      assert.equal(30, err.summary.done + err.summary.planned)
      assert.equal(#posts(emulator), err.summary.done)
      assert.is_true(err.summary.done < 30)
      assert.equal(30, assert(run(client, { store = store })).done)
      assert.equal(30, #emulator:mailbox())
    end)

    -- the function of the store that fails; how many POSTs there are then at the most
    for _, name in ipairs { "lease", "sent", "settle", "report", "pace" } do
      it(("ends when the job's %s fails, and nobody is lost or mailed twice"):format(name),
        function()
          local client, emulator = open()
          local store = bulk.store()
          local calls = 0
          local failing = setmetatable({
            [name] = function(...)
              calls = calls + 1
              if calls > 1 then
                return nil, require("graphinvite.errors").new("transport", "no space left", {
                  store = true,
                })
              end
              return store[name](...)
            end,
          }, { __index = store })
          local summary, err = run(client, { input = guests.rows(200), store = failing, rate = 0 })
          assert.is_nil(summary)
          assert.matches("no space left", err.message)
          local before = #posts(emulator)
          assert.is_true(before < 200)
          summary = assert(run(client, { input = guests.rows(200), store = store, settle = 1 }))
          assert.equal(200, summary.done)
          assert.equal(200, #emulator:mailbox())
        end)
    end

    it("counts for the hour only what was taken", function()
      local client, emulator = open()
      emulator:fail_next { status = 429, match = POST, headers = { ["Retry-After"] = "3" } }
      local summary = assert(run(client, { input = guests.rows(10), max_per_hour = 10 }))
      assert.equal(10, summary.done)
      assert.is_true(summary.seconds < 60, tostring(summary.seconds))
    end)

    it("looks lost answers up while it waits for the next hour", function()
      local client, emulator = open()
      emulator:fail_next { fault = "reset_after_request", match = POST }
      local seconds
      local begun = client.transport.now()
      assert(run(client, {
        input = guests.rows(4), max_per_hour = 3,
        on_event = function(event)
          if event.name == "row" and event.row.line == 1 then
            seconds = client.transport.now() - begun
          end
        end,
      }))
      assert.is_true(seconds >= 60 and seconds < 200, tostring(seconds))
    end)

    it("runs inside a task beside others", function()
      local client, emulator = open()
      local summaries = {}
      for index, summary, err in client:parallel({ 1, 2 }, function(i, with)
        local rows = {}
        for k = 1, 20 do
          rows[k] = guests.row(k, ("job%d-%d@fabrikam.example"):format(i, k))
        end
        return bulk.run { client = with, input = rows }
      end) do
        assert.is_nil(err)
        summaries[index] = summary.done
      end
      assert.same({ 20, 20 }, summaries)
      assert.equal(40, #emulator:mailbox())
    end)

    it("counts how long answers took", function()
      local client = open()
      local summary, n = assert(run(client, { input = guests.rows(7) })), 0
      for bound, count in pairs(summary.latencies) do
        assert.is_true(bound > 0)
        n = n + count
      end
      assert.equal(7, n)
    end)
  end)

  describe("a bulk run that is refused", function()
    -- what the service says, its place, and a part of what to do
    local REFUSALS = {
      { "a full directory", { status = 403, code = "Directory_QuotaExceeded" }, "quota" },
      { "a missing permission", { status = 403, code = "Authorization_RequestDenied" },
        "User.Invite.All" },
      { "a rejected token", { status = 401 }, "sign in again" },
    }
    for _, row in ipairs(REFUSALS) do
      it("for " .. row[1] .. " stops, says what to do, and leaves its rows planned", function()
        local client, emulator, driver = open()
        local store, sent = bulk.store(), 0
        local failing = setmetatable({
          send = function(request, timeout)
            local response, err = driver.send(request, timeout)
            if request.url:find "/invitations$" then
              sent = sent + 1
              if sent > 2 then
                response.status = row[2].status
                response.body = ('{"error":{"code":"%s","message":"no"}}')
                  :format(row[2].code or "x")
              end
            end
            return response, err
          end,
          start = false,
        }, { __index = driver })
        local summary, err = bulk.run {
          client = client:with { transport = failing }, input = guests.rows(9), store = store,
        }
        assert.is_nil(summary)
        assert.equal(row[2].status, err.status)
        assert.matches(row[3], err.hint)
        assert.equal(3, #posts(emulator))
        assert.equal(2, err.summary.done)
        assert.equal(7, err.summary.planned)
      end)
    end

    for _, concurrency in ipairs { 1, 16 } do
      it(("with %d at a time begins nothing after it"):format(concurrency), function()
        local client, emulator = open()
        local events, note = recorder()
        emulator:block_after { count = 11 }
        local begun, stopped = 0, nil
        local summary, err = bulk.run {
          client = client:with {
            on_request = function(request)
              begun = begun + (request.url:find "/invitations$" and 1 or 0)
              assert(not stopped, "begun after the refusal")
            end,
            on_response = function(response)
              stopped = stopped or response.status == 403 and concurrency == 1
            end,
          },
          input = guests.rows(100), concurrency = concurrency, rate = 0, on_event = note,
        }
        assert.is_nil(summary)
        assert.equal(403, err.status)
        assert.matches("administrator must allow", err.hint)
        assert.equal(err, events.stopped[1].err)
        assert.equal(11, #posts(emulator, 201))
        assert.equal(begun, #posts(emulator))
        assert.is_true(begun <= (concurrency == 1 and 12 or 11 + 16))
        assert.equal(11, err.summary.done)
        assert.equal(89, err.summary.planned)
      end)
    end

    it("for the look-ups as a whole ends, and no row fails for that", function()
      local client, emulator = open()
      emulator:fail_next { status = 400, match = "$batch" }
      local store = bulk.store()
      local summary, err = bulk.run { client = client, input = guests.rows(30), store = store }
      assert.is_nil(summary)
      assert.equal(400, err.status)
      assert.equal(30, err.summary.planned)
      assert.equal(30, assert(bulk.run { client = client, store = store }).done)
    end)

    it("by the look-ups stops before anything is sent", function()
      local client, emulator = open()
      local summary, err = bulk.run {
        client = client:with { auth = {
          acquire = function()
            return nil, require("graphinvite.errors").new("auth", "no", { hint = "sign in" })
          end,
        } },
        input = guests.rows(5),
      }
      assert.is_nil(summary)
      assert.equal("auth", err.kind)
      assert.equal(5, err.summary.planned)
      assert.same({}, posts(emulator))
    end)

    it("by nobody goes on, though a look-up was never answered", function()
      local client, emulator = open()
      emulator:fail_next { fault = "stall", seconds = 100, match = "$batch" }
      local summary = assert(bulk.run {
        client = client, input = guests.rows(3), concurrency = 1, deadline = 0.5,
      })
      assert.equal(3, summary.done)
      assert.equal(3, #emulator:mailbox())
    end)

    it("gives up when nothing gets through for a row's deadline", function()
      local client, emulator, driver = open()
      local store = bulk.store()
      local down = setmetatable({
        send = function(request, timeout)
          if request.url:find "/invitations$" then
            return nil, require("graphinvite.errors").new("transport", "down",
              { reason = "connect", sent = false })
          end
          return driver.send(request, timeout)
        end,
        start = false,
      }, { __index = driver })
      local summary, err = bulk.run {
        client = client:with { transport = down }, input = guests.rows(5), store = store,
        deadline = 30,
      }
      assert.is_nil(summary)
      assert.equal("transport", err.kind)
      assert.is_true(err.summary.seconds >= 30 and err.summary.seconds < 60)
      assert.equal(5, err.summary.planned)
      assert.equal(5, assert(bulk.run { client = client, store = store }).done)
      assert.equal(5, #emulator:mailbox())
    end)
  end)
end)

describe("bulk.run", function()
  local client = graphinvite.new {
    transport = require("graphinvite.emulator").new():transport(),
  }

  -- what is wrong, and a part of what is said
  local MISTAKES = {
    { { clint = client }, "did you mean client" },
    { { client = client, input = 7 }, "option input is a function|table" },
    { { client = client, rate = -1 }, "option rate is a number from 0 on" },
    { { client = client, concurrency = 0 }, "option concurrency" },
    { { client = client, deadline = 10, lease = 10 }, "lease is more than 1 s longer" },
    { { client = {} }, "option client is a client" },
    { { client = client, store = {} }, "lacks plan" },
    { { client = client, input = { { address = "a@b.c" } } }, "row 1" },
  }
  for _, row in ipairs(MISTAKES) do
    it("tells the programmer: " .. row[2], function()
      local ok, why = pcall(bulk.run, row[1])
      assert.is_false(ok)
      assert.is_truthy(tostring(why):find(row[2], 1, true), tostring(why))
    end)
  end

  it("plans nothing from an input that fails in the middle", function()
    local store, left = bulk.store(), 2
    local summary, err = bulk.run { client = client, store = store, input = function()
      left = left - 1
      if left < 0 then
        return false, setmetatable({ line = 3 }, { __tostring = function() return "torn" end })
      end
      return guests.row(2 - left)
    end }
    assert.is_nil(summary)
    assert.equal("model", err.kind)
    assert.equal(3, err.line)
    assert.matches("torn", err.message)
    assert.is_nil((store.report()))
  end)

  it("needs rows", function()
    local summary, err = bulk.run { client = client }
    assert.is_nil(summary)
    assert.equal("model", err.kind)
  end)
end)
