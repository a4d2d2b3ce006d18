local core = require "graphinvite.core"
local graphinvite = require "graphinvite"
local process = require "spec.support.process"
local raw = require "spec.support.raw_server"
local scripted = require "spec.support.scripted"

local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"
local QUERY = "?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com"
local COUNT = { status = 200, headers = { ["content-type"] = "text/plain" }, body = "5" }
local HINTS = require("graphinvite.auth.managed_identity").HINTS

local function answer(status, value, headers)
  return { status = status, headers = headers, body = value and assert(core.encode(nil, value)) }
end

-- What IMDS gives: all numbers are texts.
local function token(text, seconds)
  return answer(200, {
    access_token = text or "a.b.c", token_type = "Bearer", resource = "https://graph.microsoft.com",
    expires_in = tostring(seconds or 3600), not_before = "1767225300",
    expires_on = ("%d"):format(scripted.START + (seconds or 3600)),
  })
end

-- A transport on which Graph answers COUNT and all else what the list says; asked are those.
local function endpoints(list)
  local transport
  transport = scripted.new { function(request)
    if request.url:find("^https://[%w%.-]+/v1%.0/") then
      return COUNT
    end
    local asked = transport.asked
    asked[#asked + 1] = request
    local given = list[math.min(#asked, #list)]
    return type(given) == "function" and given(request) or given
  end }
  transport.asked = {}
  return transport
end

local function from(variables)
  return function(name) return variables[name] end
end

-- Counts users with a managed identity. Variables are those of the environment.
local function count(list, given, variables, options)
  local transport, source = endpoints(list), { getenv = from(variables or {}) }
  for name, value in pairs(given or {}) do
    source[name] = value
  end
  local settings = { auth = graphinvite.auth.managed_identity(source), transport = transport }
  for name, value in pairs(options or {}) do
    settings[name] = value
  end
  local client = graphinvite.new(settings)
  local value, err = client.users:count()
  return value, err, transport, client
end

local APP_SERVICE = {
  IDENTITY_ENDPOINT = "http://127.0.0.1:41741/msi/token", IDENTITY_HEADER = "h",
}
local ARC = {
  IDENTITY_ENDPOINT = "http://localhost:40342/metadata/identity/oauth2/token",
  IMDS_ENDPOINT = "http://localhost:40342",
}

-- environment, options, URL, header and its value
local REQUESTS = {
  { "IMDS", {}, {}, IMDS .. QUERY, "Metadata", "true" },
  {
    "IMDS, a client id", {}, { client_id = CLIENT }, IMDS .. QUERY .. "&client_id=" .. CLIENT,
    "Metadata", "true",
  },
  {
    "IMDS, an object id", {}, { object_id = "o 1" }, IMDS .. QUERY .. "&object_id=o%201",
    "Metadata", "true",
  },
  {
    "IMDS, a resource id", {}, { resource_id = "/subscriptions/a" },
    IMDS .. QUERY .. "&msi_res_id=%2Fsubscriptions%2Fa", "Metadata", "true",
  },
  {
    "IMDS elsewhere", {}, { endpoint = "http://127.0.0.1:50342/oauth2/token" },
    "http://127.0.0.1:50342/oauth2/token" .. QUERY, "Metadata", "true",
  },
  { "IMDS, told so on App Service", APP_SERVICE, { host = "imds" }, IMDS .. QUERY, "Metadata",
    "true" },
  { "variables that are set to nothing", { IDENTITY_ENDPOINT = "", IDENTITY_HEADER = "" }, {},
    IMDS .. QUERY, "Metadata", "true" },
  { "an endpoint alone", { IDENTITY_ENDPOINT = "http://127.0.0.1:1/x" }, {}, IMDS .. QUERY,
    "Metadata", "true" },
  {
    "App Service", APP_SERVICE, {}, "http://127.0.0.1:41741/msi/token?api-version=2019-08-01"
      .. "&resource=https%3A%2F%2Fgraph.microsoft.com", "X-IDENTITY-HEADER", "h",
  },
  {
    "App Service, a resource id", APP_SERVICE, { resource_id = "r" },
    "http://127.0.0.1:41741/msi/token?api-version=2019-08-01"
      .. "&resource=https%3A%2F%2Fgraph.microsoft.com&mi_res_id=r", "X-IDENTITY-HEADER", "h",
  },
  {
    "App Service, told so", {}, {
      host = "app_service", endpoint = "https://10.1.2.3/msi", identity_header = "other",
    }, "https://10.1.2.3/msi?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com",
    "X-IDENTITY-HEADER", "other",
  },
  {
    "Arc", ARC, {}, "http://localhost:40342/metadata/identity/oauth2/token?api-version=2020-06-01"
      .. "&resource=https%3A%2F%2Fgraph.microsoft.com", "Metadata", "true",
  },
}

-- cloud, resource
local RESOURCES = {
  { "usgov", "https%3A%2F%2Fgraph.microsoft.us" },
  { "dod", "https%3A%2F%2Fdod-graph.microsoft.us" },
  { "china", "https%3A%2F%2Fmicrosoftgraph.chinacloudapi.cn" },
}

describe("auth.managed_identity asks", function()
  for _, row in ipairs(REQUESTS) do
    local name, variables, given, url, header, value = (table.unpack or unpack)(row)
    it("as " .. name .. " wants it", function()
      local counted, err, transport = count({ token() }, given, variables)
      assert.is_nil(err)
      assert.equal(5, counted)
      assert.equal(1, #transport.asked)
      local request = transport.asked[1]
      assert.equal("GET", request.method)
      assert.equal(url, request.url)
      assert.equal(value, request.headers[header])
      assert.is_nil(request.headers.Authorization)
      assert.is_nil(request.body)
      for _, other in ipairs { "Metadata", "X-IDENTITY-HEADER" } do
        assert.is_true(other == header or request.headers[other] == nil, other)
      end
      assert.equal("Bearer a.b.c", transport.requests[2].headers.Authorization)
    end)
  end

  for _, row in ipairs(RESOURCES) do
    it("for the resource of the cloud " .. row[1], function()
      local _, err, transport = count({ token() }, nil, nil, { cloud = row[1] })
      assert.is_nil(err)
      assert.equal(IMDS .. "?api-version=2018-02-01&resource=" .. row[2], transport.asked[1].url)
    end)
  end

  it("once for as long as the token is good, five minutes short of its end", function()
    local _, _, transport, client = count { token("one.b.c", 5000), token "two.b.c" }
    transport.sleep(4699)
    assert.equal(5, client.users:count())
    assert.equal(1, #transport.asked)
    transport.sleep(1)
    assert.equal(5, client.users:count())
    assert.equal(2, #transport.asked)
    local requests = transport.requests
    assert.equal("Bearer two.b.c", requests[#requests].headers.Authorization)
  end)
end)

-- expires_on, expires_in, seconds that the token is used for (nine tenths of what is left)
local ENDS = {
  { "a number", scripted.START + 1000, nil, 900 },
  { "a text", ("%d"):format(scripted.START + 1000), nil, 900 },
  { "the time on the clock, whatever expires_in says", scripted.START + 1000, "86400", 900 },
  { "expires_in where there is nothing else", nil, "1000", 900 },
  { "expires_in where it is a date for people", "09/14/2027 00:00:00 AM +00:00", 1000, 900 },
}

describe("auth.managed_identity reads the token's end from", function()
  for _, row in ipairs(ENDS) do
    it(row[1], function()
      local value = { access_token = "a.b.c", expires_on = row[2], expires_in = row[3] }
      local _, err, transport, client = count({ answer(200, value) }, nil, APP_SERVICE)
      assert.is_nil(err)
      transport.sleep(row[4] - 1)
      client.users:count()
      assert.equal(1, #transport.asked)
      transport.sleep(1)
      client.users:count()
      assert.equal(2, #transport.asked)
    end)
  end

  local NO_TOKENS = {
    ["no end"] = answer(200, { access_token = "a.b.c" }),
    ["an end without number"] = answer(200, { access_token = "a.b.c", expires_in = "soon" }),
    ["an endless end"] = { status = 200, body = '{"access_token":"a.b.c","expires_on":1e999}' },
    ["no token"] = answer(200, { expires_in = "3600" }),
    ["a token that is a number"] = answer(200, { access_token = 5, expires_in = "3600" }),
    ["an empty token"] = answer(200, { access_token = "", expires_in = "3600" }),
    ["a token of two lines"] = answer(200, { access_token = "a\r\nb", expires_in = "3600" }),
    ["a page"] = { status = 200, body = "<html>" },
    ["nothing"] = { status = 200 },
  }
  for name, response in pairs(NO_TOKENS) do
    it("no answer that has " .. name, function()
      local value, err, transport = count { response }
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.equal(1, #transport.requests)
    end)
  end
end)

-- answers before the token, seconds slept
local REPEATED = {
  { "404", { { status = 404 } }, { 2 } },
  { "429", { { status = 429 } }, { 2 } },
  { "500", { { status = 500 } }, { 2 } },
  { "503", { { status = 503 } }, { 2 } },
  { "410", { { status = 410 } }, { 2 } },
  { "a lost answer", { { reason = "closed", sent = true } }, { 2 } },
  { "each in turn", { { status = 404 }, { status = 429 }, { status = 500 }, { status = 404 } },
    { 2, 6, 14, 30 } },
  { "410 for 70 seconds", { { status = 410 }, { status = 410 }, { status = 410 },
    { status = 410 } }, { 2, 6, 14, 48 } },
  { "the endpoint's own wish", { answer(429, nil, { ["retry-after"] = "9" }) }, { 9 } },
  { "a wish that is too short", { answer(429, nil, { ["retry-after"] = "1" }) }, { 2 } },
}

describe("auth.managed_identity", function()
  for _, row in ipairs(REPEATED) do
    it("repeats after " .. row[1], function()
      local list = {}
      for i, each in ipairs(row[2]) do
        list[i] = each
      end
      list[#list + 1] = token()
      local value, err, transport = count(list)
      assert.is_nil(err)
      assert.equal(5, value)
      assert.same(row[3], transport.sleeps)
      assert.equal(#list, #transport.asked)
    end)
  end

  for _, status in ipairs { 404, 410, 429, 500 } do
    it("asks five times at the most: " .. status, function()
      local value, err, transport = count { { status = status } }
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.equal(status, err.status)
      assert.equal(5, err.attempts)
      assert.is_true(err.retriable)
      assert.equal(5, #transport.asked)
      assert.equal(4, #transport.sleeps)
    end)
  end

  it("repeats nothing where the client must not", function()
    local _, err, transport = count({ { status = 503 } }, nil, nil, { retry = false })
    assert.equal(503, err.status)
    assert.equal(1, #transport.asked)
  end)

  it("stays within the time of the call", function()
    local _, err, transport = count({ { status = 404 } }, nil, nil, { deadline = 10 })
    assert.equal("deadline", err.kind)
    assert.same({ 2, 6 }, transport.sleeps)
  end)

  for _, status in ipairs { 400, 401, 403, 405 } do
    it("takes " .. status .. " as final", function()
      local value, err, transport = count { { status = status } }
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.equal(status, err.status)
      assert.is_false(err.retriable)
      assert.same({}, transport.sleeps)
      assert.equal(1, #transport.asked)
    end)
  end

  -- Nothing was sent: this is no such machine.
  for _, failure in ipairs {
    { reason = "connect", sent = false }, { reason = "resolve", sent = false },
    { reason = "timeout", sent = false }, { reason = "malformed", sent = true },
  } do
    it(("does not wait for an endpoint that is not there: %s"):format(failure.reason), function()
      local value, err, transport = count { failure }
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.equal(failure.reason, err.inner.reason)
      assert.is_false(err.retriable)
      assert.equal(1, #transport.asked)
      assert.same({}, transport.sleeps)
      if failure.sent == false then
        assert.matches("machine of Azure", err.hint)
      end
    end)
  end

  -- code of the endpoint, status
  for code, status in pairs {
    bad_request_102 = 400, unknown_source = 401, invalid_resource = 400, unauthorized_client = 400,
    unknown = 500,
  } do
    it("says what to do about " .. code, function()
      local _, err = count({ answer(status, { error = code, error_description = "No.\r\nTrace" }) })
      assert.equal("auth", err.kind)
      assert.equal(code, err.code)
      assert.equal("No.", err.message)
      assert.equal(HINTS[code], err.hint)
      assert.is_true(#err.hint > 20)
    end)
  end

  it("asks no more for a minute where it was refused for good", function()
    local list = { answer(400, { error = "invalid_resource" }), token() }
    local _, _, transport, client = count(list)
    local _, err = client.users:count()
    assert.equal("invalid_resource", err.code)
    assert.equal(1, #transport.asked)
    transport.sleep(60)
    assert.equal(5, client.users:count())
  end)
end)

-- Whatever a client has of connections, the endpoint is asked without.
describe("auth.managed_identity connects", function()
  it("neither through the client's proxy nor through its socket", function()
    local transport, seen = endpoints { token() }, {}
    local source = graphinvite.auth.managed_identity { getenv = from {} }
    local settings = { proxy = "http://proxy.example:8080", unix_socket = "/run/x", timeout = 30,
      retry = false, deadline = 100, tls = { ca = "/ca.pem" } }
    local given = assert(source:acquire {
      transport = scripted.new {}, settings = settings, deadline = 100,
      scope = "https://graph.example/.default", request = { headers = {} },
      connect = function(wanted)
        seen[1] = wanted
        return transport
      end,
    })
    assert.equal("a.b.c", given.access_token)
    assert.equal("", seen[1].proxy)
    assert.is_nil(seen[1].unix_socket)
    assert.same({ ca = "/ca.pem" }, seen[1].tls)
    assert.equal("http://proxy.example:8080", settings.proxy)
    assert.equal("/run/x", settings.unix_socket)
  end)

  -- Real sockets: the endpoint and a place at which nobody answers.
  for name, options in pairs {
    proxy = { proxy = "http://127.0.0.1:1" }, unix_socket = { unix_socket = "/nowhere/socket" },
  } do
    it("directly, over TCP, though the client has a " .. name, function()
      local server = raw.start {
        "keep:" .. raw.response("200 OK", '{"access_token":"a.b.c","expires_in":"3600"}'),
      }
      options.auth = graphinvite.auth.managed_identity {
        endpoint = server.url .. "/msi", getenv = from {},
      }
      options.retry, options.base_url = false, "http://127.0.0.1:2/v1.0"
      local _, err = graphinvite.new(options).users:count()
      local requests = server:requests()
      server:stop()
      assert.equal("transport", err.kind) -- the call itself did go that way
      assert.equal(1, #requests)
      assert.matches("^GET /msi%?api%-version=2018%-02%-01&resource=", requests[1].text)
      assert.matches("\r\nMetadata: true\r\n", requests[1].text)
    end)
  end

  it("or tells why it cannot", function()
    local source = graphinvite.auth.managed_identity { getenv = from {} }
    local client = graphinvite.new { auth = source, unix_socket = "/run/x",
      tls = { ca = "/nowhere/ca.pem" } }
    local value, err = client.users:count()
    assert.is_nil(value)
    assert.matches("/nowhere/ca%.pem", err.message)
  end)
end)

describe("auth.managed_identity on Arc", function()
  local directory, path

  before_each(function()
    directory = process.directory()
    path = directory .. "/one.key"
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  local function write(name, text)
    local file = assert(io.open(name, "wb"))
    file:write(text)
    file:close()
  end

  local function named(realm)
    return answer(401, nil, { ["www-authenticate"] = realm })
  end

  local function on_arc(list, given)
    local source = { key_directory = directory }
    for name, value in pairs(given or {}) do
      source[name] = value
    end
    return count(list, source, ARC)
  end

  for _, spelling in ipairs { "Basic realm=%s", 'Basic realm="%s"', "basic Realm=%s " } do
    it("proves by the key file that it may ask: " .. spelling, function()
      write(path, "the+key==")
      local value, err, transport = on_arc { named(spelling:format(path)), token() }
      assert.is_nil(err)
      assert.equal(5, value)
      assert.same({}, transport.sleeps)
      assert.equal(2, #transport.asked)
      assert.is_nil(transport.asked[1].headers.Authorization)
      assert.equal("Basic the+key==", transport.asked[2].headers.Authorization)
      assert.equal(transport.asked[1].url, transport.asked[2].url)
      assert.equal("true", transport.asked[2].headers.Metadata)
    end)
  end

  it("leaves out the line end of a key, and takes a folder with a slash at its end", function()
    write(path, "key\n")
    local _, err, transport = on_arc({ named("Basic realm=" .. path), token() },
      { key_directory = directory .. "/" })
    assert.is_nil(err)
    assert.equal("Basic key", transport.asked[2].headers.Authorization)
  end)

  it("takes a refused key as final", function()
    write(path, "key")
    local _, err, transport = on_arc { named("Basic realm=" .. path) }
    assert.equal(401, err.status)
    assert.equal(2, #transport.asked)
    assert.is_nil(tostring(err):find("Basic key", 1, true))
  end)

  it("reads another key when the endpoint was away meanwhile", function()
    local other = directory .. "/two.key"
    write(path, "first")
    write(other, "second")
    local _, err, transport = on_arc {
      named("Basic realm=" .. path), { status = 503 }, named("Basic realm=" .. other), token(),
    }
    assert.is_nil(err)
    local sent = {}
    for i, request in ipairs(transport.asked) do
      sent[i] = request.headers.Authorization or "none"
    end
    assert.same({ "none", "Basic first", "none", "Basic second" }, sent)
  end)

  -- what is wrong, the realm; DIR is the folder
  local WRONG = {
    { "no challenge", nil },
    { "another scheme", "Bearer realm=DIR/one.key" },
    { "no path", "Basic realm=one.key" },
    { "an empty path", 'Basic realm=""' },
    { "another folder", "Basic realm=/etc/one.key" },
    { "a folder below", "Basic realm=DIR/deeper/one.key" },
    { "a way out of the folder", "Basic realm=DIR/../one.key" },
    { "a way out and in", "Basic realm=DIR/deeper/../one.key" },
    { "a doubled slash", "Basic realm=DIR//one.key" },
    { "another suffix", "Basic realm=DIR/one.pem" },
    { "a suffix in the middle", "Basic realm=DIR/one.key.txt" },
    { "a missing file", "Basic realm=DIR/none.key" },
    { "a folder for a file", "Basic realm=DIR/folder.key" },
    { "a file that is too large", "Basic realm=DIR/large.key" },
    { "an empty file", "Basic realm=DIR/empty.key" },
    { "a file of several lines", "Basic realm=DIR/lines.key" },
  }
  for _, row in ipairs(WRONG) do
    it("reads no key where the answer names " .. row[1], function()
      write(path, "SECRET")
      write(directory .. "/one.pem", "SECRET")
      write(directory .. "/one.key.txt", "SECRET")
      write(directory .. "/large.key", ("S"):rep(4097))
      write(directory .. "/empty.key", "")
      write(directory .. "/lines.key", "SECRET\r\nX-Header: SECRET")
      os.execute("mkdir -p " .. directory .. "/deeper " .. directory .. "/folder.key")
      write(directory .. "/deeper/one.key", "SECRET")
      local realm = row[2] and row[2]:gsub("DIR", function() return directory end)
      local value, err, transport = on_arc { named(realm), token() }
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.is_nil(tostring(err):find("SECRET", 1, true))
      assert.equal(1, #transport.asked)
    end)
  end

  it("takes a key of the largest size", function()
    write(path, ("k"):rep(4096))
    assert.equal(5, (on_arc { named("Basic realm=" .. path), token() }))
  end)
end)

describe("auth.managed_identity refuses", function()
  it("Service Fabric, whose certificate it does not pin, at the first call", function()
    local variables = { IDENTITY_SERVER_THUMBPRINT = "AB" }
    for name, value in pairs(APP_SERVICE) do
      variables[name] = value
    end
    for _, source in ipairs {
      graphinvite.auth.managed_identity { getenv = from(variables) },
      graphinvite.auth.environment(from(variables)),
    } do
      local transport = endpoints { token() }
      local _, err = graphinvite.new({ auth = source, transport = transport }).users:count()
      assert.equal("auth", err.kind)
      assert.matches("Service Fabric", err.message)
      assert.equal(0, #transport.requests)
    end
  end)

  for _, url in ipairs {
    "http://identity.example/msi", "http://10.0.0.1/msi", "ftp://127.0.0.1/", "127.0.0.1:80",
    "http://user:SECRET@127.0.0.1/", "http://127.0.0.1/x?y", "http://127.0.0.1/x#y",
    "http://127.0.0.1/x y", "http://127.0.0.1/x\r\nA: b",
  } do
    it(("the endpoint %q, of the options at once, of the environment at the first call"):format(
      url), function()
      local ok, why = pcall(graphinvite.auth.managed_identity, {
        endpoint = url, getenv = from {},
      })
      assert.is_false(ok)
      assert.matches("endpoint", why)
      assert.is_nil(why:find("SECRET", 1, true))
      local value, err, transport = count({ token() }, nil, {
        IDENTITY_ENDPOINT = url, IDENTITY_HEADER = "h",
      })
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.matches("IDENTITY_ENDPOINT", err.message)
      assert.is_nil(tostring(err):find("SECRET", 1, true))
      assert.equal(0, #transport.requests)
    end)
  end
end)
