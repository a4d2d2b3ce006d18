local process = require "spec.support.process"

-- Runs a text in an interpreter of its own, as nothing may have been loaded there before.
local function run(text)
  return process.elsewhere("env HOME=/nonexistent", text)
end

local PRELUDE = [[
  local function lines(path)
    local list = {}
    for line in io.lines(path) do
      list[#list + 1] = line
    end
    return list
  end

  -- The files and sockets that this process has open; its own pipes come and go.
  local function open()
    local pipe = io.popen "ls -l /proc/$PPID/fd"
    local targets = {}
    for line in pipe:lines() do
      local target = line:match " %d+ %-> (.*)$"
      if target and not target:find "^pipe:" then
        targets[#targets + 1] = target
      end
    end
    pipe:close()
    table.sort(targets)
    return table.concat(targets, "\n")
  end

  local function mapped(name)
    for _, line in ipairs(lines "/proc/self/maps") do
      if line:find(name, 1, true) then
        return true
      end
    end
    return false
  end
]]

describe('require "graphinvite"', function()
  it("leaves no globals", function()
    assert.equal("done", run [[
      local before = {}
      for name in pairs(_G) do before[name] = true end
      require "graphinvite"
      for name in pairs(_G) do
        if not before[name] then io.write(name, " ") end
      end
      io.write "done"
    ]])
  end)

  it("does not load libcurl, OpenSSL or libmicrohttpd", function()
    assert.equal("true false false false false false", run(PRELUDE .. [[
      require "graphinvite"
      io.write(table.concat({
        tostring(mapped "graphinvite/core.so"), tostring(mapped "libcurl"),
        tostring(mapped "libssl"), tostring(mapped "libcrypto"), tostring(mapped "libmicrohttpd"),
        tostring(package.loaded["graphinvite.curl"] ~= nil),
      }, " "))
    ]]))
  end)

  it("does not load libcurl for a client on a transport of the caller's own", function()
    assert.equal("PendingAcceptance false", run(PRELUDE .. [[
      local graphinvite = require "graphinvite"
      local client = graphinvite.new {
        transport = require("graphinvite.emulator").new():transport(),
      }
      local invitation = graphinvite.check(client.invitations:create {
        invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://a.example",
      })
      io.write(invitation.status, " ", tostring(mapped "libcurl"))
    ]]))
  end)

  it("opens nothing: no socket, no file", function()
    assert.equal("same", run(PRELUDE .. [[
      local before = open()
      require "graphinvite"
      local after = open()
      io.write(before == after and #before > 0 and "same" or before .. "\n-- became --\n" .. after)
    ]]))
  end)

  it("reads no file but its modules, runs nothing and asks for no environment", function()
    assert.equal("done", run [[
      local function watch(library, name)
        local original = library[name]
        library[name] = function(...)
          io.stdout:write(name, " ", tostring((...)), "\n")
          return original(...)
        end
      end
      for _, name in ipairs { "open", "lines", "popen", "input", "output", "tmpfile", "read" } do
        watch(io, name)
      end
      for _, name in ipairs { "getenv", "execute", "remove", "rename", "tmpname" } do
        watch(os, name)
      end
      watch(_G, "dofile")
      watch(_G, "print")
      require "graphinvite"
      io.stdout:write "done"
    ]])
  end)

  it("changes neither the shared cjson nor the metatable of texts", function()
    assert.equal("true true", run [[
      local cjson = require "cjson"
      local encode, keys = cjson.encode, 0
      for _ in pairs(getmetatable("").__index) do keys = keys + 1 end
      require "graphinvite"
      for _ in pairs(getmetatable("").__index) do keys = keys - 1 end
      local kept = cjson.encode { 1.5 } == "[1.5]" and cjson.encode {} == "{}"
      io.write(tostring(encode == cjson.encode and kept), " ", tostring(keys == 0))
    ]])
  end)

  it("gives the same table each time, with what the documentation names", function()
    local graphinvite = require "graphinvite"
    assert.equal(graphinvite, require "graphinvite")
    for _, name in ipairs { "new", "check", "filter", "int64", "number", "array" } do
      assert.equal("function", type(graphinvite[name]), name)
    end
    assert.equal("userdata", type(graphinvite.null))
    assert.matches("^%d+%.%d+%.%d+$", graphinvite._VERSION)
    assert.equal("function", type(graphinvite.auth.static))
    assert.equal("function", type(graphinvite.auth.client_secret))
  end)
end)
