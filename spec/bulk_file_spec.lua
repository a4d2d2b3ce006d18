-- A bulk job from its file to its report.
local bulk = require "graphinvite.workflows.bulk"
local csv = require "graphinvite.workflows.bulk.csv"
local helper = require "spec.helper"
local input = require "graphinvite.workflows.bulk.input"
local process = require "spec.support.process"
local progress = require "graphinvite.cli.progress"
local report = require "graphinvite.workflows.bulk.report"
local summaries = require "graphinvite.cli.summary"

local FILE = "version:v1.0\r\n"
  .. "Email address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] Required,"
  .. "Send invitation message (true or false) [sendEmail],"
  .. "Customized invitation message [customizedMessageBody],Team\r\n"
  .. 'ann@fabrikam.example,https://app.contoso.example/a,true,"Dear ""Ann"",\r\nwelcome",x\r\n'
  .. "bob@fabrikam.example,https://app.contoso.example/b,FALSE,,\r\n"
  .. "\r\n"
  .. "old@fabrikam.example,https://app.contoso.example/c,true,,\r\n"
  .. "ANN@fabrikam.example,https://app.contoso.example/d,true,,\r\n"
  .. "zoë@fabrikam.example,https://app.contoso.example/e,true,=1+1,\r\n"
  .. "taken@fabrikam.example,https://app.contoso.example/f,true,,"

describe("a bulk job of a file", function()
  local directory

  before_each(function()
    directory = process.directory()
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  local function write(name, text)
    local file = assert(io.open(directory .. "/" .. name, "wb"))
    file:write(text)
    file:close()
    return directory .. "/" .. name
  end

  -- The records of a report, without its titles.
  local function read_report(name)
    local file = assert(io.open(directory .. "/" .. name, "rb"))
    local reader = csv.reader(function() return file:read(64) end)
    reader:expect(#assert(reader:next()))
    local records = {}
    for fields in function() return (reader:next()) end do
      records[#records + 1] = fields
    end
    file:close()
    return records
  end

  helper.over_every_transport(function(open)
    -- Runs a job, and writes its report.
    local function run(given)
      local summary, err = bulk.run(given)
      local _, rows = assert(given.store.report())
      assert(report.write(directory .. "/report.csv", rows, given.redeem_urls))
      return summary, err, read_report "report.csv"
    end

    local function tenant()
      local client, emulator, driver = open()
      assert(client.invitations:create {
        invitedUserEmailAddress = "old@fabrikam.example", inviteRedirectUrl = "https://x.example",
      })
      return client, emulator, driver
    end

    it("invites whom the file names, as it says, and reports what became of each", function()
      local client, emulator = tenant()
      local path, store = write("guests.csv", FILE), bulk.store()
      local reader = assert(input.open(path))
      assert.same({ "read as the portal's template", "columns that are not used: Team" },
        reader.notices)
      local summary, err, records = run { client = client, store = store, input = reader }
      assert(summary, tostring(err))
      assert.equal(4, summary.done)
      assert.equal(2, summary.skipped)
      local sent = {}
      for _, invitation in ipairs(emulator:invitations()) do
        local message = invitation.invitedUserMessageInfo.customizedMessageBody
        sent[invitation.invitedUserEmailAddress] = {
          invitation.inviteRedirectUrl, invitation.sendInvitationMessage,
          type(message) == "string" and message or nil,
        }
      end
      assert.same({
        ["old@fabrikam.example"] = { "https://x.example", false },
        ["ann@fabrikam.example"] =
          { "https://app.contoso.example/a", true, 'Dear "Ann",\r\nwelcome' },
        ["bob@fabrikam.example"] = { "https://app.contoso.example/b", false },
        ["zoë@fabrikam.example"] = { "https://app.contoso.example/e", true, "=1+1" },
        ["taken@fabrikam.example"] = { "https://app.contoso.example/f", true },
      }, sent)
      assert.equal(3, #emulator:mailbox())
      for i, expected in ipairs {
        { "ann@fabrikam.example", "done", "" }, { "bob@fabrikam.example", "done", "" },
        { "old@fabrikam.example", "skipped", "guest" },
        { "ANN@fabrikam.example", "skipped", "duplicate" },
        { "zoë@fabrikam.example", "done", "" }, { "taken@fabrikam.example", "done", "" },
      } do
        local got = records[i]
        assert.same(expected, { got[1], got[2], got[5] })
        assert.equal(expected[3] ~= "duplicate", got[3]:find "^%x+%-" ~= nil) -- the user's id
        assert.equal(expected[2] == "done", got[4] ~= "")
        assert.equal(5, #got)
      end
      assert.equal(6, #records)
    end)

    it("reports a refusal where it stands, and harmless", function()
      local client, _, driver = tenant()
      local hostile = setmetatable({
        send = function(request, timeout)
          local response, err = driver.send(request, timeout)
          if request.body and request.body:find('"bob@', 1, true) then
            response.status = 400
            response.body = '{"error":{"code":"=1","message":"\\u001b[31m-1;=2,\\"no\\"\\n"}}'
          end
          return response, err
        end,
        start = false,
      }, { __index = driver })
      local summary, _, records = run {
        client = client:with { transport = hostile }, store = bulk.store(),
        input = assert(input.open(write("guests.csv", FILE))),
      }
      assert.equal(1, summary.failed)
      assert.equal(3, summary.done)
      assert.equal("failed", records[2][2])
      assert.equal("'=1: \\u001b[31m-1;'=2,\"no\"\\u000a", records[2][5])
    end)

    it("keeps redeem links only where it is told to", function()
      for _, keeps in ipairs { true, false } do
        local client = tenant()
        local _, _, records = run {
          client = client, store = bulk.store(), redeem_urls = keeps,
          input = assert(input.open(write("guests.csv", FILE))),
        }
        assert.equal(keeps and 6 or 5, #records[1])
        if keeps then
          assert.matches("^https?://.*redeem", records[1][6])
          assert.equal("", records[3][6])
        end
      end
    end)

    it("goes on where it was interrupted, from the same file", function()
      local client, emulator = open()
      local lines = { "email,redirect,send\n" }
      for i = 1, 40 do
        lines[i + 1] = ("guest%d@fabrikam.example,https://app.contoso.example,true\n"):format(i)
      end
      local path, store, rows = write("guests.csv", table.concat(lines)), bulk.store(), 0
      local summary, err, records = run {
        client = client, store = store, input = assert(input.open(path)),
        on_event = function(event) rows = rows + (event.name == "row" and 1 or 0) end,
        interrupted = function() return rows >= 10 end,
      }
      assert.is_nil(summary)
      assert.equal("cancelled", err.kind)
      assert.equal(40, #records)
      summary, err, records = run {
        client = client, store = store, input = assert(input.open(path)),
      }
      assert(summary, tostring(err))
      assert.equal(40, #emulator:mailbox())
      for i, fields in ipairs(records) do
        assert.equal(("guest%d@fabrikam.example"):format(i), fields[1])
        assert.equal("done", fields[2])
      end
    end)

    it("is shown while it runs, and summed up", function()
      local client, emulator = open()
      emulator:throttle { limit = 10, window = 5 }
      local written, now = {}, 0
      local bar = progress.new {
        write = function(text) written[#written + 1] = text end, columns = function() return 80 end,
      }
      local lines = { "email,redirect\n" }
      for i = 1, 40 do
        lines[i + 1] = ("guest%d@fabrikam.example,https://app.contoso.example\n"):format(i)
      end
      local summary = assert(bulk.run {
        client = client, input = assert(input.open(write("guests.csv", table.concat(lines)))),
        on_event = function(event)
          now = now + 1
          if event.name == "progress" then
            bar:show(event, now)
          end
        end,
      })
      bar:finish()
      local shown = table.concat(written)
      assert.matches("throttled, %d+ s", shown)
      assert.matches("\r100%%  %[#+%]  40/40[^\r\n]*\n$", shown)
      local told = summaries.text(summary, 80)
      assert.matches("^40 invited\n", told)
      assert.matches("throttled %d+ times?\nanswered within\n", told)
    end)
  end)

  for _, where in ipairs { ":memory:", "job.db" } do
    it("plans nothing of a file that has changed since it was checked: " .. where, function()
      local path = write("guests.csv", FILE)
      local reader = assert(input.open(path))
      local file = assert(io.open(path, "r+b"))
      file:seek("end", -40)
      file:write "\0"
      file:close()
      local emulator = require("graphinvite.emulator").new()
      local client = require("graphinvite").new { transport = emulator:transport() }
      local store = bulk.store(where == ":memory:" and where or directory .. "/" .. where)
      local summary, err = bulk.run { client = client, store = store, input = reader }
      assert.is_nil(summary)
      assert.equal("model: the input: line 10: the file has changed since it was checked: begin "
        .. "again", tostring(err))
      assert.equal(0, #emulator:requests())
      assert.is_nil((store.report()))
      assert.equal(5, assert(bulk.run {
        client = client, store = store, input = assert(input.open(write("guests.csv", FILE))),
      }).done)
      store.close()
    end)
  end

  it("asks the service nothing when the file has faults", function()
    local asked = 0
    local function never() asked = asked + 1 end
    local client = require("graphinvite").new {
      transport = { send = never, sleep = never, now = os.clock, wall = os.time },
    }
    local job = directory .. "/job.db"
    local summary, err = bulk.run {
      client = client, store = job, path = write("guests.csv", (FILE:gsub("FALSE", "no"))),
    }
    assert.is_nil(summary)
    assert.equal("line 5, sendEmail: neither true nor false", tostring(err.faults[1]))
    assert.equal(1, err.faults.total)
    assert.equal(0, asked)
    assert.is_nil(io.open(job))
  end)
end)
