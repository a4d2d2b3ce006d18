local case = require "spec.support.curl_case"
local driver = require "graphinvite.transport.curl"

local OK, LIMIT = case.OK, case.LIMIT
local get, post, serve = case.get, case.post, case.serve

-- On libcurl alone: these claims are about its bytes and sockets.
describe("transport.curl", function()
  after_each(case.finish)

  it("gives responses, and errors with reason and sent", function()
    local server = serve { "keep:" .. OK, "close:" }
    local transport = assert(driver.new { max_body = 10 })
    assert.equal("fine", assert(transport.send(post(server.url), LIMIT)).body)
    local response, err = transport.send(post(server.url), LIMIT)
    assert.is_nil(response)
    assert.equal("transport", err.kind)
    assert.equal("closed", err.reason)
    assert.is_true(err.sent)
    transport.close()
    response, err = transport.send(post(server.url), LIMIT)
    assert.is_nil(response)
    assert.equal("aborted", err.reason)
    assert.is_false(err.sent)
  end)

  it("overlaps calls", function()
    local server = serve { "keep:" .. OK }
    local transport = assert(driver.new())
    local handle = assert(transport.start(post(server.url), LIMIT))
    assert.equal("r", transport.fds()[1].events)
    local got, response, err = transport.next(LIMIT)
    assert.equal(handle, got)
    assert.equal("fine", response.body)
    assert.is_nil(err)
    assert.is_nil(transport.next(LIMIT))
    handle = assert(transport.start(get "http://127.0.0.1:99999/", LIMIT))
    got, response, err = transport.next(LIMIT)
    assert.equal(handle, got)
    assert.is_nil(response)
    assert.equal("malformed", err.reason)
    assert.equal("malformed", select(2, transport.start({}, LIMIT)).reason)
    transport.close()
  end)

  it("takes the limit of a request before its own", function()
    local server = serve { "keep:" .. OK }
    local transport = assert(driver.new { max_body = 3 })
    assert.equal("too_large", select(2, transport.send(post(server.url), LIMIT)).reason)
    local request = post(server.url)
    request.max_body = 4
    assert.equal("fine", assert(transport.send(request, LIMIT)).body)
    transport.close()
  end)

  it("says which option names no file", function()
    local transport, err = driver.new { tls = { ca = "/nonexistent" } }
    assert.is_nil(transport)
    assert.equal("transport", err.kind)
    assert.matches("option ca", err.message)
  end)

  it("has the clocks of this machine", function()
    local transport = assert(driver.new())
    assert.is_true(math.abs(transport.wall() - os.time()) < 2)
    local before = transport.now()
    transport.sleep(0)
    assert.is_true(transport.now() >= before)
    transport.close()
  end)
end)
