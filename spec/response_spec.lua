local core = require "graphinvite.core"

local ROWS = {}
for _, row in ipairs(core.operations()) do
  ROWS[row.name .. "/" .. row.arguments] = row
end
local CREATE, UPDATE = ROWS["invitations.create/0"], ROWS["invitations.update/1"]
local LIST, COUNT = ROWS["invitations.list/0"], ROWS["invitations.count/0"]
local INVITE, DELETE = ROWS["call.participants.invite/1"], ROWS["invitations.delete/1"]
local OPERATION, OPERATIONS = ROWS["call.operations.get/2"], ROWS["call.operations.list/1"]
local V2, V2_LIST = ROWS["linkedin.invitations.get/0"], ROWS["linkedin.invitations.list/0"]
local OWN = { method = "POST", path = "/me/revoke" }

local INTEGERS = math.type ~= nil
local LOCATION = "https://graph.microsoft.com/v1.0/communications/calls/c/operations/o-1"

-- What is claimed, operation, status, body, headers, value.
local VALUES = {
  { "a bare object", CREATE, 201, '{"id":"i","status":"PendingAcceptance"}', nil,
    { id = "i", status = "PendingAcceptance" } },
  { "an object with annotations", CREATE, 201, '{"@odata.context":"c","id":"i"}', nil,
    { ["@odata.context"] = "c", id = "i" } },
  { "an object wrapped in value", INVITE, 200, '{"value":{"id":"o","status":"Running"}}', nil,
    { id = "o", status = "Running" } },
  { "an object wrapped in value beside annotations", OPERATION, 200,
    '{"@odata.context":"c","value":{"id":"o"}}', nil, { id = "o" } },
  { "an object wrapped in an array of one", OPERATION, 200, '{"value":[{"id":"o"}]}', nil,
    { id = "o" } },
  { "an object wrapped in value of a closed type", V2, 200, '{"value":{"created":"7"}}', nil,
    { created = 7 } },
  { "an open object that has a member value of its own", OPERATION, 200,
    '{"id":"o","value":{"x":1}}', nil,
    { id = "o", value = { x = 1 } } },
  { "an empty object", OPERATION, 200, "{}", nil, {} },
  { "an object of a derived type", OPERATION, 200,
    '{"id":"o","@odata.type":"#microsoft.graph.muteParticipantOperation","status":"Running"}', nil,
    { id = "o", ["@odata.type"] = "#microsoft.graph.muteParticipantOperation",
      status = "Running" } },
  { "a 202 without a body by its Location", INVITE, 202, "", { location = LOCATION },
    { id = "o-1" } },
  { "a Location with a query", INVITE, 202, "", { location = LOCATION .. "?x=/y#/z" },
    { id = "o-1" } },
  { "a Location with a slash at its end", INVITE, 202, "", { location = LOCATION .. "/" },
    { id = "o-1" } },
  { "a Location whose id was percent-encoded", INVITE, 202, "",
    { location = "/operations/a%3d%3D%2Fb%C3%A9" }, { id = "a==/bé" } },
  { "a Location with percent signs of other kinds", INVITE, 202, "",
    { location = "/operations/100%-%zz%4" }, { id = "100%-%zz%4" } },
  { "a Location that hides a line end", INVITE, 202, "", { location = "/operations/a%0Ab" }, true },
  { "a relative Location", INVITE, 202, "", { location = "operations/o-1" }, { id = "o-1" } },
  { "a 202 without a body and a Location", INVITE, 202, "", {}, true },
  { "a 202 whose Location names nothing", INVITE, 202, "", { location = "/" }, true },
  { "a 202 with a body by the body", INVITE, 202, '{"id":"o-2"}', { location = LOCATION },
    { id = "o-2" } },
  { "a 204", DELETE, 204, "", nil, true },
  { "a 204 where an object is usual", UPDATE, 204, "", nil, true },
  { "a 204 with a Location", UPDATE, 204, "", { location = LOCATION }, true },
  { "a 200 where nothing is expected", DELETE, 200, "", nil, true },
  { "a body where nothing is expected", DELETE, 200, "<html>", nil, true },
  { "another success than the usual", CREATE, 200, '{"id":"i"}', nil, { id = "i" } },
  -- pages
  { "a page", LIST, 200, '{"value":[{"id":"1"},{"id":"2"}]}', nil,
    { value = { { id = "1" }, { id = "2" } } } },
  { "an empty page", LIST, 200, '{"value":[]}', nil, { value = {} } },
  { "an empty page with more behind it", LIST, 200, '{"value":[],"@odata.nextLink":"https://h/?t"}',
    nil,
    { value = {}, ["@odata.nextLink"] = "https://h/?t" } },
  { "a page with its total", LIST, 200, '{"@odata.count":12,"value":[]}', nil,
    { value = {}, ["@odata.count"] = 12 } },
  { "a page whose value is one object", V2_LIST, 200, '{"value":{"created":7}}', nil,
    { value = { { created = 7 } } } },
  { "a page that is a bare object", V2_LIST, 200, '{"created":7}', nil,
    { value = { { created = 7 } } } },
  { "a page that is a bare array", V2_LIST, 200, ' [{"created":7}]', nil,
    { value = { { created = 7 } } } },
  { "a page whose value is null as empty", LIST, 200, '{"value":null}', nil, { value = {} } },
  { "a page with annotations only as empty", LIST, 200, '{"@odata.context":"c"}', nil,
    { value = {}, ["@odata.context"] = "c" } },
  { "a page of derived types", OPERATIONS, 200,
    '{"value":[{"@odata.type":"#microsoft.graph.muteParticipantOperation","id":"o"}]}', nil,
    { value = { { ["@odata.type"] = "#microsoft.graph.muteParticipantOperation", id = "o" } } } },
  -- counts
  { "a count", COUNT, 200, "12", nil, 12 },
  { "a count behind a byte order mark", COUNT, 200, "\239\187\19112", nil, 12 },
  { "a count with white space", COUNT, 200, " 12\r\n", nil, 12 },
  { "a count of nothing", COUNT, 200, "0", nil, 0 },
  { "a count beyond 2^53", COUNT, 200, "9007199254740993", nil,
    INTEGERS and 9007199254740992 + 1 or "9007199254740993" },
  -- a caller's own row
  { "any JSON for a row that expects no type", OWN, 200, '{"value":{"x":[1]}}', nil,
    { value = { x = { 1 } } } },
  { "no body for a row that expects no type", OWN, 200, "", nil, true },
}

-- What is claimed, operation, status, body, the text behind "cannot be read: ".
local UNREADABLE = {
  { "an empty body with 200", INVITE, 200, "", "its body is empty" },
  { "an empty body with 201", CREATE, 201, "", "its body is empty" },
  { "an empty page", LIST, 200, "", "its body is empty" },
  { "a body that is null", CREATE, 201, "null", "its body is null" },
  { "a page that is null", LIST, 200, "null", "its body is null" },
  { "a body that is a text", CREATE, 201, '"x"', 'not an object: "x"' },
  { "a body that is an array", CREATE, 201, "[]", "not an object: an array" },
  { "HTML", CREATE, 200, "<html></html>", "not JSON at byte 1: not a JSON value" },
  { "a body that was cut off", CREATE, 201, '{"id":"i',
    "id: not JSON at byte 9: the text ends inside a string" },
  { "a body with rubbish behind it", CREATE, 201, "{}x",
    "not JSON at byte 3: something follows the value" },
  { "a body of another type", CREATE, 201, '{"status":5}', "status: not a String: 5" },
  { "a wrapped body of another type", INVITE, 200, '{"value":{"status":5}}',
    "value.status: not a String: 5" },
  { "a list where one object was expected", V2, 200, '{"value":[{},{}]}',
    "one object was expected, the answer has 2; list them instead" },
  { "nothing where one object was expected", V2, 200, '{"value":[]}',
    "one object was expected, the answer has 0; list them instead" },
  { "an item of another type", LIST, 200, '{"value":[{},{"id":5}]}',
    "value[2].id: not a String: 5" },
  { "a page whose value is a text", LIST, 200, '{"value":"x"}',
    "value: not a collection: a single value" },
  { "a count that is none", COUNT, 200, "many", "a count was expected" },
  { "a count with a fraction", COUNT, 200, "1.5", "a count was expected" },
  { "a count that is empty", COUNT, 200, "", "a count was expected" },
  { "two counts", COUNT, 200, "1 2", "a count was expected" },
  { "a secret of another type", CREATE, 201, '{"inviteRedeemUrl":["4711"]}',
    "inviteRedeemUrl: not a String" },
}

local GATEWAY = "status %d: a gateway in front of the service answered; the service itself was not "
  .. "reached or did not answer in time"
local PLAIN = "status %d: the service refused the call without a Graph error"

-- Reference 4.1, 4.4: what is claimed, status, body, fields of the fault; false is absent.
local FAULTS = {
  { "a Graph error", 400, '{"error":{"code":"Request_BadRequest","message":"No.","target":"mail"}}',
    { code = "Request_BadRequest", message = "No.", target = "mail" } },
  { "its details", 400,
    '{"error":{"code":"c","message":"m","details":[{"code":"MissingValue","target":"x"}]}}',
    { code = "c", message = "m", details = { { code = "MissingValue", target = "x" } } } },
  { "its inner error", 401,
    '{"error":{"code":"c","message":"m","innerError":'
      .. '{"date":"d","request-id":"r","client-request-id":"k"}}}',
    { request_id = "r", client_request_id = "k",
      inner_error = { date = "d", ["request-id"] = "r", ["client-request-id"] = "k" } } },
  { "the inner error in OData's spelling", 401,
    '{"error":{"code":"c","message":"m","innererror":{"request-id":"r"}}}',
    { request_id = "r", inner_error = { ["request-id"] = "r" } } },
  { "the older requestId", 401,
    '{"error":{"code":"c","message":"m","innerError":{"requestId":"r"}}}',
    { request_id = "r" } },
  { "inner errors in inner errors", 403,
    '{"error":{"code":"c","message":"m","innerError":{"code":"d","innerError":{"code":"e"}}}}',
    { code = "c", inner_error = { code = "d", innerError = { code = "e" } } } },
  { "an empty code, as batches have it", 403, '{"error":{"code":"","message":"m"}}',
    { code = false, message = "m" } },
  { "an empty message", 403, '{"error":{"code":"c","message":""}}',
    { code = "c", message = PLAIN } },
  { "a null message", 403, '{"error":{"code":"c","message":null}}',
    { code = "c", message = PLAIN } },
  { "members of other types than ours", 429,
    '{"error":{"code":"c","message":"m","innerError":{"status":429},"details":{}}}',
    { code = "c", message = "m" } },
  { "the throttling sample", 429, '{"error":{"code":"TooManyRequests","innerError":{"code":"429",'
    .. '"date":"2020-08-18T12:51:51","message":"Please retry after","request-id":"94fb3b52",'
    .. '"status":"429"},"message":"Please retry again later."}}',
    { code = "TooManyRequests", message = "Please retry again later.", request_id = "94fb3b52" } },
  { "the OAuth form", 400, '{"error":"invalid_grant","error_description":"d"}',
    { message = PLAIN, code = false } },
  { "an error that is null", 500, '{"error":null}', { message = PLAIN } },
  { "JSON that is no error", 500, '{"x":1}', { message = PLAIN } },
  { "JSON that is no object", 500, "[]", { message = PLAIN } },
  { "HTML of a gateway", 502, "<html><body>Bad Gateway</body></html>", { message = GATEWAY } },
  { "an empty body", 503, "", { message = GATEWAY } },
  { "a body that was cut off", 504, '{"error":{"code":"c', { message = GATEWAY, code = false } },
  { "a redirect", 307, "",
    { message = "status 307: the service redirects this call; a redirect is not followed here" } },
  { "an informational answer", 100, "", { message = PLAIN } },
}

local function response(status, body, headers)
  return { status = status, headers = headers or {}, body = body, url = "https://h/" }
end

describe("response", function()
  for _, row in ipairs(VALUES) do
    it("gives the value of " .. row[1], function()
      local value, fault = core.response(row[2], response(row[3], row[4], row[5]))
      assert.is_nil(fault)
      assert.same(row[6], value)
    end)
  end

  for _, row in ipairs(UNREADABLE) do
    local what, operation, status, body, wanted = row[1], row[2], row[3], row[4], row[5]
    it("cannot read " .. what, function()
      local value, fault = core.response(operation, response(status, body))
      assert.is_nil(value)
      assert.equal("model", fault.kind)
      assert.equal(status, fault.status)
      assert.equal(body, fault.body)
      local start = ("the answer with status %d cannot be read: "):format(status)
      assert.equal(start .. wanted, fault.message)
    end)
  end

  for _, row in ipairs(FAULTS) do
    local what, status, body, wanted = row[1], row[2], row[3], row[4]
    it("makes a fault of " .. what, function()
      for _, operation in ipairs { CREATE, LIST, COUNT, DELETE, OWN } do
        local value, fault = core.response(operation, response(status, body))
        assert.is_nil(value)
        assert.equal("graph", fault.kind)
        assert.equal(status, fault.status)
        assert.equal(body, fault.body)
        for name, field in pairs(wanted) do
          if type(field) == "string" then
            field = field:format(status)
          end
          assert.same(field or nil, fault[name])
        end
      end
    end)
  end

  it("takes the ids of the call from the headers where the body has none", function()
    local headers = { ["request-id"] = "r", ["client-request-id"] = "k" }
    local _, fault = core.response(CREATE, response(502, "<html>", headers))
    assert.equal("r", fault.request_id)
    assert.equal("k", fault.client_request_id)
    local body = '{"error":{"code":"c","message":"m","innerError":{"request-id":"inner"}}}'
    _, fault = core.response(CREATE, response(400, body, headers))
    assert.equal("inner", fault.request_id)
    assert.equal("k", fault.client_request_id)
  end)

  it("keeps the first 16 KiB of a large error body", function()
    local _, fault = core.response(CREATE, response(502, ("x"):rep(100000)))
    assert.equal(("x"):rep(16384), fault.body)
  end)

  it("does with a response that has no headers and no body", function()
    assert.is_true(core.response(DELETE, { status = 204 }))
    local _, fault = core.response(DELETE, { status = 404 })
    assert.equal(404, fault.status)
    assert.equal("", fault.body)
    _, fault = core.response(DELETE, {})
    assert.equal("graph", fault.kind)
  end)

  it("raises where an argument is no table, or no operation", function()
    assert.has_error(function()
      core.response("invitations.create", response(200, "{}"))
    end)
    assert.has_error(function()
      core.response(CREATE, "{}")
    end)
    assert.has_error(function()
      core.response({ method = "GET" }, response(200, "{}"))
    end)
  end)
end)
