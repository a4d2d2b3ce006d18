local browsers = require "spec.support.browser"
local core = require "graphinvite.core"
local helper = require "spec.helper"
local process = require "spec.support.process"

if _VERSION ~= "Lua 5.4" then
  return -- what a browser shows depends on no Lua: the others have emulator_page_spec.lua
end

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- is there from the start
local KEYS = browsers.KEYS
local LIMIT = 30 -- seconds
local SERVE = "lua/graphinvite/cli.lua emulator serve"
local HOSTILE = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"

describe("the page of an emulator in a browser", function()
  local browser, child, url, curl

  setup(function()
    curl = require("graphinvite.transport.curl").new {}
    browser = browsers.open()
    child = process.spawn(process.lua(SERVE), process.directory())
    url = child.line:match '"url":"(.-)"'
  end)

  teardown(function()
    if child then
      child:stop()
    end
    if browser then
      browser:close()
    end
  end)

  local function ask(line, fields)
    local method, path = line:match "^(%u+) (.*)$"
    local response = assert(curl.send({
      method = method, url = url .. path, body = fields and assert(core.encode(nil, fields)),
      headers = { ["Content-Type"] = "application/json", Authorization = "Bearer emulator" },
    }, LIMIT))
    return core.decode(nil, response.body) or {}, response.status
  end

  local function invite(name, redirect)
    return (ask("POST /v1.0/invitations", {
      invitedUserEmailAddress = name:lower():gsub("%W", "") .. "@fabrikam.example",
      invitedUserDisplayName = name, sendInvitationMessage = true,
      inviteRedirectUrl = redirect or "https://app.example",
    }))
  end

  local function ring(name)
    ask(("POST /v1.0/communications/calls/%s/participants/invite"):format(CALL), {
      participants = { { identity = { user = { id = "u", displayName = name } } } },
    })
  end

  -- Opens the page, anew where it is open already.
  local function open()
    browser:run "window.before = true"
    browser:go(url .. "/")
    browser:wait '!window.before && document.querySelector("#link").innerText === "live"'
  end

  local function reads(selector, text)
    return browser:wait(("(document.querySelector(%q) || {}).innerText?.includes(%q)"):format(
      selector, text))
  end

  -- The row of whoever is called so, as a selector.
  local function guest(invitation)
    return ('#guests-list [data-key="%s"]'):format(invitation.invitedUser.id)
  end

  local function tab_to(selector)
    local script = ("return document.activeElement.matches(%q)"):format(selector)
    for _ = 1, 60 do
      browser:press(KEYS.tab)
      if browser:run(script) then
        return
      end
    end
    error("the Tab key does not reach " .. selector, 2)
  end

  before_each(function()
    ask("POST /_emulator/reset", {})
    browser:prefer {}
    browser:resize(1280, 900)
    open()
  end)

  after_each(function()
    assert.same({}, browser:console())
  end)

  it("shows an invitation at once, and its mail leads to acceptance and on", function()
    local app = helper.server({ seed = 2 }).url .. "/"
    browser:run "window.same = 1"
    local made = invite("Ann Carter", app)
    reads("#guests-list", "Ann Carter")
    reads("#guests-list", "PendingAcceptance")
    reads("#requests-list", "POST /v1.0/invitations")
    reads("#news", "anncarter@fabrikam.example: PendingAcceptance")
    assert.equal(1, browser:run "return window.same") -- it was not loaded anew
    browser:click "#mail-list a"
    browser:arrive(made.inviteRedeemUrl)
    assert.equal("Accept the invitation?", browser:text "h1")
    assert.matches("contoso.onmicrosoft.com invites Ann Carter", browser:text "main", 1, true)
    browser:click "button[value=accept]"
    browser:arrive(app)
    open()
    reads(guest(made), "Accepted")
    assert.equal("Accepted", ask("GET /v1.0/users/" .. made.invitedUser.id).externalUserState)
    browser:go(made.inviteRedeemUrl)
    assert.equal("This invitation was accepted", browser:text "h1")
    -- The browser tells of the status; nothing else may be there.
    assert.matches("410 %(Gone%)", table.concat(browser:console(), "\n"))
  end)

  it("shows an invitation into a call on its way", function()
    ring "Megan Bowen"
    reads("#calls-list", "Megan Bowen")
    reads("#calls-list .line .wait", "Running")
    browser:click "[data-seconds='60']"
    reads("#calls-list .line .good:last-child", "Completed")
    reads("#calls-list", "In the call: Megan Bowen")
    reads("#news", "Megan Bowen: Completed")
  end)

  it("is used by keyboard alone, with the focus in sight and never lost", function()
    local made = invite("Ann Carter", helper.server({ seed = 2 }).url .. "/")
    reads("#mail-list", "anncarter")
    browser:press(KEYS.tab)
    assert.equal("Skip to the tenant", browser:run "return document.activeElement.innerText")
    browser:press(KEYS.enter)
    local act = guest(made) .. " [data-act=decline]"
    tab_to(act)
    assert.same({ "solid", 3 }, browser:run [[
      const style = getComputedStyle(document.activeElement);
      return [style.outlineStyle, parseFloat(style.outlineWidth)]; ]])
    browser:press(KEYS.space)
    reads(guest(made), "declined")
    assert.is_true(browser:run(("return document.activeElement.matches(%q)"):format(act)))
    invite "Ben Dover" -- changes the list above the focus
    reads("#guests-list", "Ben Dover")
    assert.is_true(browser:run(("return document.activeElement.matches(%q)"):format(act)))
    tab_to "#mail-list li:last-child a"
    browser:press(KEYS.enter)
    browser:wait 'document.title === "Accept the invitation?"'
    tab_to "button[value=accept]"
    browser:press(KEYS.enter)
    browser:wait 'document.title === "Emulated tenant"'
    open()
    reads(guest(made), "Accepted")
  end)

  it("keeps the focus near when what had it is gone", function()
    local made = invite "Ann Carter"
    reads("#guests-list", "Ann")
    tab_to(guest(made) .. " [data-act=redeem]")
    browser:press(KEYS.enter)
    reads(guest(made), "Accepted")
    assert.is_true(browser:run(("return document.activeElement.matches(%q)"):format(guest(made))))
    ask("POST /_emulator/reset", {})
    browser:wait 'document.activeElement.id === "guests"'
  end)

  it("moves the clock, throttles and begins anew", function()
    local function clock()
      return browser:run 'return Date.parse(document.querySelector("#clock").dateTime) / 1000'
    end
    for seconds, selector in pairs { [60] = 1, [3600] = 2, [86400] = 3 } do
      local before = clock()
      browser:click(("[data-seconds]:nth-of-type(%d)"):format(selector))
      browser:wait(("Date.parse(document.querySelector('#clock').dateTime) / 1000 >= %d"):format(
        before + seconds))
      assert.is_true(clock() < before + seconds + LIMIT)
    end
    browser:run 'document.querySelector("#limit").value = 1'
    browser:click "#throttle-button"
    browser:wait 'document.querySelector("[aria-pressed=true]")'
    local function status()
      return (select(2, ask "GET /v1.0/users"))
    end
    assert.same({ 200, 429 }, { status(), status() })
    reads("#requests-list", "Retry-After")
    browser:click "#throttle-button"
    browser:wait 'document.querySelector("[aria-pressed=false]")'
    assert.equal(200, status())
    invite "Ann Carter"
    reads("#guests-list", "Ann")
    browser:click "#reset"
    browser:accept_alert()
    browser:wait '!document.querySelector("#guests-list").children.length'
    assert.same({}, ask("GET /_emulator/invitations").value)
  end)

  it("shows a hostile name as the text that it is", function()
    local made = invite(HOSTILE, "javascript://%0Aalert(1)")
    assert.is_nil(made.id) -- such a redirect the tenant refuses by itself
    made = invite(HOSTILE)
    ring(HOSTILE)
    ask "GET /v1.0/<script>window.hacked=1</script>"
    for _, list in ipairs { "#guests-list", "#invitations-list", "#calls-list" } do
      reads(list, HOSTILE)
    end
    reads("#requests-list", "<script>")
    assert.equal(0, browser:run 'return document.querySelectorAll("main script, main img").length')
    browser:go(made.inviteRedeemUrl)
    assert.matches("invites " .. HOSTILE, browser:text "main", 1, true)
    assert.equal(0, browser:run 'return document.querySelectorAll("script, main img").length')
    assert.is_true(browser:run "return window.hacked === undefined")
  end)

  it("is legible in light and dark, wide and narrow", function()
    local made = invite "Ann Carter"
    ring "Megan Bowen"
    ask("POST /_emulator/operation_outcome", { outcome = "busy", after = 0 })
    ring "Alex Wilber"
    ask("POST /_emulator/redeem", { id = invite("Ben Dover").id })
    ask "GET /v1.0/nothing"
    local grounds = {}
    for _, width in ipairs { 1280, 390 } do
      for _, scheme in ipairs { "light", "dark" } do
        browser:resize(width, 900)
        browser:prefer { ["prefers-color-scheme"] = scheme, ["prefers-reduced-motion"] = "reduce" }
        for _, address in ipairs { url .. "/", made.inviteRedeemUrl } do
          browser:go(address)
          if address == url .. "/" then
            reads("#requests-list", "/v1.0/nothing")
          end
          local contrast, text = table.unpack(browser:contrast())
          assert.is_true(contrast >= 4.5, ("%s: %.2f in %s"):format(text, contrast, scheme))
          assert.is_true(browser:run "return document.body.scrollWidth <= innerWidth")
        end
        grounds[scheme] = browser:run "return getComputedStyle(document.body).backgroundColor"
      end
    end
    assert.same({ light = "rgb(245, 246, 250)", dark = "rgb(16, 19, 28)" }, grounds)
  end)

  it("moves nothing for those who want no motion", function()
    for preference, animation in pairs { reduce = "none", ["no-preference"] = "appear" } do
      ask("POST /_emulator/reset", {})
      browser:prefer { ["prefers-reduced-motion"] = preference }
      open()
      invite "Ann Carter"
      reads("#guests-list", "Ann Carter")
      assert.equal(animation, browser:run
        'return getComputedStyle(document.querySelector("#guests-list tr")).animationName')
    end
  end)

  -- selector, role, name
  local SPOKEN = {
    { "header", "banner", "" }, { "nav", "navigation", "Parts of the tenant" },
    { "main", "main", "" }, { "footer", "contentinfo", "" }, { "#news", "status", "" },
    { "main section:nth-of-type(2)", "region", "Guests" }, { "h1", "heading", "Emulated tenant" },
    { "#guests", "heading", "Guests" }, { "#limit", "spinbutton", "Let in" },
    { "#window", "spinbutton", "in s" }, { ".controls div", "group", "Advance the clock" },
    { "#guests-list tr", "row" }, { "#guests-list td", "cell" },
    { "#guests-list th", "rowheader" },
    {
      "section:nth-of-type(2) table", "table",
      "Guests and how far they have come, the newest first",
    },
    { "[data-act=redeem]", "button", "Redeem for anncarter@fabrikam.example" },
    { "#mail-list a", "link", "Open the invitation for anncarter@fabrikam.example" },
    { "#throttle-button", "button", "Throttle" }, { ".line", "list", "Time line" },
  }
  for _, width in ipairs { 1280, 390 } do
    it(("is told by a screen reader at %d pixels"):format(width), function()
      browser:resize(width, 900)
      invite "Ann Carter"
      reads("#mail-list", "anncarter")
      for _, row in ipairs(SPOKEN) do
        local role, name = browser:spoken(row[1])
        assert.same({ row[1], row[2], row[3] or name }, { row[1], role, name })
      end
      assert.same({ 1, 2, 2, 2, 3, 2, 2, 3, 2 }, browser:run [[
        return [...document.querySelectorAll("h1, h2, h3")].map((node) => +node.tagName[1]) ]])
      assert.same({ "en", "Emulated tenant" }, browser:run
        "return [document.documentElement.lang, document.title]")
    end)
  end

  it("takes nothing from a page of another origin", function()
    local made = invite "Ann Carter"
    browser:go(helper.server({ seed = 2 }).url:gsub("127%.0%.0%.1", "localhost") .. "/v1.0/users")
    local sent = browser:run([[
      for (const [path, body] of arguments[1]) {
        const options = { method: "POST", mode: "no-cors", body,
          headers: { "Content-Type": "text/plain" } };
        window.done = (window.done || Promise.resolve())
          .then(() => fetch(arguments[0] + path, options)).then((r) => r.type);
      }
      return window.done; ]], url, core.array {
      { "/_emulator/reset", "{}" }, { "/_emulator/redeem", '{"id":"' .. made.id .. '"}' },
    })
    assert.equal("opaque", sent) -- it was sent and answered
    local user, status = ask("GET /v1.0/users/" .. made.invitedUser.id)
    assert.same({ 200, "PendingAcceptance" }, { status, user.externalUserState })
    browser:console() -- where the browser complains of the answers
  end)

  it("goes on after an answer that never came", function()
    local other = process.spawn(process.lua(SERVE), process.directory())
    local pid = other.line:match '"pid":(%d+)'
    browser:go(other.line:match '"url":"(.-)"' .. "/")
    browser:wait 'document.querySelector("#link").innerText === "live"'
    finally(function() other:stop() end)
    process.output("kill -STOP " .. pid)
    browser:wait 'document.querySelector("#link").innerText === "no answer"'
    process.output("kill -CONT " .. pid)
    browser:wait 'document.querySelector("#link").innerText === "live"'
    browser:console() -- where the browser complains of its requests
  end)

  it("says when the emulator is gone", function()
    local other = process.spawn(process.lua(SERVE), process.directory())
    browser:go(other.line:match '"url":"(.-)"' .. "/")
    browser:wait 'document.querySelector("#link").innerText === "live"'
    other:stop()
    browser:wait 'document.querySelector("#link").innerText === "no answer"'
    browser:click "[data-seconds]"
    browser:wait '!document.querySelector("#problem").hidden'
    browser:console() -- where the browser complains of its requests
  end)
end)

describe("a browser beside a spec", function()
  it("does not outlive a run that was killed", function()
    local text = process.elsewhere("", [[
      local browser = require("spec.support.browser").open()
      print(browser.pid, browser.child.directory)
      io.stdout:flush()
      os.execute "kill -9 $PPID"
    ]])
    local pid, directory = text:match "^(%d+)%s+(%S+)$"
    -- the guard removes the directory when all are gone; nobody may have reaped them
    assert.equal("", process.output(("timeout %d sh -c 'while test -e %s; do :; done' || echo %s;"
      .. " cat /proc/%s/cmdline 2> /dev/null"):format(LIMIT, directory, directory, pid)))
  end)
end)
