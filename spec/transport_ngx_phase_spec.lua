local case = require "spec.support.curl_case"
local worker = require "spec.support.worker"

local OK, LIMIT = case.OK, case.LIMIT

-- Holds six requests until it is told to let them go.
local GATE = [[
  location = /hold { content_by_lua_block { require("gate").hold() } }
  location = /arrived { content_by_lua_block { require("gate").arrived() } }
  location = /release { content_by_lua_block { require("gate").release() } }
]]

local GATE_MODULE = [[
  init_by_lua_block {
    local function gate()
      local semaphore = require "ngx.semaphore"
      local arrived, open = semaphore.new(), semaphore.new()
      return {
        hold = function()
          arrived:post()
          ngx.print(open:wait(30) and "through" or "held")
        end,
        arrived = function()
          for i = 1, 6 do
            assert(arrived:wait(30))
          end
          ngx.print "six"
        end,
        release = function()
          open:post(6)
        end,
      }
    end
    package.preload.gate = gate
  }
]]

-- Calls in each phase, and notes what comes of it.
local NOTES = [[
  init_by_lua_block {
    local notes = {}
    package.loaded.notes = notes
    function notes.call()
      local transport = assert(require("graphinvite.transport").new { unix_socket = "SOCKET" })
      local response, err = transport.send({
        method = "GET", url = "http://graph.example/", headers = {}, op = { safe = true },
      }, 20)
      local phase = ngx.get_phase()
      notes[phase] = response and response.body or err.reason .. " " .. tostring(err.sent) .. " "
        .. err.message
    end
    notes.call()
  }
  init_worker_by_lua_block { require("notes").call() }
]]

local PHASES = [[
  location = /phases {
    rewrite_by_lua_block { require("notes").call() }
    access_by_lua_block { require("notes").call() }
    content_by_lua_block {
      local notes, done = require "notes", require("ngx.semaphore").new()
      notes.call()
      ngx.timer.at(0, function()
        notes.call()
        done:post()
      end)
      assert(done:wait(20))
      ngx.print "called"
    }
    header_filter_by_lua_block { require("notes").call() }
    body_filter_by_lua_block { require("notes").call() }
    log_by_lua_block { require("notes").call() }
  }
  location = /notes {
    content_by_lua_block { ngx.print(require("notes")[ngx.var.query_string] or "nothing") }
  }
]]

describe("transport.ngx", function()
  local upstream, nginx

  after_each(function()
    nginx:stop()
    upstream:stop()
  end)

  it("has six calls in flight through one worker, which answers others meanwhile", function()
    upstream = worker.start(GATE_MODULE, GATE)
    nginx = worker.start(nil, "location = /other { return 200 here; }")
    local transport = nginx:transport { unix_socket = upstream.nginx.socket }
    for _ = 1, 6 do
      transport.start(case.post "http://graph.example/hold", LIMIT)
    end
    assert.equal("six", transport.send(case.get "http://graph.example/arrived", LIMIT).body)
    assert.equal("here", nginx:get "/other")
    assert(transport.send(case.get "http://graph.example/release", LIMIT))
    for _ = 1, 6 do
      local _, response, err = transport.next()
      assert.equal("through", assert(response, err).body)
    end
  end)

  it("is not held up by an answer that never makes it wait", function()
    upstream = worker.start(nil, [[
      location = /long { content_by_lua_block {
        local piece = ("x"):rep(4096)
        local sent = 0
        while sent < 30000 and ngx.print(piece) and ngx.flush(true) do
          sent = sent + 1
        end
      } }]])
    nginx = worker.start()
    local transport = nginx:transport { unix_socket = upstream.nginx.socket, max_body = 1e9 }
    local response, err = transport.send(case.get "http://graph.example/long", 0.02)
    assert.is_nil(response)
    assert.equal("timeout", err.reason, err.message)
  end)

  it("sends nothing once it is closed", function()
    upstream = case.serve({ "keep:" .. OK }, "unix")
    nginx = worker.start(nil, ([[
      location = /close { content_by_lua_block {
        local graphinvite = require "graphinvite"
        local client = graphinvite.new { unix_socket = "%s", base_url = "http://localhost/v1.0" }
        client:close()
        local value, err = client.users:get "1"
        ngx.print(tostring(value), " ", err.reason, " ", tostring(err.sent))
      } }]]):format(upstream.path))
    assert.equal("nil aborted false", nginx:get "/close")
    assert.equal(0, #upstream:requests())
  end)

  it("works where there are cosockets, and says elsewhere what to do", function()
    upstream = case.serve({ "keep:" .. OK }, "unix")
    nginx = worker.start(NOTES:gsub("SOCKET", upstream.path), PHASES)
    assert.equal("called", nginx:get "/phases")
    for _, phase in ipairs { "rewrite", "access", "content", "timer" } do
      assert.equal("fine", nginx:get("/notes?" .. phase), phase)
    end
    for _, phase in ipairs { "init", "init_worker", "header_filter", "body_filter", "log" } do
      local note = nginx:get("/notes?" .. phase)
      assert.matches("^aborted false ", note)
      assert.is_truthy(note:find("phase " .. phase .. ":", 1, true), note)
      assert.is_truthy(note:find("ngx.timer.at(0, ...)", 1, true), note)
    end
  end)
end)
