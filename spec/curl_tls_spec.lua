local case = require "spec.support.curl_case"
local certificates = require "spec.support.certificates"
local nginx = require "spec.support.nginx"

local LIMIT = case.LIMIT
local failed, get, open, post, serve = case.failed, case.get, case.open, case.post, case.serve

-- On libcurl alone: these claims are about its bytes and sockets.
describe("curl: TLS", function()
  after_each(case.finish)

  local directory

  setup(function()
    directory = certificates.make()
  end)

  teardown(function()
    os.execute("rm -rf " .. directory)
  end)

  -- an nginx with that certificate, further directives and the pool's options
  local function secure(name, options, directives)
    local server = nginx.start(([[
      listen unix:DIR/socket ssl http2;
      ssl_certificate %s/%s.pem;
      ssl_certificate_key %s/%s.key;
      %s
      location / { return 200 "$server_protocol $connection $ssl_client_verify"; }
    ]]):format(directory, name, directory, name, directives or ""))
    case.keep(server)
    options.unix_socket = server.socket
    return open(options)
  end

  it("accepts an issuer given as a file, and speaks HTTP/2", function()
    local pool = secure("good", { ca = directory .. "/ca.pem" })
    assert.matches("^HTTP/2.0", assert(pool:send(get "https://graph.example/", LIMIT)).body)
  end)

  it("accepts an issuer given as a hashed directory", function()
    local pool = secure("good", { ca = directory .. "/authorities" })
    assert.equal(200, assert(pool:send(get "https://graph.example/", LIMIT)).status)
  end)

  it("speaks HTTP/1.1 where it is told to", function()
    local pool = secure("good", { ca = directory .. "/ca.pem", http1 = true })
    assert.matches("^HTTP/1.1", assert(pool:send(get "https://graph.example/", LIMIT)).body)
  end)

  -- A location that reads a request before it answers. What comes earlier, and the reset of the
  -- stream with it, libcurl 7.88 may throw away.
  local READ = [[
    location = /read {
      proxy_set_header X-Outer "$server_protocol $connection";
      proxy_pass http://unix:DIR/inner:/echo;
    }
    listen unix:DIR/inner;
    location = /echo { return 200 $http_x_outer; }
  ]]

  -- bytes of a body, version of HTTP it goes by
  local SIZES = { { 65535, "HTTP/2.0" }, { 65536, "HTTP/1.1" }, { 2000000, "HTTP/1.1" } }
  for _, row in ipairs(SIZES) do
    local size, version = row[1], row[2]
    it(("sends a body of %d bytes by %s"):format(size, version), function()
      local directives = READ .. "client_max_body_size 2m;"
      local pool = secure("good", { ca = directory .. "/ca.pem" }, directives)
      local url = "https://graph.example/read"
      assert.matches("^HTTP/2.0", assert(pool:send(post(url), LIMIT)).body)
      assert.matches("^" .. version, assert(pool:send(post(url, ("x"):rep(size)), LIMIT)).body)
    end)
  end

  it("sends any body by HTTP/1.1 where it is told to", function()
    local pool = secure("good", { ca = directory .. "/ca.pem", http1 = true }, READ)
    for _, size in ipairs { 70000, 2 } do
      local request = post("https://graph.example/read", ("x"):rep(size))
      assert.matches("^HTTP/1.1", assert(pool:send(request, LIMIT)).body)
    end
  end)

  it("has the answer to a large body that the server does not read", function()
    local pool = secure("good", { ca = directory .. "/ca.pem" })
    for _ = 1, 4 do
      assert(pool:start(post("https://graph.example/", ("x"):rep(3000000)), LIMIT))
    end
    for _ = 1, 4 do
      local _, response, message = pool:next(LIMIT)
      assert.equal(413, assert(response, message).status)
    end
  end)

  it("carries 32 calls in flight on one connection", function()
    local pool = secure("good", { ca = directory .. "/ca.pem" }, READ)
    for _ = 1, 32 do
      assert(pool:start(post "https://graph.example/read", LIMIT))
    end
    local connections = {}
    for _ = 1, 32 do
      local _, response, message = pool:next(LIMIT)
      assert(response, message)
      connections[response.body] = true
    end
    local one = next(connections)
    assert.matches("^HTTP/2.0", one)
    assert.is_nil(next(connections, one))
  end)

  it("shows the client's certificate", function()
    local pool = secure("good", {
      ca = directory .. "/ca.pem",
      cert = directory .. "/client.pem",
      key = directory .. "/client.key",
    }, ("ssl_client_certificate %s/ca.pem; ssl_verify_client on;"):format(directory))
    assert.matches("SUCCESS$", assert(pool:send(get "https://graph.example/", LIMIT)).body)
  end)

  it("goes through a proxy's tunnel, whose answer does not show", function()
    local options = { ca = directory .. "/ca.pem" }
    secure("good", options)
    local proxy = serve { "tunnel:" .. options.unix_socket }
    local pool = open { ca = options.ca, proxy = proxy.url }
    for _ = 1, 2 do
      local response = assert(pool:send(get "https://graph.example/", LIMIT))
      assert.matches("^HTTP/2.0", response.body)
      assert.is_nil(response.headers["x-proxy"])
      assert.equal("text/plain", response.headers["content-type"])
    end
    local requests = proxy:requests()
    assert.equal(1, #requests)
    assert.matches("^CONNECT graph.example:443 HTTP/1.1\r\n", requests[1].text)
  end)

  it("trusts everybody only where verify is false", function()
    local pool = secure("alone", { verify = false })
    assert.equal(200, assert(pool:send(get "https://graph.example/", LIMIT)).status)
  end)

  -- certificate, what the message says, whether the issuer is known
  local UNTRUSTED = {
    { "good", "unknown issuer", false },
    { "alone", "self%-signed", true },
    { "other", "another host name", true },
    { "expired", "expired", true },
  }
  for _, row in ipairs(UNTRUSTED) do
    it(("refuses the certificate %q: %s"):format(row[1], row[2]), function()
      local pool = secure(row[1], row[3] and { ca = directory .. "/ca.pem" } or {})
      for _ = 1, 2 do
        local response, message, reason, sent = pool:send(post "https://graph.example/", LIMIT)
        failed("tls", false, { row[2], "https://graph.example" }, response, message, reason, sent)
      end
    end)
  end

  it("says when the server does not speak it", function()
    local server = serve { "greet:HTTP/1.1 400 Bad Request\r\n\r\n" }
    local url = server.url:gsub("http", "https")
    failed("tls", false, { "does not speak TLS" }, open():send(post(url), LIMIT))
  end)
end)
