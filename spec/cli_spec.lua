local helper = require "spec.helper"
local lfs = require "lfs"
local process = require "spec.support.process"

-- The command line of graphinvite.
local function graphinvite(words)
  return ("env LD_PRELOAD=%s %s lua/graphinvite/cli.lua %s"):format(
    process.quote(os.getenv "LD_PRELOAD" or ""), helper.interpreter(), words)
end

-- What a command line prints, and its exit status as the last line.
local function run(words, prefix)
  return process.output((prefix or "") .. " " .. graphinvite(words) .. " 2>&1; echo status $?")
end

-- The file of a module in C.
local function module_file(name)
  for path in package.cpath:gmatch "[^;]+" do
    local file = path:gsub("?", name)
    if lfs.attributes(file) then
      return file
    end
  end
end

-- Words, exit status, and what is said.
local LINES = {
  { "--version", 0, "^graphinvite %d+%.%d+%.%d+\n" },
  { "--help", 0, "^Usage: graphinvite COMMAND.*invite.*describe.*emulator" },
  { "emulator serve --help", 0, "%-%-until%-eof .*%-%-replication" },
  { "", 2, "Usage: .*a command is required" },
  { "invent", 2, "unknown command 'invent'" },
  { "emulator", 2, "a command is required" },
  { "emulator serve --prot 1", 2, "unknown option '%-%-prot'.*Did you mean '%-%-port'" },
  { "emulator serve --port x", 2, "'x' is not a whole number from 0 to 65535" },
  { "emulator serve --port 65536", 2, "'65536' is not a whole number from 0 to 65535" },
  { "emulator serve --port=-1", 2, "'%-1' is not a whole number" },
  { "emulator serve --seed 1.5", 2, "'1.5' is not a whole number" },
  { "emulator serve --page-size 0", 2, "'0' is not a whole number from 1" },
  { "emulator serve --replication soon", 2, "'soon' is not a number of seconds" },
  { "emulator serve --replication .", 2, "'.' is not a number of seconds" },
  { "emulator serve --profile dead", 2, "must be one of 'modelled', 'live'" },
  { "emulator serve --cloud mars", 2, "must be one of 'global', 'usgov', 'dod', 'china'" },
  { "emulator serve --throttle much", 2, "must be one of 'documented'" },
  { "emulator serve --redeem-links no", 2, "must be one of 'emulator', 'service'" },
  { "emulator serve --cert /nowhere", 2, "/nowhere: No such file" },
  { "emulator serve --key /dev/null", 2, "%-%-cert and %-%-key go together" },
  { "emulator serve --tls --cert /dev/null --key /dev/null", 2, "does not go with %-%-cert" },
  { "emulator serve --tls-directory /tmp", 2, "%-%-tls%-directory goes with %-%-tls" },
  {
    "emulator serve --tls --tls-directory /nowhere", 1,
    "^graphinvite: cannot write the certificate: /nowhere/.*No such file",
  },
  { "emulator serve --tls --host a_b!", 1, "^graphinvite: names: .*host name" },
  { "emulator serve --arc-directory ''", 2, "an argument is empty" },
  { "emulator serve --cert /dev/null --key /dev/null", 1, "^graphinvite: cannot listen on .*cert" },
  { "emulator serve --host 256.0.0.1", 1, "^graphinvite: cannot listen on 256.0.0.1, port 0: " },
  { "describe", 2, "missing argument 'NAME'" },
  { "describe invitation", 0, "^microsoft.graph.invitation: .*\n  inviteRedeemUrl  +Edm.String  " },
  { "describe Microsoft.AADInviteMgr.invitation", 0, "\n  InvitedUserMessageInfo  " },
  { "describe operationStatus", 0, "^microsoft.graph.operationStatus: .*Running" },
  { "describe invitations.create", 0, "^invitations.create %(A1%)\n.* POST /invitations\n" },
  { "describe call.operations.get", 0, "GET /communications/.*GET /app/" },
  { "describe invitations.craete", 2, "did you mean invitations.create?" },
  { "describe microsoft.graph.invitatoin", 2, "did you mean microsoft.graph.invitation?" },
  { "describe invitation --json", 0, '^{.*"name":"inviteRedeemUrl"' },
  { "describe invitations.create --json", 0, '^%[{.*"path":"/invitations"' },
}

-- Flags of serve, a request, and what its answer has in it.
local FLAGS = {
  { "", "/v1.0/invitations", '"value":%[%]' },
  { "--profile live", "/v1.0/invitations", "^HTTP/1.1 405 " },
  { "", "/_emulator/requests -H 'Host: tenant.example'", "^HTTP/1.1 403 .*%-%-allow%-host" },
  {
    "--allow-host a.example --allow-host tenant.example",
    "/_emulator/requests -H 'Host: tenant.example:1'", '"value":%[%]',
  },
  { "--host 127.0.0.2", "/_emulator/requests", '"value":%[%]' },
  { "--cloud china", "/v1.0/communications/calls/1", '^HTTP/1.1 40.*"error"' },
  { "--seed 7 --strict --replication 0.5 --page-size 5", "/v1.0/invitations", '"value":%[%]' },
}

describe("command line", function()
  for _, row in ipairs(LINES) do
    it(("exits with %d on: graphinvite %s"):format(row[2], row[1]), function()
      local text = run(row[1], "env -u GRAPHINVITE_CLOUD -u GRAPHINVITE_PROFILE")
      assert.equal(tostring(row[2]), text:match "status (%d+)$")
      assert.matches(row[3], text)
      assert.is_nil(text:find("traceback", 1, true))
    end)
  end

  it("takes cloud and profile from the environment where no flag is given", function()
    for _, setting in ipairs { "GRAPHINVITE_CLOUD=mars", "GRAPHINVITE_PROFILE=dead" } do
      assert.matches("must be one of .*status 2$", run("emulator serve", "env " .. setting))
    end
    assert.matches('^{"url".*status 0$', run("emulator serve --until-eof --cloud dod < /dev/null",
      "env GRAPHINVITE_CLOUD=mars"))
  end)

  for _, row in ipairs(FLAGS) do
    it("serves with: " .. row[1], function()
      local child = process.spawn(graphinvite("emulator serve " .. row[1]), process.directory())
      local url = child.line:match '"url":"(.-)"'
      local text = process.output(("curl -sS -i -H 'Authorization: Bearer emulator' %s%s"):format(
        url, row[2]))
      child:stop()
      assert.matches(row[3], text)
    end)
  end

  it("has redeem links lead to the emulator, or to the service", function()
    for _, row in ipairs { { "", "^http://127%.0%.0%.1:%d+/redeem%?rd=https" },
      { "--redeem-links service", "^https://login%.microsoftonline%.com/redeem%?rd=https" } } do
      local child = process.spawn(graphinvite("emulator serve " .. row[1]), process.directory())
      local link = process.output(("curl -sS -H 'Authorization: Bearer emulator' -d '%s'"
        .. " -H 'Content-Type: application/json' %s/v1.0/invitations"):format(
        '{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://x.example"}',
        child.line:match '"url":"(.-)"')):match '"inviteRedeemUrl":"(.-)"'
      local page = row[1] == "" and process.output("curl -sS '" .. link .. "'")
      child:stop()
      assert.matches(row[2], link)
      assert.is_true(not page or page:find("Accept the invitation?", 1, true) ~= nil)
    end
  end)

  it("begins the same tenant from the same seed", function()
    local first = {}
    for i, seed in ipairs { 5, 5, 6 } do
      local words = "emulator serve --seed " .. seed
      local child = process.spawn(graphinvite(words), process.directory())
      first[i] = process.output(("curl -sS -H 'Authorization: Bearer emulator' -d '%s'"
        .. " -H 'Content-Type: application/json' %s/v1.0/invitations"):format(
        '{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://x.example"}',
        child.line:match '"url":"(.-)"')):match '"id":"(.-)"'
      child:stop()
    end
    assert.equal(first[1], first[2])
    assert.are_not.equal(first[1], first[3])
  end)

  it("serves without libcurl", function()
    local child = process.spawn(graphinvite "emulator serve", process.directory())
    local pid = child.line:match '"pid":(%d+)'
    local maps = process.output("cat /proc/" .. pid .. "/maps")
    child:stop()
    assert.matches("httpd.so", maps, 1, true)
    assert.is_nil(maps:find("libcurl", 1, true))
  end)

  -- modules that were built, words, what is said
  for _, row in ipairs {
    { "core sys", "emulator serve", "^graphinvite: .* needs graphinvite.httpd.*libmicro" },
    { "core sys httpd", "emulator serve --tls", "^graphinvite: graphinvite.crypto is .*libssl" },
    { "core sys httpd", "emulator serve --until-eof < /dev/null", '^{"url"' },
    { "core sys", "invitation list --token-file README.md", "^graphinvite: .* is not installed" },
  } do
    it("says what is missing where there is only " .. row[1] .. ": " .. row[2], function()
      local directory = process.directory()
      os.execute("mkdir " .. directory .. "/graphinvite")
      os.execute(("cp %s %s"):format(module_file "cjson", directory))
      for name in row[1]:gmatch "%w+" do
        os.execute(("cp %s %s/graphinvite"):format(module_file("graphinvite/" .. name), directory))
      end
      local text = run(row[2], ("env 'LUA_CPATH=%s/?.so'"):format(directory))
      process.output("rm -r " .. directory)
      assert.matches(row[3], text)
      assert.equal(row[3]:find "url" and "0" or "1", text:match "status (%d+)$")
    end)
  end

  it("stops at the end of its standard input, and not before", function()
    local text = process.output(([[
      d=$(mktemp -d) && mkfifo $d/in $d/out
      { %s < $d/in; echo status $? >&2; } > $d/out 2> $d/err &
      exec 4< $d/out 3> $d/in
      read -r line <&4
      url=${line#*'"url":"'}
      url=${url%%%%'"'*}
      echo noise >&3
      curl -sS -o $d/body -w '%%{http_code} ' "$url/_emulator/requests"
      exec 3>&-
      wait
      cat $d/err
      rm -r $d
    ]]):format(graphinvite "emulator serve --until-eof"))
    assert.equal("200 status 0", text)
  end)

  -- SIGINT is what Ctrl-C sends, TERM stops a service
  for _, row in ipairs { { "INT", "130" }, { "TERM", "0" } } do
    it(("exits with %s on SIG%s"):format(row[2], row[1]), function()
      local text = process.output(([[
        exec 2> /dev/null
        d=$(mktemp -d) && mkfifo $d/out
        %s > $d/out & pid=$!
        read -r line < $d/out
        kill -%s $pid
        wait $pid
        echo $? $(ls /proc/$pid)
        rm -r $d
      ]]):format(graphinvite "emulator serve", row[1]))
      assert.equal(row[2], text)
    end)
  end

  it("is a module too", function()
    local cli = require "graphinvite.cli"
    assert.equal("function", type(cli.main))
  end)
end)
