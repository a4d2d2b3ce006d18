local core = require "graphinvite.core"
local garbage = require "spec.support.garbage"
local json_text = require "spec.support.json_text"

local INVITATION = "microsoft.graph.invitation"
local AAD = "Microsoft.AADInviteMgr.invitation"
local COMMS = "microsoft.graph.commsOperation"
local INVITE = "microsoft.graph.inviteParticipantsOperation"
local USER = "microsoft.graph.user"
local RECIPIENT = "microsoft.graph.recipient"
local USER_IDENTITY = "microsoft.graph.communicationsUserIdentity"
local MAX_DEPTH = 100
local unpack = unpack or table.unpack -- luacheck: ignore 113 143

-- What the type text is, declared type, a value with one member at fault for the type that
-- counts, and the explanation; false where the type that counts does not have the member.
local TYPE_TEXTS = {
  { "a derived type", COMMS, { ["@odata.type"] = "#" .. INVITE, participants = "x" },
    "participants: not a collection" },
  { "a derived type without #", COMMS, { ["@odata.type"] = INVITE, participants = "x" },
    "participants: not a collection" },
  { "a derived type in lower case", COMMS,
    { ["@odata.type"] = "#" .. INVITE:lower(), participants = "x" },
    "participants: not a collection" },
  { "a derived type among many members", COMMS,
    { ["@odata.type"] = "#" .. INVITE, participants = "x", a = 1, b = { {} }, c = { d = "e" } },
    "participants: not a collection" },
  { "the declared type", COMMS, { ["@odata.type"] = "#" .. COMMS, status = 5 },
    "status: not a String" },
  { "an unknown type", COMMS, { ["@odata.type"] = "#contoso.thing", status = 5 },
    "status: not a String" },
  { "an unknown type, which declares nothing", COMMS,
    { ["@odata.type"] = "#contoso.thing", participants = "x" }, false },
  { "a type that does not derive", COMMS, { ["@odata.type"] = "#" .. USER, mail = 5 }, false },
  { "the base of the declared type", INVITE, { ["@odata.type"] = "#" .. COMMS, participants = "x" },
    "participants: not a collection" },
  { "the twin in the other namespace", INVITATION,
    { ["@odata.type"] = "#" .. AAD, InvitedUserMessageInfo = "x" },
    "InvitedUserMessageInfo: not an object" },
  { "the twin of the other namespace in a nested object", AAD,
    { InvitedUserMessageInfo = { ccRecipients = {
      { ["@odata.type"] = RECIPIENT, emailAddress = "x" },
    } } },
    "InvitedUserMessageInfo.ccRecipients[1].emailAddress: not an object" },
  { "any type in an untyped place", nil, { a = { { ["@odata.type"] = INVITATION, status = 5 } } },
    "a[1].status: not a String" },
  { "a derived identity", "microsoft.graph.identitySet",
    { user = { ["@odata.type"] = USER_IDENTITY, tenantId = 5 } }, "user.tenantId: not a String" },
  { "no text at all", COMMS, { ["@odata.type"] = 5, status = 5 }, "status: not a String" },
}

-- What is nested, its type, the JSON text of one level, and one level in Lua.
local NESTS = {
  { "arrays", nil, "[", "]", function(inner) return { inner } end },
  { "objects", nil, '{"a":', "}", function(inner) return { a = inner } end },
  { "open members", USER, '{"manager":', "}", function(inner) return { manager = inner } end },
  { "typed members", "odata.innerError", '{"innerError":', "}", function(inner)
    return { innerError = inner }
  end },
}

-- Type, a value that cannot be written, and a text that cannot be read; what must not be shown
-- is "4711".
local SECRETS = {
  { INVITATION, { inviteRedeemUrl = { "4711" } }, '{"inviteRedeemUrl":["4711"]}' },
  { INVITATION, { inviteRedeemUrl = { x = "4711" } }, '{"inviteRedeemUrl":{"x":"4711"}}' },
  { INVITATION, { inviteRedeemUrl = 4711 }, '{"inviteRedeemUrl":4711}' },
  { AAD, { inviteRedeemUrl = 4711 }, '{"inviteRedeemUrl":4711}' },
  { INVITATION, { inviteRedeemUrl = "4711\255" }, '{"inviteRedeemUrl":"4711\255"}' },
  { INVITATION, { inviteRedeemUrl = "4711", status = 5 }, '{"inviteRedeemUrl":"4711","status":5}' },
  { "microsoft.graph.InviteActionData", { validationToken = 4711 }, '{"validationToken":4711}' },
  { "graphinvite.inviteeClosingInvitationParameters",
    { inviteActionData = { { validationToken = { "4711" } } } },
    '{"inviteActionData":[{"validationToken":["4711"]}]}' },
  { "Collection(" .. INVITATION .. ")", { { inviteRedeemUrl = 4711 } },
    '[{"inviteRedeemUrl":4711}]' },
}

-- What a programmer may get wrong: function, arguments, what the message has in it.
local MISTAKES = {
  { "a type that does not exist", core.encode, { "microsoft.graph.invitaton", {} },
    "no such type: microsoft.graph.invitaton (did you mean microsoft.graph.invitation?)" },
  { "a type that is like no other", core.decode, { "zzzz", "{}" }, "no such type: zzzz" },
  { "a type that is no text", core.encode, { {}, {} }, "#1" },
  { "no value", core.encode, { INVITATION }, "#2" },
  { "a text that is none", core.decode, { INVITATION, {} }, "#2" },
  { "options that are no table", core.encode, { INVITATION, {}, "keep" }, "#3" },
  { "an option that has no such value", core.encode, { INVITATION, {}, { unknown = "drop" } },
    'unknown: is "keep" or "refuse"' },
  { "an option of another type", core.encode, { INVITATION, {}, { int64 = true } },
    'int64: is "number" or "string"' },
  { "a marked array that is no table", core.array, { "x" }, "#1" },
}

-- The members of a value in every order that matters for a type text: first and last.
local function with_type(value, first)
  local text = assert(core.encode(nil, value, { unknown = "keep" }))
  if first then
    return text
  end
  return (text:gsub('{("@odata.type":"[^"]*"),(.*)}', "{%2,%1}"))
end

-- The same value with names that no type has, so that anything may be written.
local function disguised(value)
  local copy = {}
  for name, inner in pairs(value) do
    local new = type(name) == "string" and name:gsub("@odata.type", "@@") or name
    copy[new] = type(inner) == "table" and disguised(inner) or inner
  end
  return copy
end

-- A value whose every metamethod raises.
local function guarded(value)
  local function trap()
    error "a metamethod has run"
  end
  return setmetatable(value, {
    __index = trap, __newindex = trap, __len = trap, __pairs = trap, __ipairs = trap, __eq = trap,
    __tostring = trap, __call = trap, __concat = trap, __name = "trap",
  })
end

describe("codec", function()
  for _, row in ipairs(TYPE_TEXTS) do
    local what, type, value, wanted = row[1], row[2], row[3], row[4]

    it("lets " .. what .. " decide on the type of an object that is written", function()
      local text, why = core.encode(type, value, { unknown = "keep" })
      if wanted then
        assert.equal(wanted, why:sub(1, #wanted))
      else
        local wanted_text = core.encode(nil, disguised(value)):gsub("@@", "@odata.type")
        assert(json_text.equal(text, wanted_text))
      end
    end)

    for _, first in ipairs { true, false } do
      local order = first and " that comes first" or " that comes last"
      it("lets " .. what .. order .. " decide on the type of an object that is read", function()
        local text = with_type(disguised(value), first):gsub("@@", "@odata.type")
        local read, why = core.decode(type, text)
        if wanted then
          assert.is_nil(read)
          assert.equal(wanted, why:sub(1, #wanted))
        else
          assert.same(value, read)
        end
      end)
    end
  end

  for _, row in ipairs(NESTS) do
    local what, type, open, close, wrap = row[1], row[2], row[3], row[4], row[5]

    it("takes 100 levels of " .. what .. " in both directions and not one more", function()
      local value, text = wrap {}, open .. "{}" .. close
      for _ = 1, MAX_DEPTH - 2 do
        value, text = wrap(value), open .. text .. close
      end
      assert.equal(text, (core.encode(type, value)))
      assert.equal(text, (core.encode(type, assert(core.decode(type, text)))))
      local written, why = core.encode(type, wrap(value))
      assert.is_nil(written)
      assert.matches("nested deeper than 100 levels", why, 1, true)
      local read
      read, why = core.decode(type, open .. text .. close)
      assert.is_nil(read)
      assert.matches("nested deeper than 100 levels", why, 1, true)
    end)
  end

  it("takes a single value at the last level in both directions", function()
    local text = ("["):rep(MAX_DEPTH) .. "1" .. ("]"):rep(MAX_DEPTH)
    assert.equal(text, (core.encode(nil, assert(core.decode(nil, text)))))
  end)

  it("writes wide objects as deep as narrow ones", function()
    for _, width in ipairs { 10, 30, 62, 70 } do
      local value = {}
      for _ = 1, MAX_DEPTH - 2 do
        value = { innerError = value }
        for i = 1, width do
          value["member" .. i] = i
        end
      end
      local text = assert(core.encode("odata.innerError", value))
      assert.same(value, core.decode("odata.innerError", text))
    end
  end)

  it("does not follow a cycle for ever, and names both ends of it", function()
    for _, name in ipairs { "a", "manager", ("n"):rep(60) } do
      local cycle = {}
      cycle[name] = { cycle }
      local text, why = core.encode(USER, { [name] = cycle })
      assert.is_nil(text)
      assert.equal(name:sub(1, 50), why:sub(1, #name):sub(1, 50))
      assert.matches("nested deeper than 100 levels", why, 1, true)
    end
  end)

  it("survives a text of a million brackets", function()
    for _, open in ipairs { "[", '{"a":' } do
      local value, why = core.decode(nil, open:rep(1000000))
      assert.is_nil(value)
      assert.matches("nested deeper than 100 levels", why, 1, true)
    end
  end)

  it("never loses a member, however many there are", function()
    local value = { ["@odata.type"] = "#" .. INVITE, participants = { { region = "westus" } } }
    for i = 1, 300 do
      value["member" .. i] = i
    end
    local text = assert(core.encode(COMMS, value))
    assert.equal('{"@odata.type":', text:sub(1, 15))
    assert.same(value, core.decode(COMMS, text))
    value.participants = "x"
    assert.is_nil((core.encode(COMMS, value)))
    local both = { invitedUserMessageInfo = {}, InvitedUserMessageInfo = {} }
    for i = 1, 300 do
      both["x@" .. i] = i
    end
    local _, why = core.encode(AAD, both)
    assert.matches("given twice", why, 1, true)
  end)

  it("keeps the members of a known type in an untyped place", function()
    for _, type in ipairs { "microsoft.graph.commsNotification", "microsoft.graph.call" } do
      local value = {
        resourceData = { ["@odata.type"] = "#" .. INVITE, id = "o", status = "completed", x = 1 },
      }
      assert.same(value, core.decode(type, assert(core.encode(type, value))))
    end
  end)

  it("reads members in any order, whatever the order before was", function()
    local members = {
      '"@odata.context":"c"', '"id":"1"', '"status":"Completed"', '"odd \\u00e9":1',
      '"resetRedemption":true',
      '"invitedUser":{"userType":"Guest","id":"2"}', '"invitedUserType":null', '"i\\u0064":"1"',
    }
    local expected = {
      ["@odata.context"] = "c", id = "1", status = "Completed", ["odd é"] = 1,
      resetRedemption = true, invitedUserType = core.null,
      invitedUser = { userType = "Guest", id = "2" },
    }
    local state = 7
    for _ = 1, 200 do
      for i = #members, 2, -1 do
        state = state * 48271 % 2147483647
        local k = state % i + 1
        members[i], members[k] = members[k], members[i]
      end
      local blank = state % 2 == 0 and " " or ""
      local json = "{" .. table.concat(members, "," .. blank) .. blank .. "}"
      assert.same(expected, core.decode(INVITATION, json), json)
      local from = json:find '"id":' -- a name that only begins like the one before
      assert.is_nil(core.decode(INVITATION, json:sub(1, from + 3)))
    end
  end)

  it("runs no metamethod", function()
    local body = guarded {
      invitedUserMessageInfo = guarded { ccRecipients = guarded { guarded {} } },
      invitedUserDisplayName = core.null,
    }
    assert.equal('{"invitedUserDisplayName":null,"invitedUserMessageInfo":{"ccRecipients":[{}]}}',
      (core.encode(INVITATION, body)))
    assert.equal('{"a":[1]}', (core.encode(nil, guarded { a = guarded { 1 } })))
    local options = guarded { unknown = "keep" }
    assert.equal('{"x":1}', (core.encode(INVITATION, { x = 1 }, options)))
  end)

  it("can be called by a finalizer while it writes or reads", function()
    local inside, ran = false, 0
    local big = { x = {} }
    for i = 1, 2000 do
      big.x[i] = { ("y"):rep(20) .. "\n" .. i, i }
    end
    local text = assert(core.encode(USER, big))
    local function finalizer()
      if inside then
        assert(core.encode(INVITATION, { status = "inside" }) == '{"status":"inside"}')
        assert(core.decode(INVITATION, '{"status":"a\\"b"}').status == 'a"b')
        ran = ran + 1
      end
    end
    for _ = 1, 1000 do
      garbage.leave(finalizer)
      inside = true
      local read = assert(core.decode(USER, text))
      local written = assert(core.encode(USER, read))
      inside = false
      assert.equal(text, written)
      if ran >= 10 then
        break
      end
    end
    assert.is_true(ran >= 10, "no finalizer ran inside a call")
  end)

  for _, row in ipairs(SECRETS) do
    it("does not show the secret when it refuses " .. row[3], function()
      local written, why = core.encode(row[1], row[2])
      assert.is_nil(written)
      assert.is_nil(why:find("4711", 1, true), why)
      local read
      read, why = core.decode(row[1], row[3])
      assert.is_nil(read)
      assert.is_nil(why:find("4711", 1, true), why)
    end)
  end

  it("does not show a text that breaks off", function()
    local _, why = core.decode(INVITATION, '{"inviteRedeemUrl":"https://x/?ticket=4711')
    assert.equal("inviteRedeemUrl: not JSON at byte 43: the text ends inside a string", why)
  end)

  it("keeps an explanation short and free of control characters", function()
    for _, value in ipairs {
      { [("n"):rep(5000)] = print }, { ["a\r\nb\0"] = print }, { invitedUser = ("x\n"):rep(5000) },
    } do
      local _, why = core.encode(INVITATION, value, { unknown = "keep" })
      assert.is_true(#why < 512)
      assert.is_nil(why:find "%c", why)
      assert.matches("not a", why, 1, true)
    end
  end)

  describe("with an array metatable of someone else", function()
    local ours = core.array_metatable()
    local theirs = { __name = "cjson.array" }

    after_each(function()
      core.array_metatable(ours)
    end)

    it("marks and recognises arrays by it", function()
      assert.equal(theirs, core.array_metatable(theirs))
      assert.equal(theirs, core.array_metatable())
      assert.equal(theirs, getmetatable(core.array()))
      assert.equal(theirs, getmetatable(core.decode(nil, "[[]]")[1]))
      assert.equal("[]", (core.encode(nil, setmetatable({}, theirs))))
    end)

    it("does not take the former one for a mark any longer", function()
      local old = core.array()
      core.array_metatable(theirs)
      assert.equal("{}", (core.encode(nil, old)))
    end)
  end)

  it("marks the table that it was given", function()
    local list = { "a" }
    assert.equal(list, core.array(list))
    assert.equal("[]", (core.encode(nil, core.array())))
    assert.equal("[]", (core.encode(nil, core.array(nil))))
  end)

  it("has a null that other libraries for Lua have too", function()
    assert.equal("userdata", type(core.null))
    assert.equal(require("cjson").null, core.null)
  end)

  for _, row in ipairs(MISTAKES) do
    it("raises " .. row[1], function()
      local ok, message = pcall(row[2], unpack(row[3]))
      assert.is_false(ok)
      assert.matches(row[4], message, 1, true)
    end)
  end
end)
