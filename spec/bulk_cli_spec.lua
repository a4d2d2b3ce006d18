local commands = require "spec.support.commands"
local core = require "graphinvite.core"
local helper = require "spec.helper"
local lfs = require "lfs"
local postgresql = require "spec.support.postgresql"
local process = require "spec.support.process"

local TEMPLATE = "version:v1.0\n"
  .. "Email address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] Required,"
  .. "Send invitation message (true or false) [sendEmail],"
  .. "Customized invitation message [customizedMessageBody]\n"
local PLAIN = "email,redirect,send\n"
local URL = "https://app.contoso.example"
if rawget(_G, "ngx") then
  return -- a job that is kept would block the worker
end

local jobs = 0 -- in PostgreSQL; each has a name of its own

local COMMAND = process.lua "lua/graphinvite/cli.lua"

-- name, text, what is said of it: places and words, in order
local BROKEN = {
  { "an empty file", "", { "the file is empty" } },
  { "line ends only", "\n\n", { "no column titles" } },
  { "a template without rows", TEMPLATE, { "no rows" } },
  { "another version", (TEMPLATE:gsub("v1", "v9")) .. "a@b.c," .. URL .. ",,\n", { "line 1: " } },
  { "a workbook", "PK\3\4\20\0", { "an Excel workbook" } },
  { "UTF-16", "\255\254e\0m\0", { "UTF%-16" } },
  { "Latin-1", PLAIN .. "zo\235@b.c," .. URL .. ",\n", { "line 2: not UTF%-8" } },
  { "no titles", "a@b.c," .. URL .. ",true\n", { "line 1: this looks like a row" } },
  { "no addresses", "who,redirect\na@b.c," .. URL .. "\n", { "line 1: no column" } },
  { "no redirect URLs", "email\na@b.c\n", { "line 1: no column holds the redirect URL" } },
  { "a misspelt title", "emaill,redirect\na@b.c," .. URL .. "\n", { "line 1, emaill: .*email%?" } },
  { "a title twice", "email,redirect,mail\na@b.c," .. URL .. ",\n", { "line 1, mail: " } },
  { "an address without @", PLAIN .. "ann," .. URL .. ",\n", { "line 2, email: not an e%-mail" } },
  { "an address with two", PLAIN .. "\n\na@b@c," .. URL .. ",\n", { "line 4, email: " } },
  { "an empty address", TEMPLATE .. "," .. URL .. ",,\n", { "line 3, inviteeEmail: empty" } },
  { "a space in an address", PLAIN .. "a b@c.d," .. URL .. ",\n", { "line 2, email: cannot" } },
  { "a redirect that is no URL", PLAIN .. "a@b.c,nowhere,\n", { "line 2, redirect: not an abs" } },
  { "neither true nor false", PLAIN .. "a@b.c," .. URL .. ",yes\n", { "line 2, send: neither" } },
  { "too few cells", PLAIN .. "a@b.c\n", { "line 2: only 1 of 3" } },
  { "too many cells", PLAIN .. "a@b.c," .. URL .. ",true,x\n", { "line 2: 4 fields" } },
  { "an open quote", PLAIN .. 'a@b.c,"' .. URL .. "\n", { "line 2: a quote" } },
  { "a broken JSON line", "{}}\n", { "line 1: not JSON" } },
  {
    "JSON with an unknown name", ('{"invitedUserEmailAddress":"a@b.c","inviteRedirectUrl":"%s",'
      .. '"mail":1}\n'):format(URL), { "line 1, mail: no such property" },
  },
  { "a JSON array", '[{"invitedUserEmailAddress":"a@b.c"}]', { "a JSON array" } },
  {
    "faults of several rows", PLAIN .. "ann,x,\na@b.c," .. URL .. ",\nbob,y,perhaps\n",
    { "line 2, email", "line 2, redirect", "line 4, send", "line 4, email", "line 4, redirect" },
  },
}

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function names_in(directory)
  local names = {}
  for name in lfs.dir(directory) do
    if name:sub(1, 1) ~= "." then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

local function guests(count, first)
  local lines = { "email,redirect,send,name" }
  for i = first or 1, count do
    lines[#lines + 1] = ("guest%d@fabrikam.example,%s,true,Guest %d"):format(i, URL, i)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- How many invitations a tenant was asked for.
local function posts(emulator)
  local count = 0
  for _, request in ipairs(emulator:requests()) do
    if request.method == "POST" and request.path:find "/invitations" then
      count = count + 1
    end
  end
  return count
end

helper.over_every_transport(function(open)
  describe("graphinvite bulk", function()
    local directory, emulator, world

    before_each(function()
      directory = process.directory()
      local client, driver
      client, emulator, driver = open {}
      world = {
        transport = driver,
        environment = {
          GRAPHINVITE_BASE_URL = client.settings.base_url, GRAPHINVITE_TOKEN = "emulator",
        },
      }
    end)

    after_each(function() process.output("rm -r " .. directory) end)

    local function run(words)
      return commands.run((words:gsub("{}", directory)), world)
    end

    it("invites everybody, and nobody twice", function()
      write(directory .. "/guests.csv", guests(25) .. "GUEST3@fabrikam.example," .. URL .. ",,\n")
      local status, out, err = run "bulk run {}/guests.csv --report {}/result.csv"
      assert.equal(0, status, err)
      assert.matches("^25 invited", out)
      assert.equal(25, posts(emulator))
      assert.equal(25, #emulator:mailbox())
      assert.same({ "guests.csv", "guests.csv.db", "result.csv" }, names_in(directory))
      status, out = run "bulk run {}/guests.csv"
      assert.equal(0, status)
      assert.matches("^25 invited", out)
      assert.equal(25, posts(emulator))
    end)

    it("tells with --json what came of it", function()
      write(directory .. "/guests.csv", guests(2))
      local status, out, err = run "bulk run {}/guests.csv --json"
      assert.equal(0, status)
      assert.equal("", err)
      local result = assert(core.decode(nil, out))
      assert.equal(2, result.done)
      assert.equal(0, result.failed)
      status, out = run "bulk status {}/guests.csv --json"
      assert.equal(0, status)
      assert.equal('{"total":2,"done":2,"failed":0,"unknown":0,"skipped":0,"duplicates":0,'
        .. '"guests":0,"left":0}\n', out)
      status, out = run "bulk report {}/guests.csv.db --json"
      assert.equal(0, status)
      assert.matches('^{"line":2,"address":"guest1@fabrikam.example","status":"done",'
        .. '"user_id":"[^\n]*}\n{"line":3,[^\n]*}\n$', out)
      assert.is_nil(out:find("redeem", 1, true))
    end)

    it("prints nothing but the result with --quiet", function()
      write(directory .. "/guests.csv", guests(2))
      local status, out, err = run "bulk run {}/guests.csv --quiet"
      assert.equal(0, status)
      assert.equal("", err)
      assert.matches("^2 invited", out)
    end)

    it("sends nothing in a dry run, and keeps nothing", function()
      write(directory .. "/guests.csv", guests(90))
      local status, out = run "bulk run {}/guests.csv --dry-run --json"
      assert.equal(0, status)
      assert.same({ "guests.csv" }, names_in(directory))
      assert.equal(0, posts(emulator))
      local result = assert(core.decode(nil, out))
      assert.equal(90, result.left)
      assert.is_true(result.estimate.seconds >= 3 and result.estimate.seconds < 4)
    end)

    it("has a job where it is named; standard input has no other place", function()
      write(directory .. "/guests.jsonl",
        '{"invitedUserEmailAddress":"a@b.example"}\n{"invitedUserEmailAddress":"c@d.example"}\n')
      local status, out, err = run("bulk run {}/guests.jsonl --job {}/job --redirect " .. URL)
      assert.equal(0, status, err)
      assert.matches("^2 invited", out)
      status, out, err = run("bulk run - --redirect " .. URL)
      assert.equal(2, status)
      assert.equal("", out)
      assert.matches("name one by %-%-job", err)
    end)

    it("ends with 5 where rows have failed, and tries those again when asked", function()
      write(directory .. "/guests.csv", guests(3))
      emulator:fail_next { status = 400, count = 1, match = "/invitations" }
      local status, out, err = run "bulk run {}/guests.csv --concurrency 1"
      assert.equal(5, status)
      assert.matches("^2 invited, 1 failed\n", out)
      assert.matches("line 2: guest1@fabrikam%.example: ", err)
      status = run "bulk retry {}/guests.csv"
      assert.equal(5, status)
      assert.equal(3, posts(emulator))
      status, out = run "bulk retry --failed {}/guests.csv"
      assert.equal(0, status)
      assert.matches("^3 invited\n", out)
      assert.equal(4, posts(emulator))
    end)

    it("ends with 4 where the directory refuses all, and leaves the rest planned", function()
      write(directory .. "/guests.csv", guests(10))
      emulator:block_after { count = 4 }
      local status, _, err = run "bulk run {}/guests.csv --concurrency 1"
      assert.equal(4, status)
      assert.matches("not allowed for your company", err)
      local _, out = run "bulk status {}/guests.csv --json"
      assert.matches('"done":4,.*"left":6', out)
    end)

    it("has a job in PostgreSQL for several machines", function()
      write(directory .. "/guests.csv", guests(5))
      jobs = jobs + 1
      local job = ("'%s'"):format(postgresql.url("cli" .. jobs))
      local status, out, err = run("bulk run {}/guests.csv --job " .. job)
      assert.equal(0, status, err)
      assert.matches("^5 invited\n", out)
      status, out = run("bulk status --json " .. job)
      assert.equal(0, status)
      assert.matches('^{"total":5,"done":5,', out)
      status, out = run("bulk report --json " .. job)
      assert.equal(0, status)
      assert.equal(5, select(2, out:gsub("\n", "")))
      assert.equal(0, (run("bulk retry " .. job)))
      assert.equal(5, posts(emulator))
      assert.same({ "guests.csv" }, names_in(directory))
    end)

    it("keeps redeem links only when it is told to, and shows them only then", function()
      write(directory .. "/guests.csv", guests(1))
      assert.equal(0, (run "bulk run {}/guests.csv --redeem-urls"))
      local _, out = run "bulk report {}/guests.csv --json"
      assert.is_nil(out:find "redeem")
      _, out = run "bulk report {}/guests.csv --json --redeem-urls"
      assert.matches('"redeem_url":"https?://', out)
    end)

    -- Words, exit status, what is said.
    for _, row in ipairs {
      { "bulk run {}/none.csv", 2, "{}/none.csv: .*No such file" },
      { "bulk run {}/ok.csv --rate much", 2, "'much' is not a number" },
      { "bulk run {}/ok.csv --concurrency 0", 2, "whole number from 1" },
      { "bulk run {}/ok.csv --deadline 10 --lease 5", 2, "%-%-lease is more than 11 s" },
      { "bulk run {}/ok.csv --dry-run --report {}/r.csv", 2, "%-%-dry%-run keeps nothing" },
      { "bulk run {}/ok.csv --redirect nowhere", 2, "redirect URL for all rows: not an absolute" },
      { "bulk run {}/ok.csv --job postgres://me:secret@db.example/jobs", 2, "password among" },
      { "bulk run {}/ok.csv --job postgres://db.example/jobs?job=A-B", 2, "name of a job" },
      { "bulk run {}/ok.csv --job {}/nowhere/job", 1, "{}/nowhere/job: no such file or directory" },
      { "bulk status {}/ok.csv", 2, "{}/ok%.csv is no job" },
      { "bulk status {}/none", 2, "there is no such job: {}/none: No such file" },
      { "bulk retry {}/none", 2, "there is no such job" },
      { "bulk report {}/none", 2, "add %-%-json" },
      { "bulk report {}/ok.csv {}//ok.csv", 2, "ok%.csv is not overwritten" },
      { "bulk run {}/ok.csv --report {}/./ok.csv", 2, "%-%-report would overwrite" },
      { "bulk run {}/ok.csv --job {}/job --report {}/job", 2, "%-%-report would overwrite" },
      { "bulk run ''", 2, "an argument is empty\n  what to do: graphinvite bulk run %-%-help" },
      { "bulk report {}/none {}/result.csv", 2, "there is no such job" },
      { "bulk status postgres://me:secret@db.example/jobs", 2, "password among" },
    } do
      it(("exits with %d: %s"):format(row[2], row[1]), function()
        write(directory .. "/ok.csv", guests(1))
        local status, out, err = run(row[1])
        assert.equal(row[2], status, err)
        assert.equal("", out)
        local place = directory:gsub("%p", "%%%0")
        assert.matches((row[3]:gsub("{}", function() return place end)), err)
        assert.is_nil(err:find("traceback", 1, true))
        assert.is_nil(err:find("secret", 1, true))
        assert.equal(0, posts(emulator))
        assert.same({ "ok.csv" }, names_in(directory))
      end)
    end
  end)
end)

describe("a bulk process", function()
  local curl, addresses, emulator, directory

  setup(function()
    curl = require("graphinvite.transport.curl").new {}
    addresses = helper.server { seed = 52 }
    emulator = require("graphinvite.emulator").connect(addresses.url, curl)
  end)

  teardown(function() curl.close() end)

  before_each(function()
    emulator:reset()
    directory = process.directory()
  end)

  after_each(function() process.output("rm -r " .. directory) end)

  local function line(words)
    return ("env GRAPHINVITE_BASE_URL=%s GRAPHINVITE_TOKEN=emulator %s %s"):format(addresses.graph,
      COMMAND, (words:gsub("{}", directory)))
  end

  for _, row in ipairs(BROKEN) do
    it("touches nothing for " .. row[1], function()
      write(directory .. "/guests.csv", row[2])
      for _, words in ipairs {
        "bulk run {}/guests.csv", "bulk run - --job {}/job.db < {}/guests.csv",
      } do
        local text = process.output(line(words) .. " 2>&1; echo status $?")
        assert.equal("2", text:match "status (%d+)$", text)
        local at = 1
        for _, said in ipairs(row[3]) do
          local _, stop = text:find(said, at)
          assert.is_truthy(stop, said .. " is missing in " .. text)
          at = stop
        end
        assert.matches("faults?; nothing was sent\n", text)
        assert.same({ "guests.csv" }, names_in(directory))
      end
      assert.equal(0, #emulator:requests())
    end)
  end

  -- Runs a command at a terminal, by the steps of spec/support/terminal.pl.
  local function at_terminal(words, ...)
    local command = "perl spec/support/terminal.pl"
    for _, step in ipairs { ... } do
      command = command .. " " .. process.quote(step)
    end
    return process.output(command .. " -- " .. line(words))
  end

  it("finishes on Ctrl-C what is under way, says how to go on, and does", function()
    write(directory .. "/our guests.csv", guests(40))
    local shown = at_terminal("bulk run '{}/our guests.csv' --rate 10", "size 80 24",
      "await 0/40", "type \\x03", "end")
    assert.matches("Stopping: what is under way is finished", shown)
    assert.matches("To go on: graphinvite bulk retry '.*/our guests%.csv%.db'", shown)
    assert.matches("status 130$", shown)
    assert.is_true(posts(emulator) < 40)
    local words = line "bulk retry '{}/our guests.csv' --rate 0 --quiet"
    local text = process.output(words .. "; echo status $?")
    assert.matches("^40 invited\n.*status 0$", text)
    assert.equal(40, posts(emulator))
  end)

  it("stops at once on the second Ctrl-C", function()
    write(directory .. "/guests.csv", guests(1))
    emulator:fail_next { fault = "stall", seconds = 25, match = "/invitations" }
    local shown = at_terminal("bulk run {}/guests.csv", "size 80 24",
      "await 0/1", "type \\x03", "await Ctrl-C again", "type \\x03", "end")
    assert.matches("status 130$", shown)
    local text = process.output(line "bulk status {}/guests.csv --json")
    assert.matches('"done":0', text)
  end)
end)
