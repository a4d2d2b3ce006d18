local helper = require "spec.helper"
local nginx = require "spec.support.nginx"

local LIMIT = 30 -- seconds; nothing here comes near it

local HTTP = [[
  lua_shared_dict graphinvite 1m;
  lua_shared_dict said 1m;
  init_by_lua_block {
    local graphinvite = require "graphinvite"
    package.loaded.client = graphinvite.new {
      base_url = "URL/v1.0", authority = "URL",
      auth = graphinvite.auth.client_secret {
        tenant = "contoso.example", client_id = "c", client_secret = "s",
      },
    }
    package.loaded.try = function(call)
      local client, said = require "client", {}
      local count, err = client.users:count()
      said[1] = count and "made" or err.kind .. ": " .. err.message
      for _, value, why in client:parallel({ 1, 2 }, function(_, with)
        return with.users:count()
      end) do
        said[#said + 1] = value and "made" or why.kind .. ": " .. why.message
      end
      return table.concat(said, "|")
    end
    ngx.shared.said:set("init", require "try" ())
  }
  init_worker_by_lua_block { ngx.shared.said:set("init_worker", require "try" ()) }
]]

local SERVER = [[
  listen unix:DIR/socket;
  location = /rewrite { rewrite_by_lua_block { ngx.say(require "try" ()) ngx.exit(200) } }
  location = /access { access_by_lua_block { ngx.say(require "try" ()) ngx.exit(200) } }
  location = /content { content_by_lua_block { ngx.say(require "try" ()) } }
  location = /timer {
    content_by_lua_block {
      ngx.timer.at(0, function() ngx.shared.said:set("timer", require "try" ()) end)
      while not ngx.shared.said:get "timer" do ngx.sleep(0.001) end
      ngx.say(ngx.shared.said:get "timer")
    }
  }
  location = /said { content_by_lua_block { ngx.say(ngx.shared.said:get(ngx.var.arg_in)) } }
  location = /others {
    set_by_lua_block $set { ngx.shared.said:set("set", require "try" ()) }
    content_by_lua_block { ngx.say "here" }
    header_filter_by_lua_block { ngx.shared.said:set("header_filter", require "try" ()) }
    body_filter_by_lua_block { ngx.shared.said:set("body_filter", require "try" ()) }
    log_by_lua_block { ngx.shared.said:set("log", require "try" ()) }
  }
]]

describe("a client with a token to get, inside nginx", function()
  local server, transport

  setup(function()
    local url = helper.server({ seed = 5 }).url
    server = nginx.start(SERVER, nil, nginx.with_lua((HTTP:gsub("URL", url))))
    transport = require("graphinvite.transport.curl").new { unix_socket = server.socket }
  end)

  teardown(function()
    server:stop()
  end)

  local function ask(path)
    local response = assert(transport.send({
      method = "GET", url = "http://localhost" .. path, headers = {}, op = { safe = false },
    }, LIMIT))
    assert.equal(200, response.status)
    return (response.body:gsub("\n$", ""))
  end

  for _, phase in ipairs { "rewrite", "access", "content", "timer" } do
    it("makes calls in the phase " .. phase, function()
      assert.equal("made|made|made", ask("/" .. phase))
    end)
  end

  for _, phase in ipairs { "init", "init_worker", "set", "header_filter", "body_filter", "log" } do
    it("says in the phase " .. phase .. " where calls can be made", function()
      assert.equal("here", ask "/others")
      local parts = {}
      for part in ask("/said?in=" .. phase):gmatch "[^|]+" do
        parts[#parts + 1] = part
        assert.matches("nginx lets nothing be sent in the phase " .. phase, part, 1, true)
        assert.matches("ngx.timer.at(0, ...)", part, 1, true)
      end
      assert.equal(3, #parts)
    end)
  end

  it("has lost nothing by it", function()
    assert.equal("made|made|made", ask "/content")
  end)
end)
