local browsers = require "spec.support.browser"
local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"

if _VERSION ~= "Lua 5.4" then
  return -- what runs is nginx's Lua, whichever drives it
end

local LIMIT = 60 -- seconds
local HOSTILE = "\"><script>window.hacked=1</script><b title='"
local PERSON = "278405a3-f568-4b3e-b684-009193463064"
local FREE = "use IO::Socket::INET; my @s = map { IO::Socket::INET->new(Listen => 1,"
  .. ' LocalAddr => "127.0.0.1") } 1, 2; print join " ", map { $_->sockport } @s'

-- Puts a program into a directory that starts nginx with the sanitizers' runtime where we have one:
-- it is for our modules, not for what a shell script calls.
local function wrap_nginx(directory)
  local path = directory .. "/nginx"
  local file = assert(io.open(path, "w"))
  file:write("#!/bin/sh\nexec env LD_PRELOAD=", process.quote(os.getenv "LD_PRELOAD" or ""), " ",
    process.output "PATH=$PATH:/usr/sbin command -v nginx", ' "$@"\n')
  file:close()
  os.execute("chmod +x " .. path)
end

-- Starts an example and its tenant. Gives the process, its address, and the tenant's controls.
local function start(name)
  local ports = process.output("perl -e " .. process.quote(FREE))
  local port, tenant = ports:match "(%d+) (%d+)"
  local directory, modules = process.directory(), nginx.modules():gsub("/%?%.so$", "")
  wrap_nginx(directory)
  local child = process.spawn(("env -u AZURE_CLIENT_ID GRAPHINVITE_MODULES=%s PATH=%s:$PATH"
    .. " examples/nginx/run %s %s %s"):format(process.quote(modules), directory, name, port,
    tenant), directory)
  if name ~= "emulator" then
    assert.matches("^The " .. name, child.out:read "*l")
  end
  local url = child.line:match "http://[%d.:]+"
  return child, "http://127.0.0.1:" .. port, emulators.connect(url), url
end

local curl = require("graphinvite.transport.curl").new {}

local function ask(method, url, body, headers)
  headers = headers or {}
  headers["Content-Type"] = body and "application/x-www-form-urlencoded" or nil
  return assert(curl.send({
    method = method, url = url, body = body, headers = headers, op = { safe = false },
  }, LIMIT))
end

describe("examples/nginx/run", function()
  it("serves a tenant", function()
    local child, _, tenant, url = start "emulator"
    assert.same({}, tenant:invitations())
    assert.equal(200, ask("GET", url .. "/").status)
    child:stop()
  end)

  it("leaves nothing behind, and says how it is used", function()
    local child, url, _, tenant = start "gateway"
    child:stop()
    for _, address in ipairs { url, tenant } do
      local response, err = curl.send({ method = "GET", url = address, headers = {} }, LIMIT)
      assert.is_nil(response)
      assert.equal("connect", err.reason)
    end
    assert.matches("^usage: ", process.output "examples/nginx/run gateway x 2>&1 || true")
  end)
end)

describe("the README's lines for nginx", function()
  it("invite a guest", function()
    local file = assert(io.open "README.md")
    local lines = file:read "*a":match "```nginx\n(.-)```"
    file:close()
    local tenant = process.spawn(process.lua "lua/graphinvite/cli.lua emulator serve",
      process.directory())
    local url = tenant.line:match '"url":"(.-)"'
    -- our modules in the place of installed ones, the tenant in that of the service
    lines = lines:gsub("lua_package[^\n]*\n", ""):gsub("auth = ", function(auth)
      return ('base_url = "%s/v1.0", authority = "%s", %s'):format(url, url, auth)
    end):gsub("…", PERSON):gsub("127.0.0.1:8080", "unix:DIR/readme")
    local server = nginx.start("listen unix:DIR/socket;", nil, nginx.with_lua(lines))
    local driver = require("graphinvite.transport.curl").new {
      unix_socket = server.process.directory .. "/readme",
    }
    local response = assert(driver.send({
      method = "POST", url = "http://localhost/invite?mail=ann@fabrikam.example", headers = {},
    }, LIMIT))
    assert.same({ 201, "PendingAcceptance\n" }, { response.status, response.body })
    server:stop()
    tenant:stop()
  end)
end)

describe("the gateway", function()
  local child, url, tenant

  setup(function()
    child, url, tenant = start "gateway"
  end)

  teardown(function()
    if child then
      child:stop()
    end
  end)

  before_each(function()
    tenant:reset()
  end)

  -- Opens the form as a browser would. Gives its token and the visitor's cookie.
  local function open()
    local response = ask("GET", url .. "/")
    return response.body:match 'name="token" value="([^"]+)"',
      response.headers["set-cookie"]:match "^[^;]+"
  end

  local function send(fields, headers)
    local parts = {}
    for name, value in pairs(fields) do
      parts[#parts + 1] = name .. "=" .. core.url_encode(value)
    end
    return ask("POST", url .. "/", table.concat(parts, "&"), headers)
  end

  -- what is wrong; name and address that are sent, headers that differ, the token in place of
  -- the right one; the status
  local REFUSED = {
    { "a form of nobody's", { token = "" }, {}, 403 },
    { "a token that was made up", { token = "1795243694.OjWO8Hqt9OtyQOX1Ut8E629oQi8" }, {}, 403 },
    { "a token of another visitor", {}, { Cookie = "visitor=0" }, 403 },
    { "a form that another site has sent", {}, { ["Sec-Fetch-Site"] = "cross-site" }, 403 },
    { "no name", { name = " " }, {}, 422 },
    { "no mail address", { mail = "ann" }, {}, 422 },
    { "an address with a line end", { mail = "ann@b.example\r\nBcc: x@y.example" }, {}, 422 },
    { "markup", { mail = HOSTILE, name = HOSTILE }, {}, 422 },
  }
  for _, row in ipairs(REFUSED) do
    it("refuses " .. row[1] .. ", and shows it harmlessly", function()
      local token, cookie = open()
      local fields = { name = "Ann", mail = "ann@fabrikam.example", token = token }
      for name, value in pairs(row[2]) do
        fields[name] = value
      end
      local headers = { Cookie = cookie }
      for name, value in pairs(row[3]) do
        headers[name] = value
      end
      local response = send(fields, headers)
      assert.equal(row[4], response.status)
      assert.not_matches("<script", response.body)
      assert.not_matches("<b ", response.body)
      assert.matches("default%-src 'none'", response.headers["content-security-policy"])
      assert.equal(0, #tenant:invitations())
    end)
  end

  it("takes a reference for what it is, and nothing else for one", function()
    for _, reference in ipairs { HOSTILE, "x.y", PERSON .. ".AAAAAAAAAAAAAAAAAAAAAAAAAAA" } do
      local response = ask("GET", url .. "/status?reference=" .. core.url_encode(reference))
      assert.equal(422, response.status)
      assert.not_matches("<script", response.body)
    end
    assert.equal(404, ask("PUT", url .. "/").status)
    assert.equal(404, ask("GET", url .. "/etc/passwd").status)
    assert.equal(413, ask("POST", url .. "/", ("x"):rep(10000)).status)
  end)

  it("tells what has come of a failure", function()
    local token, cookie = open()
    tenant:fail_next { status = 500, match = "/invitations" }
    local response = send({ name = "Ann", mail = "lost@fabrikam.example", token = token },
      { Cookie = cookie })
    assert.equal(502, response.status)
    assert.matches("may be on its way", response.body)
  end)

  describe("in a browser", function()
    local browser
    local fields = { name = "#name", mail = "#mail" }

    setup(function()
      browser = browsers.open()
    end)

    teardown(function()
      browser:close()
    end)

    -- Asks again and again: what waits inside a page is lost when the next one comes.
    local function heading(text)
      local script = ("return document.querySelector('h1')?.innerText === %q"):format(text)
      local finish = core.clock() + LIMIT
      repeat
        local fine, there = pcall(browser.run, browser, script)
      until fine and there or core.clock() > finish
      assert.equal(text, browser:text "h1")
    end

    -- Keeps a picture where somebody wants to look at it.
    local function picture(name)
      local directory = os.getenv "GRAPHINVITE_PICTURES"
      if directory then
        local file = assert(io.open(directory .. "/" .. name .. ".png", "wb"))
        file:write((assert(core.base64_decode(browser:screenshot()))))
        file:close()
      end
    end

    it("lets a person invite himself, accept, and look how it stands", function()
      browser:resize(1000, 760)
      browser:go(url .. "/")
      heading "Invite yourself"
      picture "form"
      browser:type(fields.name, "Ann <b>Lee</b>")
      browser:type(fields.mail, "ann")
      browser:press(browsers.KEYS.enter)
      heading "Please check the form"
      assert.equal("This is not a mail address. It looks like name@example.com.",
        browser:text "#mail-fault")
      assert.equal("mail", browser:run "return document.activeElement.id")
      assert.equal("true", browser:run "return document.activeElement.ariaInvalid")
      picture "fault"
      browser:type(fields.mail, ".lee@fabrikam.example")
      browser:run "document.activeElement.value = 'ann.lee@fabrikam.example'"
      browser:click "button"
      heading "The invitation is on its way"
      assert.equal("Waiting for you", browser:text ".state")
      assert.equal("Ann <b>Lee</b>", browser:text "dd")
      picture "status"
      local reference = browser:text "code"
      local mail = tenant:mailbox()
      assert.equal(1, #mail)

      browser:go(assert(tenant:invitations()[1].inviteRedeemUrl))
      browser:click "form button"
      browser:arrive(url .. "/welcome")
      heading "Welcome"
      browser:go(url .. "/status")
      browser:type("#reference", reference)
      browser:press(browsers.KEYS.enter)
      heading "Your invitation"
      assert.equal("Accepted", browser:text ".state")
      assert.is_true(browser:run "return window.hacked === undefined")
      picture "accepted"
    end)

    it("can be read in light and dark, and on a telephone", function()
      for _, scheme in ipairs { "light", "dark" } do
        for _, width in ipairs { 1000, 360 } do
          browser:prefer { ["prefers-color-scheme"] = scheme }
          browser:resize(width, 760)
          browser:go(url .. "/status?reference=x")
          local contrast, text = table.unpack(browser:contrast())
          assert.is_true(contrast >= 4.5, ("%s: %.2f in %s"):format(text, contrast, scheme))
          assert.is_true(browser:run "return document.documentElement.scrollWidth <= innerWidth")
          picture(("look-up-%s-%d"):format(scheme, width))
          browser:go(url .. "/")
          picture(("form-%s-%d"):format(scheme, width))
        end
      end
      for id, label in pairs { name = "Your name", mail = "Your mail address" } do
        local role, name = browser:spoken("#" .. id)
        assert.same({ "textbox", label }, { role, name })
      end
    end)
  end)

  it("stops those who send too many forms", function()
    local status
    for _ = 1, 30 do
      status = send({}).status
    end
    assert.equal(429, status)
  end)
end)

describe("the webhook", function()
  local child, url, tenant

  setup(function()
    child, url, tenant = start "webhook"
  end)

  teardown(function()
    if child then
      child:stop()
    end
  end)

  it("tells whoever waits, whichever worker gets the notification", function()
    local flights = {}
    for i = 1, 8 do
      local handle = assert(curl.start({
        method = "POST", url = url .. "/welcome?user=" .. PERSON, headers = {},
        op = { safe = false },
      }, LIMIT))
      flights[handle] = i
    end
    for _ = 1, 8 do
      local handle, response = curl.next(LIMIT)
      assert.is_truthy(flights[handle])
      assert.equal(200, response.status, response.body)
      assert.matches("^[Cc]ompleted\n$", response.body)
    end
    for _, request in ipairs(tenant:requests()) do -- nobody had to look
      assert.not_matches("/operations/", request.path)
    end
  end)

  it("takes no notification without a good bearer", function()
    for _, token in ipairs { "", "Bearer x", "Bearer a.b.c" } do
      local response = ask("POST", url .. "/notifications", '{"value":[]}',
        { Authorization = token })
      assert.equal(401, response.status)
    end
    assert.equal(405, ask("GET", url .. "/welcome").status)
    assert.equal(400, ask("POST", url .. "/welcome?user=../..").status)
  end)
end)
