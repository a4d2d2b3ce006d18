--- What takes the notifications of a tenant, by the name of the transport to it: its address, and
--- take(n), which gives the first n. It answers with the statuses in order, then with 202.
local assert = require "luassert"
local httpd = require "graphinvite.httpd"

local LIMIT = 30 -- seconds; nothing here comes near it

local function in_process(emulator, statuses)
  local list = {}
  emulator:on_notification(function(request)
    list[#list + 1] = request
    return { status = statuses[#list] or 202, headers = {}, body = "" }
  end)
  return {
    uri = "https://bot.example/callback?a=b",
    take = function(n)
      assert.equal(n, #list)
      return list
    end,
    close = function() end,
  }
end

local function over_sockets(_, statuses)
  local server = assert(httpd.listen { port = 0 })
  local list = {}
  local function take(n)
    while #list < n do
      local request = assert(server:step(LIMIT))
      list[#list + 1] = request
      server:answer(request.id, { status = statuses[#list] or 202, headers = {}, body = "" })
    end
    assert.is_nil((server:step(0)))
    return list
  end
  return {
    uri = ("http://127.0.0.1:%d/callback?a=b"):format(server:port()), take = take,
    close = function() server:close() end,
  }
end

return {
  ["in process"] = in_process, ["over HTTP"] = over_sockets, ["over cosockets"] = over_sockets,
}
