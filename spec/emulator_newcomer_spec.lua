local browsers = require "spec.support.browser"
local core = require "graphinvite.core"
local process = require "spec.support.process"

if _VERSION ~= "Lua 5.4" then
  return -- these are commands of a shell and a browser; the server runs its specs on every Lua
end

-- The commands of the README's section on the emulator: up to the browser, and behind it.
local function commands()
  local file = assert(io.open "README.md")
  local section = file:read("*a"):match "\n## Emulator\n(.-)\n## "
  file:close()
  return section:match "```sh\n(.-)```.-```sh\n(.-)```"
end

-- A shell that runs them in a directory of its own, where graphinvite is a command. Between the
-- two it waits for a line in the pipe "go".
local function newcomer(directory)
  local before, behind = commands()
  local here = process.output "pwd"
  for name, text in pairs {
    ["graphinvite"] = ('#!/bin/sh\ncd %s && exec %s "$@"\n'):format(process.quote(here),
      process.lua "lua/graphinvite/cli.lua"),
    ["steps"] = ("set -e\ntrap 'kill $!' EXIT\ntrap 'exit 1' TERM\ncd %s\nPATH=$PWD:$PATH\n"
      .. "mkfifo go\n%sread -r _ <> go\n%s\ntrap - EXIT\n"):format(directory, before, behind),
  } do
    local file = assert(io.open(directory .. "/" .. name, "w"))
    file:write(text)
    file:close()
  end
  process.output("chmod +x " .. directory .. "/graphinvite")
  return process.spawn("sh " .. directory .. "/steps", directory)
end

describe("the README on the emulator", function()
  it("leads from nothing to a guest that has accepted", function()
    local directory = process.directory()
    local child = newcomer(directory)
    local mail = core.decode(nil, child.line).value[1]
    local url = child.out:read("*l"):match "^The tenant is at (http://127.0.0.1:%d+/)$"
    local browser = browsers.open()
    browser:go(url)
    browser:wait 'document.querySelector("#mail-list a")'
    browser:click "#mail-list a"
    browser:arrive(mail.inviteRedeemUrl)
    browser:click "button[value=accept]"
    browser:arrive "https://example.com/"
    browser:close()
    local go = assert(io.open(directory .. "/go", "w"))
    go:write "\n"
    go:close()
    local rest = child.out:read "*a"
    child:stop()
    local guest = core.decode(nil, rest)
    assert.same({ "Accepted", "ann@fabrikam.example" }, { guest.externalUserState, guest.mail })
  end)
end)
