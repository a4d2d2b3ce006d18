local commands = require "spec.support.commands"
local emulators = require "graphinvite.emulator"
local process = require "spec.support.process"

local LIST = "invitation list "

-- A transport that only tells where a request goes and whose token it has.
local function observer(seen)
  return {
    send = function(request)
      seen.url, seen.token = request.url, request.headers.Authorization
      if request.url:find "/oauth2/" then
        seen.form = request.body
        return {
          status = 200, headers = {}, url = request.url,
          body = '{"access_token":"acquired","expires_in":3600,"token_type":"Bearer"}',
        }
      end
      return { status = 200, headers = {}, url = request.url, body = '{"value":[]}' }
    end,
    sleep = function() end, now = function() return 0 end, wall = function() return 0 end,
  }
end

describe("connection of the command line", function()
  local directory, seen, world

  before_each(function()
    directory = process.directory()
    seen = {}
    world = { transport = observer(seen), environment = { HOME = directory } }
  end)

  after_each(function()
    process.output("rm -r " .. directory)
  end)

  -- Writes a file of the directory and gives its path.
  local function write(name, text, mode)
    local path = directory .. "/" .. name
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    os.execute(("chmod %s %s"):format(mode or "600", path))
    return path
  end

  local function run(words, environment)
    for name, value in pairs(environment or {}) do
      world.environment[name] = value
    end
    return commands.run(words, world)
  end

  -- Words, environment, configuration; what the URL begins with.
  local PLACES = {
    { "", {}, "{}", "https://graph.microsoft.com/v1.0/" },
    { "", {}, '{"cloud":"china"}', "https://microsoftgraph.chinacloudapi.cn/v1.0/" },
    {
      "", { GRAPHINVITE_CLOUD = "usgov" }, '{"cloud":"china"}', "https://graph.microsoft.us/v1.0/",
    },
    {
      "--cloud dod", { GRAPHINVITE_CLOUD = "usgov" }, '{"cloud":"china"}',
      "https://dod-graph.microsoft.us/v1.0/",
    },
    { "--api-version beta", {}, '{"version":"v1.0"}', "https://graph.microsoft.com/beta/" },
    { "", {}, '{"version":"beta"}', "https://graph.microsoft.com/beta/" },
    { "", {}, '{"base_url":"https://a.example/v1.0"}', "https://a.example/v1.0/" },
    {
      "", { GRAPHINVITE_BASE_URL = "https://b.example" }, '{"base_url":"https://a.example"}',
      "https://b.example/",
    },
    {
      "--base-url https://c.example", { GRAPHINVITE_BASE_URL = "https://b.example" }, "{}",
      "https://c.example/",
    },
    {
      "--connection test", {}, '{"cloud":"china","connections":{"test":{"cloud":"usgov"}}}',
      "https://graph.microsoft.us/",
    },
    {
      "", {}, '{"connection":"test","connections":{"test":{"cloud":"usgov"}}}',
      "https://graph.microsoft.us/",
    },
    {
      "", { GRAPHINVITE_CONNECTION = "b" },
      '{"connection":"a","connections":{"a":{"cloud":"dod"},"b":{"cloud":"china"}}}',
      "https://microsoftgraph.chinacloudapi.cn/",
    },
    {
      "", {}, '{"base_url":"http://box.example","hosts":["http://box.example"]}',
      "http://box.example/",
    },
  }

  for _, row in ipairs(PLACES) do
    it(("goes to %s by: %s %s"):format(row[4], row[1], row[3]), function()
      local path = write("config.json", row[3])
      row[2].GRAPHINVITE_TOKEN = "secret-0"
      local status, _, err = run(LIST .. "--config " .. path .. " " .. row[1], row[2])
      assert.equal(0, status, err)
      assert.equal(row[4], seen.url:sub(1, #row[4]))
      assert.equal("Bearer secret-0", seen.token)
    end)
  end

  it("reads the file where XDG has it, or below HOME", function()
    for _, row in ipairs { { "XDG_CONFIG_HOME", "" }, { "HOME", "/.config" } } do
      local base = directory .. "/" .. row[1]
      process.output("mkdir -p " .. base .. row[2] .. "/graphinvite")
      write(row[1] .. row[2] .. "/graphinvite/config.json", '{"cloud":"china"}')
      world.environment = { GRAPHINVITE_TOKEN = "t", [row[1]] = base }
      assert.equal(0, (run(LIST)))
      assert.matches("^https://microsoftgraph%.chinacloudapi%.cn/", seen.url)
    end
  end)

  it("reads the file that GRAPHINVITE_CONFIG names", function()
    local path = write("mine", '{"cloud":"china"}')
    assert.equal(0, (run(LIST, { GRAPHINVITE_CONFIG = path, GRAPHINVITE_TOKEN = "t" })))
    assert.matches("^https://microsoftgraph%.chinacloudapi%.cn/", seen.url)
  end)

  -- Who signs in: words, environment, `auth` of the configuration; what the token was asked by, or
  -- the token.
  local WAYS = {
    { "", { GRAPHINVITE_TOKEN = "env" }, '{"method":"static","token":"file"}', "Bearer env" },
    { "--token-file {token}", { GRAPHINVITE_TOKEN = "env" }, "{}", "Bearer from%-a%-file" },
    { "", {}, '{"method":"static","token":"file"}', "Bearer file" },
    { "", {}, '{"method":"static","token_file":"{token}"}', "Bearer from%-a%-file" },
    {
      "", { AZURE_TENANT_ID = "t1", AZURE_CLIENT_ID = "c1", AZURE_CLIENT_SECRET = "s1" },
      '{"method":"static","token":"file"}', "client_id=c1.*client_secret=s1",
    },
    {
      "", { AZURE_CLIENT_ID = "c1" },
      '{"method":"client_secret","tenant":"t2","client_secret_file":"{token}"}',
      "client_id=c1.*client_secret=from%-a%-file",
    },
    {
      "--client-id c3", { AZURE_CLIENT_ID = "c1" },
      '{"method":"client_secret","tenant":"t2","client_secret":"s2"}',
      "client_id=c3.*client_secret=s2",
    },
    {
      "--auth federated --tenant t --client-id c", {}, '{"method":"federated",'
        .. '"token_file":"{token}"}', "client_assertion=from%-a%-file",
    },
    {
      "--auth client_secret --client-id c3", { AZURE_TENANT_ID = "t", AZURE_CLIENT_SECRET = "s4" },
      "{}", "client_id=c3.*client_secret=s4",
    },
    {
      "--auth client_secret --tenant t --client-id c", {},
      '{"method":"static","token":"x"}', "client_secret=typed",
    },
  }

  for _, row in ipairs(WAYS) do
    it(("signs in by: %s %s gives %s"):format(row[1], row[3], row[4]), function()
      local token = write("token", "from-a-file\r\n")
      local function filled(text)
        return (text:gsub("{token}", token))
      end
      local path = write("config.json", '{"auth":' .. filled(row[3]) .. "}")
      world.ask = function() return "typed" end
      local status, _, err = run(LIST .. "--config " .. path .. " " .. filled(row[1]), row[2])
      assert.equal(0, status, err)
      assert.matches(row[4], row[4]:find "^Bearer" and seen.token or seen.form)
    end)
  end

  -- What is wrong: words, environment, configuration, its mode; exit status, what is said.
  local MISTAKES = {
    { "", {}, "{", "600", 2, "config%.json: Expected" },
    { "", {}, "[]", "600", 3, "nobody has signed in" },
    { "", {}, '"text"', "600", 2, "it is no JSON object" },
    { "", {}, '{"clout":"china"}', "600", 2, "clout: no such setting %(did you mean cloud%?%)" },
    { "", {}, '{"cloud":7}', "600", 2, "cloud is a string, this is a number" },
    { "", {}, '{"connections":[]}', "600", 3, "nobody has signed in" },
    { "", {}, '{"connections":{"a":1}}', "600", 2, "connections%.a is a JSON object" },
    {
      "", {}, '{"connections":{"a":{"cloudy":1}}}', "600", 2, "connections%.a%.cloudy: no such",
    },
    {
      "--connection b", {}, '{"connections":{"a":{}}}', "600", 2,
      "has no connection b\n  what to do: it has: a",
    },
    {
      "", {}, '{"auth":{"method":"static","token":"x"}}', "644", 2,
      "holds a secret, and others may read it\n  what to do: chmod 600 ",
    },
    {
      "", {}, '{"connections":{"a":{"auth":{"client_secret":"x"}}}}', "640", 2, "holds a secret",
    },
    { "", {}, '{"auth":{"method":"magic"}}', "600", 2, "no way to sign in called magic" },
    { "", {}, '{"auth":{}}', "600", 2, "auth%.method says how" },
    { "", {}, '{"auth":{"method":"client_secret"}}', "600", 2, "needs client_secret.*no terminal" },
    { "", {}, '{"auth":{"method":"device_code","client":1}}', "600", 2, "no option client" },
    {
      "", {}, '{"auth":{"method":"static","token_file":"/nowhere"}}', "600", 2,
      "token_file: /nowhere: No such file",
    },
    { "--token-file /dev/null", {}, "{}", "600", 2, "/dev/null is empty" },
    { "--auth magic", {}, "{}", "600", 2, "must be one of 'client_secret'" },
    { "", {}, "{}", "600", 3, "nobody has signed in\n  what to do: set GRAPHINVITE_TOKEN" },
    { "", { AZURE_TENANT_ID = "t" }, "{}", "600", 3, "missing: AZURE_CLIENT_ID" },
    { "", { GRAPHINVITE_TOKEN = "t", GRAPHINVITE_CLOUD = "mars" }, "{}", "600", 2, "option cloud" },
    {
      "", { GRAPHINVITE_TOKEN = "t", GRAPHINVITE_PROFILE = "x" }, "{}", "600", 2, "option profile",
    },
    { "--base-url nix", { GRAPHINVITE_TOKEN = "t" }, "{}", "600", 2, "option base_url is an http" },
    {
      "--base-url http://a.example", { GRAPHINVITE_TOKEN = "t" }, "{}", "600", 2, "in clear text",
    },
    { "--time-limit never", {}, "{}", "600", 2, "'never' is no time such as 90" },
  }

  for _, row in ipairs(MISTAKES) do
    it(("says what is wrong with: %s %s"):format(row[1], row[3]), function()
      local path = write("config.json", row[3], row[4])
      local status, out, err = run(LIST .. "--config " .. path .. " " .. row[1], row[2])
      assert.equal(row[5], status, err)
      assert.matches(row[6], err)
      assert.equal("", out)
      assert.is_nil(seen.url)
    end)
  end

  it("misses a file only where somebody has named it", function()
    local status, _, err = run(LIST .. "--config /nowhere/config.json")
    assert.equal(2, status)
    assert.matches("cannot be read: /nowhere/config%.json: No such file", err)
    assert.equal(0, (run(LIST, { GRAPHINVITE_TOKEN = "t" })))
  end)

  it("does without a home", function()
    world.environment = { GRAPHINVITE_TOKEN = "t" }
    assert.equal(0, (run(LIST)))
  end)

  it("tells with --verbose what is sent, without the token", function()
    local status, _, err = run(LIST .. "--verbose", { GRAPHINVITE_TOKEN = "secret-0" })
    assert.equal(0, status)
    assert.matches("^debug: GET /v1.0/invitations: 200 ", err)
    assert.is_nil(err:find("secret", 1, true))
  end)

  it("has the redirect of the configuration for invitations", function()
    local path = write("config.json", '{"redirect":"https://app.contoso.example/hello"}')
    local emulator = emulators.new()
    world.transport = emulator:transport()
    local status, out = run("invite a@b.example --json --config " .. path, {
      GRAPHINVITE_TOKEN = "emulator",
    })
    assert.equal(0, status)
    assert.matches('"inviteRedirectUrl":"https://app.contoso.example/hello"', out)
  end)

  it("lets a person sign in once", function()
    local emulator, prompts = emulators.new(), {}
    world.transport = emulator:transport()
    function world.prompt(device)
      prompts[#prompts + 1] = device
      emulator:device { user_code = device.user_code, outcome = "approve" }
    end
    for _ = 1, 2 do
      local status, _, err = run(LIST .. "--auth device_code --client-id me")
      assert.equal(0, status, err)
    end
    assert.equal(1, #prompts)
    local mode = require("graphinvite.sys").mode(directory .. "/.graphinvite-tokens")
    assert.equal(6 * 64, mode)
    local status, out = run "token --forget"
    assert.equal(0, status)
    assert.equal("There are no tokens kept any more.\n", out)
    assert.equal(0, (run "token --forget"))
    assert.equal(0, (run(LIST .. "--auth device_code --client-id me")))
    assert.equal(2, #prompts)
  end)
end)
