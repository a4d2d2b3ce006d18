local core = require "graphinvite.core"

local INVITATION = "microsoft.graph.invitation"
local AAD = "Microsoft.AADInviteMgr.invitation"
local OPERATION = "microsoft.graph.inviteParticipantsOperation"
local COMMS = "microsoft.graph.commsOperation"
local USER = "microsoft.graph.user"
local IDENTITIES = "microsoft.graph.identitySet"
local V2 = "microsoft.graph.InvitationV2"
local RESULT = "microsoft.graph.resultInfo"
local MESSAGE = "microsoft.graph.invitedUserMessageInfo"
local null, array = core.null, core.array

local function digits(text)
  return (assert(core.number(text)))
end

local function int64(text)
  return (assert(core.int64(text)))
end

-- What is claimed, type, Lua value, JSON text: every row holds in both directions.
local ROUND_TRIPS = {
  { "an empty object", INVITATION, {}, "{}" },
  { "an absent, a null and an empty member apart", INVITATION,
    { invitedUserDisplayName = null, invitedUserType = "" },
    '{"invitedUserDisplayName":null,"invitedUserType":""}' },
  { "an empty collection", MESSAGE, { ccRecipients = {} }, '{"ccRecipients":[]}' },
  { "a collection that is null", MESSAGE, { ccRecipients = null }, '{"ccRecipients":null}' },
  { "a collection with a null in it", MESSAGE, { ccRecipients = { null, {} } },
    '{"ccRecipients":[null,{}]}' },
  { "an empty object inside a collection", MESSAGE, { ccRecipients = { {} } },
    '{"ccRecipients":[{}]}' },
  { "an object that only has a type", IDENTITIES,
    { device = { ["@odata.type"] = "microsoft.graph.identity" }, user = null },
    '{"device":{"@odata.type":"microsoft.graph.identity"},"user":null}' },
  { "a boolean false", INVITATION, { resetRedemption = false }, '{"resetRedemption":false}' },
  { "inherited properties before own ones", USER,
    { id = "u", deletedDateTime = null, mail = "a@b.c" },
    '{"id":"u","deletedDateTime":null,"mail":"a@b.c"}' },
  { "a member that an open type does not declare", USER, { mail = "a@b.c", x = 1 },
    '{"mail":"a@b.c","x":1}' },
  { "an open member whose name is a property of another type", USER, { participants = "some" },
    '{"participants":"some"}' },
  { "an annotation on a closed type", INVITATION,
    { ["invitedUserSponsors@odata.bind"] = array { "https://x/users/1" } },
    '{"invitedUserSponsors@odata.bind":["https://x/users/1"]}' },
  { "an empty array in an untyped place", "microsoft.graph.commsNotification",
    { resourceData = array {} }, '{"resourceData":[]}' },
  { "an empty object in an untyped place", "microsoft.graph.commsNotification",
    { resourceData = {} }, '{"resourceData":{}}' },
  { "arrays in untyped arrays", nil, array { array {}, array { array {} }, {} }, "[[],[[]],{}]" },
  { "strings that need escapes", nil, array { '"\\\b\f\n\r\t\0\1\31/\127' },
    '["\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f/\127"]' },
  { "text beyond ASCII", INVITATION, { invitedUserDisplayName = "Zoë 漢字 😀" },
    '{"invitedUserDisplayName":"Zoë 漢字 😀"}' },
  { "a status in another casing", COMMS, { status = "completed" }, '{"status":"completed"}' },
  { "a status that is none", COMMS, { status = "String" }, '{"status":"String"}' },
  { "an enumeration value of a later version", "microsoft.graph.call",
    { state = "someFutureState", requestedModalities = { "hologram" } },
    '{"requestedModalities":["hologram"],"state":"someFutureState"}' },
  { "the capital I of the other namespace", AAD,
    { InvitedUserMessageInfo = { messageLanguage = "en-US" } },
    '{"InvitedUserMessageInfo":{"messageLanguage":"en-US"}}' },
  { "the lower-case i of the other namespace", AAD, { invitedUserMessageInfo = {} },
    '{"invitedUserMessageInfo":{}}' },
  { "an untyped value that is no object", nil, "text", '"text"' },
  { "an untyped null", nil, null, "null" },
  { "a page of items", "Collection(microsoft.graph.user)",
    { value = { { id = "1" } }, ["@odata.nextLink"] = "https://x/y?z" },
    '{"value":[{"id":"1"}],"@odata.nextLink":"https://x/y?z"}' },
  { "a page without items", "Collection(microsoft.graph.user)", { value = {} }, '{"value":[]}' },
  { "an array of items", "Collection(microsoft.graph.user)", { { id = "1" }, { id = "2" } },
    '[{"id":"1"},{"id":"2"}]' },
}

-- What is claimed, type, value, options, text.
local WRITTEN = {
  { "a float that is integral as Int64", V2, { created = 2 ^ 53 }, nil,
    '{"created":9007199254740992}' },
  { "a float that is integral as Int32", RESULT, { code = 200.0 }, nil, '{"code":200}' },
  { "a decimal string as Int64", V2, { created = "-12" }, nil, '{"created":-12}' },
  { "a core.number as Int64", V2, { created = digits "-12" }, nil, '{"created":-12}' },
  { "a decimal string as Int32", RESULT, { subcode = "5001" }, nil, '{"subcode":5001}' },
  { "Int64 as a string when asked", V2, { created = 7, trackingId = "7" }, { int64 = "string" },
    '{"created":"7","trackingId":"7"}' },
  { "Int32 as a number all the same", RESULT, { code = 7 }, { int64 = "string" }, '{"code":7}' },
  { "Int64 as a number when asked", V2, { created = 7 }, { int64 = "number" }, '{"created":7}' },
  { "a status in the schema's casing when asked", COMMS, { status = "cOMPLETED" },
    { status = "schema" }, '{"status":"Completed"}' },
  { "an unknown status as it is", COMMS, { status = "String" }, { status = "schema" },
    '{"status":"String"}' },
  { "a status as given when asked", COMMS, { status = "running" }, { status = "given" },
    '{"status":"running"}' },
  { "another enumeration as given", "microsoft.graph.call", { state = "ESTABLISHED" },
    { status = "schema" }, '{"state":"ESTABLISHED"}' },
  { "the status of an invitation as given", INVITATION, { status = "completed" },
    { status = "schema" }, '{"status":"completed"}' },
  { "an unknown member of a closed type when asked", INVITATION, { x = 1 }, { unknown = "keep" },
    '{"x":1}' },
  { "an annotation though unknown members are refused", USER, { ["x@odata.bind"] = "u" },
    { unknown = "refuse" }, '{"x@odata.bind":"u"}' },
  { "an unmarked table with an index in an untyped place as an array", nil, { "a", "b" }, nil,
    '["a","b"]' },
  { "an unmarked empty table in an untyped place as an object", nil, {}, nil, "{}" },
  { "a type text as given, in front", OPERATION, { id = "1", ["@odata.type"] = "#custom" }, nil,
    '{"@odata.type":"#custom","id":"1"}' },
  { "a null type text", OPERATION, { ["@odata.type"] = null, id = "1" }, nil,
    '{"@odata.type":null,"id":"1"}' },
  { "a marked collection", MESSAGE, { ccRecipients = array {} }, nil, '{"ccRecipients":[]}' },
}

-- What is claimed, type, value, options, and the whole explanation.
local NOT_WRITTEN = {
  { "an unknown member of a closed type, with the one that was meant", INVITATION,
    { invitedUserEmail = "a@b.c" }, nil,
    "invitedUserEmail: no such property of microsoft.graph.invitation "
      .. "(did you mean invitedUserEmailAddress?)" },
  { "an unknown member that is like no other", INVITATION, { zzz = 1 }, nil,
    "zzz: no such property of microsoft.graph.invitation" },
  { "an unknown member in a nested object", INVITATION,
    { invitedUserMessageInfo = { ccRecipients = { { mail = "a" } } } }, nil,
    "invitedUserMessageInfo.ccRecipients[1].mail: no such property of microsoft.graph.recipient" },
  { "an unknown member of an open type when asked", USER, { maill = "a" }, { unknown = "refuse" },
    "maill: no such property of microsoft.graph.user (did you mean mail?)" },
  { "the capital I in the other namespace", INVITATION, { InvitedUserMessageInfo = {} }, nil,
    "InvitedUserMessageInfo: no such property of microsoft.graph.invitation "
      .. "(did you mean invitedUserMessageInfo?)" },
  { "both spellings of one property", AAD,
    { invitedUserMessageInfo = {}, InvitedUserMessageInfo = {} }, nil,
    "InvitedUserMessageInfo: given twice, also as invitedUserMessageInfo" },
  { "a number for a String", INVITATION, { status = 5 }, nil, "status: not a String: 5" },
  { "a boolean for a String", INVITATION, { status = false }, nil, "status: not a String: false" },
  { "an object for a String", INVITATION, { status = {} }, nil, "status: not a String: a table" },
  { "a text for a Boolean", INVITATION, { resetRedemption = "Boolean" }, nil,
    'resetRedemption: not a Boolean: "Boolean"' },
  { "a text for an object", INVITATION, { invitedUser = "u" }, nil,
    'invitedUser: not an object: "u"' },
  { "an array for an object", INVITATION, { invitedUser = { "u" } }, nil,
    "invitedUser: not an object: an array" },
  { "a marked array for an object", INVITATION, { invitedUser = array {} }, nil,
    "invitedUser: not an object: an array" },
  { "a text for a collection", MESSAGE, { ccRecipients = "x" }, nil,
    'ccRecipients: not a collection: "x"' },
  { "an object for a collection", MESSAGE, { ccRecipients = { emailAddress = {} } }, nil,
    "ccRecipients: not an array: it has keys other than 1, 2, 3, ..." },
  { "a text for an element that is an object", MESSAGE, { ccRecipients = { "x" } }, nil,
    'ccRecipients[1]: not an object: "x"' },
  { "a number for an element that is a String", USER, { otherMails = { "a", 5 } }, nil,
    "otherMails[2]: not a String: 5" },
  { "an index between two others", USER, { otherMails = { [1.5] = "a", [2] = "b" } }, nil,
    "otherMails: not an array: it has keys other than 1, 2, 3, ..." },
  { "an index below the first", USER, { otherMails = { [0] = "a", [2] = "b" } }, nil,
    "otherMails: not an array: it has keys other than 1, 2, 3, ..." },
  { "a hole in an array", USER, { otherMails = { "a", nil, "c" } }, nil,
    "otherMails[2]: missing: an array cannot have holes" },
  { "a fraction as Int32", RESULT, { code = 1.5 }, nil, "code: not an Int32: 1.5" },
  { "an Int32 out of range", RESULT, { code = 2147483648 }, nil, "code: not an Int32: 2147483648" },
  { "a text as Int32", RESULT, { code = "four" }, nil, 'code: not an Int32: "four"' },
  { "a float beyond 2^53 as Int64", V2, { created = 2 ^ 54 }, nil,
    "created: not an Int64: 1.8014398509482e+16" },
  { "NaN as Int64", V2, { created = 0 / 0 * -1 }, nil, nil, "created: not an Int64: " },
  { "a table as Int64", V2, { created = {} }, nil, "created: not an Int64: a table" },
  { "NaN in an untyped place", USER, { x = 0 / 0 }, nil, "x: not a finite number" },
  { "an infinity in an untyped place", USER, { x = { y = { -math.huge } } }, nil,
    "x.y[1]: not a finite number" },
  { "bad UTF-8 in a value", INVITATION, { invitedUserDisplayName = "a\255" }, nil,
    "invitedUserDisplayName: a String that is not UTF-8" },
  { "a surrogate in UTF-8", INVITATION, { invitedUserDisplayName = "\237\160\128" }, nil,
    "invitedUserDisplayName: a String that is not UTF-8" },
  { "an overlong form in UTF-8", INVITATION, { invitedUserDisplayName = "\192\175" }, nil,
    "invitedUserDisplayName: a String that is not UTF-8" },
  { "bad UTF-8 in a name", USER, { ["a\255"] = 1 }, nil, "a?: a String that is not UTF-8" },
  { "a function", USER, { x = print }, nil, "x: not a JSON value: a function" },
  { "a userdata of someone else", USER, { x = io.stdout }, nil, "x: not a JSON value: a userdata" },
  { "a key that is no string in an object", INVITATION, { [true] = 1 }, nil,
    "an object whose keys are not all strings" },
  { "a value that is no object at all", INVITATION, "text", nil, 'not an object: "text"' },
  { "an untyped value that is no JSON", nil, print, nil, "not a JSON value: a function" },
  { "the member of an item of a page", "Collection(" .. INVITATION .. ")",
    { value = { {}, { status = 5 } } }, nil, "value[2].status: not a String: 5" },
}

-- What is claimed, type, text, value.
local READ = {
  { "an unknown member of a closed type", INVITATION, '{"x":{"y":[1]}}', { x = { y = { 1 } } } },
  { "a decimal string as Int32", RESULT, '{"code":"200","subcode":"-1"}',
    { code = 200, subcode = -1 } },
  { "a decimal string as Int64", V2, '{"created":"9007199254740993"}',
    { created = int64 "9007199254740993" } },
  { "the last of two members of one name", INVITATION, '{"status":"a","status":"b"}',
    { status = "b" } },
  { "both spellings of one property", AAD,
    '{"invitedUserMessageInfo":{},"InvitedUserMessageInfo":null}',
    { invitedUserMessageInfo = {}, InvitedUserMessageInfo = null } },
  { "a name with escapes", INVITATION, '{"st\\u0061tus":"x"}', { status = "x" } },
  { "a lone object as a page of one", "Collection(microsoft.graph.user)", '{"value":{"id":"1"}}',
    { value = { { id = "1" } } } },
}

-- What is claimed, type, text, and the whole explanation.
local NOT_READ = {
  { "a text for an Int64", V2, '{"created":"Integer"}', 'created: not an Int64: "Integer"' },
  { "a number for a String", INVITATION, '{"status":5}', "status: not a String: 5" },
  { "an object for a String", INVITATION, '{"status":{}}', "status: not a String: an object" },
  { "an array for a String", INVITATION, '{"status":[]}', "status: not a String: an array" },
  { "a text for a Boolean", INVITATION, '{"resetRedemption":"Boolean"}',
    'resetRedemption: not a Boolean: "Boolean"' },
  { "a boolean for an object", INVITATION, '{"invitedUser":true}',
    "invitedUser: not an object: true" },
  { "an array for an object", INVITATION, '{"invitedUser":[]}',
    "invitedUser: not an object: an array" },
  { "an object for a collection", MESSAGE, '{"ccRecipients":{}}',
    "ccRecipients: not a collection: an object" },
  { "a single value for a collection", MESSAGE, '{"ccRecipients":"x"}',
    "ccRecipients: not a collection: a single value" },
  { "a text for an element that is an object", MESSAGE, '{"ccRecipients":[{},"x"]}',
    'ccRecipients[2]: not an object: "x"' },
  { "a number for an element that is an object", MESSAGE, '{"ccRecipients":[5]}',
    "ccRecipients[1]: not an object: 5" },
  { "a boolean for an element that is a String", USER, '{"otherMails":[true]}',
    "otherMails[1]: not a String: true" },
  { "an array for an element", USER, '{"otherMails":[[]]}',
    "otherMails[1]: not a String: an array" },
  { "an Int32 out of range", RESULT, '{"code":2147483648}', "code: not an Int32: 2147483648" },
  { "a fault deep inside", INVITATION,
    '{"invitedUserMessageInfo":{"ccRecipients":[{"emailAddress":{"address":5}}]}}',
    "invitedUserMessageInfo.ccRecipients[1].emailAddress.address: not a String: 5" },
  { "an item of a page", "Collection(" .. V2 .. ")", '{"value":[{},{"created":1.5}]}',
    "value[2].created: not an Int64: 1.5" },
  { "a value that is no object at all", INVITATION, "[]", "not an object: an array" },
  { "a long text, cut", V2, '{"created":"' .. ("x"):rep(200) .. '"}',
    'created: not an Int64: "' .. ("x"):rep(55) .. "..." },
}

describe("model", function()
  for _, row in ipairs(ROUND_TRIPS) do
    local what, type, value, text = row[1], row[2], row[3], row[4]
    it("round-trips " .. what, function()
      local back = assert(core.decode(type, text))
      assert.same(value, back)
      assert.equal(text, (core.encode(type, back)))
      assert.equal(#text, #assert(core.encode(type, value)))
    end)
  end

  for _, row in ipairs(WRITTEN) do
    local what, type, value, options, text = row[1], row[2], row[3], row[4], row[5]
    it("writes " .. what, function()
      assert.equal(text, (assert(core.encode(type, value, options))))
    end)
  end

  for _, row in ipairs(NOT_WRITTEN) do
    local what, type, value, options, wanted, start = row[1], row[2], row[3], row[4], row[5], row[6]
    it("refuses to write " .. what, function()
      local text, why = core.encode(type, value, options)
      assert.is_nil(text)
      assert.equal(wanted or start, wanted and why or why:sub(1, #start))
    end)
  end

  for _, row in ipairs(READ) do
    local what, type, text, value = row[1], row[2], row[3], row[4]
    it("reads " .. what, function()
      assert.same(value, (assert(core.decode(type, text))))
    end)
  end

  for _, row in ipairs(NOT_READ) do
    local what, type, text, wanted = row[1], row[2], row[3], row[4]
    it("refuses to read " .. what, function()
      local value, why = core.decode(type, text)
      assert.is_nil(value)
      assert.equal(wanted, why)
    end)
  end
end)
