local case = require "spec.support.curl_case"
local certificates = require "spec.support.certificates"
local peers = require "spec.support.nginx"
local process = require "spec.support.process"
local worker = require "spec.support.worker"

local LIMIT = case.LIMIT
local get, post, serve = case.get, case.post, case.serve
local URL, TOKEN = "https://graph.example/", "Bearer do-not-tell"

describe("transport.ngx: TLS", function()
  local directory, nginx, bare

  setup(function()
    directory = certificates.make()
    local trust = ("lua_ssl_trusted_certificate %s/ca.pem;"):format(directory)
    nginx = worker.start(trust)
    bare = worker.start()
  end)

  teardown(function()
    nginx:stop()
    bare:stop()
    os.execute("rm -rf " .. directory)
  end)

  after_each(case.finish)

  -- An nginx with that certificate. What it is told in the clear is in its log.
  local function secure(name, directives)
    return case.keep(peers.start(([[
      listen unix:DIR/socket ssl;
      ssl_certificate %s/%s.pem;
      ssl_certificate_key %s/%s.key;
      access_log DIR/access.log told;
      %s
      location / { return 200 "$connection $ssl_server_name $ssl_client_verify"; }
    ]]):format(directory, name, directory, name, directives or ""), nil, {
      http = "log_format told '$request $http_authorization';",
    }))
  end

  local function told(server)
    return process.output("cat " .. server.process.directory .. "/access.log")
  end

  local function with_token(url)
    local request = post(url)
    request.headers.Authorization = TOKEN
    return request
  end

  it("names the server, and keeps the connection", function()
    local server = secure "good"
    local transport = nginx:transport { unix_socket = server.socket }
    local first = assert(transport.send(get(URL), LIMIT)).body
    assert.matches("^%d+ graph.example NONE$", first)
    assert.equal(first, assert(transport.send(get(URL), LIMIT)).body)
  end)

  it("shows the client's certificate, on connections of its own", function()
    local server = secure("good", ("ssl_client_certificate %s/ca.pem; ssl_verify_client optional;")
      :format(directory))
    local cert, key = directory .. "/client.pem", directory .. "/client.key"
    local known = nginx:transport {
      unix_socket = server.socket, tls = { cert = cert, key = key },
    }
    local unknown = nginx:transport { unix_socket = server.socket }
    for _ = 1, 2 do
      assert.matches("SUCCESS$", assert(known.send(get(URL), LIMIT)).body)
      assert.matches("NONE$", assert(unknown.send(get(URL), LIMIT)).body)
    end
  end)

  it("goes through a proxy's tunnel, which is kept", function()
    local server = secure "good"
    local proxy = serve { "tunnel:" .. server.socket }
    local url = proxy.url:gsub("//", "//me%%40home:pass%%3aword@")
    local transport = nginx:transport { proxy = url }
    local first = assert(transport.send(with_token(URL), LIMIT))
    assert.is_nil(first.headers["x-proxy"])
    assert.equal(first.body, assert(transport.send(get(URL), LIMIT)).body)
    local requests = proxy:requests()
    assert.equal(1, #requests)
    assert.matches("^CONNECT graph.example:443 HTTP/1.1\r\nHost: graph.example:443\r\n",
      requests[1].text)
    assert.matches("\r\nProxy%-Authorization: Basic bWVAaG9tZTpwYXNzOndvcmQ=\r\n", requests[1].text)
    assert.not_matches(TOKEN, requests[1].text)
  end)

  it("through a proxy's tunnel is for the host of the URL", function()
    local server = secure "other"
    local transport = nginx:transport { proxy = serve({ "tunnel:" .. server.socket }).url }
    local response, err = transport.send(with_token(URL), LIMIT)
    assert.is_nil(response)
    assert.same({ "tls", false }, { err.reason, err.sent })
    assert.equal("", told(server))
  end)

  -- what the proxy answers to CONNECT
  for _, answer in ipairs {
    "keep:HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", "keep:HTTP/1.1 302 Found\r\n\r\n",
    "close:", "reset:", "keep:SMTP\r\n", "keep:HTTP/1.1 200 OK\r\n\r\n<html>",
  } do
    it(("is not begun where the proxy answers %q"):format(answer), function()
      local proxy = serve { answer }
      local transport = nginx:transport { proxy = proxy.url:gsub("//", "//me:secret@") }
      local response, err = transport.send(with_token(URL), LIMIT)
      assert.is_nil(response)
      assert.same({ "connect", false }, { err.reason, err.sent }, err.message)
      assert.not_matches("secret", err.message)
      assert.equal(1, #proxy:requests())
      assert.not_matches(TOKEN, proxy:requests()[1].text)
    end)
  end

  it("trusts everybody only where verify is false", function()
    local server = secure "alone"
    local careless = nginx:transport { unix_socket = server.socket, tls = { verify = false } }
    local careful = nginx:transport { unix_socket = server.socket }
    for _ = 1, 2 do
      assert.equal(200, assert(careless.send(get(URL), LIMIT)).status)
      assert.equal("tls", select(2, careful.send(get(URL), LIMIT)).reason)
    end
  end)

  -- certificate, what the message says, whether the worker knows the issuer
  local UNTRUSTED = {
    { "good", "unknown issuer.*lua_ssl_trusted_certificate", false },
    { "alone", "self%-signed", true },
    { "other", "another host name", true },
    { "expired", "expired", true },
  }
  for _, row in ipairs(UNTRUSTED) do
    it(("refuses the certificate %q: the server sees nothing of a call"):format(row[1]), function()
      local server = secure(row[1])
      local transport = (row[3] and nginx or bare):transport { unix_socket = server.socket }
      for _ = 1, 2 do
        local response, err = transport.send(with_token(URL), LIMIT)
        assert.is_nil(response)
        assert.same({ "transport", "tls", false }, { err.kind, err.reason, err.sent }, err.message)
        local told_so = err.message:find(row[2]) or err.message:find "nginx's error log says why"
        assert.is_truthy(told_so, err.message)
      end
      assert.equal("", told(server))
    end)
  end

  it("refuses a server by its address, for that is no name of a certificate", function()
    local server = secure "good"
    local transport = nginx:transport { unix_socket = server.socket }
    for _, url in ipairs { "https://127.0.0.1/", "https://[::1]/" } do
      assert.equal("tls", select(2, transport.send(with_token(url), LIMIT)).reason)
    end
    assert.equal("", told(server))
  end)

  for _, answer in ipairs {
    "greet:HTTP/1.1 400 Bad Request\r\n\r\n", "keep:HTTP/1.1 400 Bad Request\r\n\r\n",
  } do
    it(("says when the server does not speak it (%s), which sees nothing of a call")
      :format(answer:match "%l+"), function()
        local server = serve { answer }
        local url = server.url:gsub("http", "https")
        local greets = answer:match "^greet"
        local response, err = nginx:transport().send(with_token(url), greets and LIMIT or 0.05)
        assert.is_nil(response)
        assert.is_false(err.sent)
        assert.equal(greets and "tls" or "timeout", err.reason)
        assert.not_matches(TOKEN, process.output(
          "cat " .. server.process.directory .. "/log"))
      end)
  end
end)
