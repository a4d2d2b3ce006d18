--- Program: one worker of a bulk job, to be killed. Prints its process id, then how it ended.
---   lua bulk_worker.lua GRAPH STORE ROWS "settle=3 ..." [blind|forgetful]
--- A blind one finds nobody by look-ups, a forgetful one does not mark rows before it sends them.
local bulk = require "graphinvite.workflows.bulk"
local graphinvite = require "graphinvite"
local guests = require "spec.support.bulk_rows"

io.stdout:setvbuf "line"
print(require("graphinvite.sys").pid())

local given = {
  client = graphinvite.new { base_url = arg[1], auth = graphinvite.auth.static "emulator" },
  store = arg[2],
  input = guests.rows(tonumber(arg[3])),
}
for name, value in arg[4]:gmatch "([%a_]+)=(%S+)" do
  given[name] = tonumber(value)
end
if arg[5] == "blind" then
  require("graphinvite.workflows.bulk.lookup").find = function(_, addresses)
    local answers = {}
    for i in ipairs(addresses) do
      answers[i] = { user = false }
    end
    return answers
  end
end
if arg[5] == "forgetful" then
  given.store = bulk.store(arg[2])
  function given.store.sent(rows)
    return rows
  end
end
local summary, err = bulk.run(given)
print(summary and ("done %d"):format(summary.done) or tostring(err))
