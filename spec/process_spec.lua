local case = require "spec.support.curl_case"
local process = require "spec.support.process"

local LIMIT = case.LIMIT
local failed, get, open = case.failed, case.get, case.open

-- On libcurl alone: it looks whether a server is gone.
describe("a process beside a spec", function()
  after_each(case.finish)

  it("does not outlive a run that was killed", function()
    local directory = process.directory()
    local port = process.elsewhere("", ([[
      local process = require "spec.support.process"
      print(process.spawn("perl spec/support/raw_server.pl /dev/null tcp /dev/null", %q).line)
      io.stdout:flush()
      os.execute "kill -9 $PPID"
    ]]):format(directory))
    assert.matches("^%d+$", port)
    -- the guard removes the directory when the server is gone
    os.execute("while test -e " .. directory .. "; do :; done")
    failed("connect", false, {}, open():send(get("http://127.0.0.1:" .. port), LIMIT))
  end)
end)
