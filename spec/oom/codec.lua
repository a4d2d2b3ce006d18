--- Opening the modules, the codec in both directions, and what else is in core.
local frame = ...
local case, always, faults, read = frame.case, frame.always, frame.faults, frame.read

local LONG = ("x"):rep(300)

case("open core", function()
  return always(function()
    local value = { LONG }
    return function()
      package.loaded["graphinvite.core"] = nil
      return require("graphinvite.core").encode(nil, value)
    end
  end)
end)

case("open sys", function()
  return always(function()
    return function()
      package.loaded["graphinvite.sys"] = nil
      local sys = require "graphinvite.sys"
      return sys.wall() > 0, sys.pid(), sys.sleep(0)
    end
  end)
end)

-- Each text as its type and as plain JSON, in both directions.
local TEXTS = {
  { "seed-000-request", "microsoft.graph.inviteParticipantsOperation" },
  { "seed-000-response", "microsoft.graph.commsOperation" },
  { "seed-001-resource", "microsoft.graph.inviteParticipantsOperation" },
  { "seed-002-request", "Microsoft.AADInviteMgr.invitation" },
  { "seed-002-response", "Microsoft.AADInviteMgr.invitation" },
  { "seed-003-request", "microsoft.graph.commsOperation" },
  { "seed-003-response", "microsoft.graph.commsOperation" },
  { "seed-004-request", "microsoft.graph.InvitationV2" },
  { "seed-004-response", "microsoft.graph.InvitationV2" },
  { "seed-004-request-printed", "microsoft.graph.InvitationV2" },
  { "seed-004-response-printed", "microsoft.graph.InvitationV2" },
  { "a page", "Collection(microsoft.graph.user)", [[{"@odata.count":2,"value":[
    {"id":"1","otherMails":["a@b.example","c\u00e4@d.example"],"x":[],"y":{"z":[1,2.5,null]}},
    {"id":"2","identities":[{"issuer":"mail"}],"accountEnabled":true}]}]] },
  { "a page that is a lone object", "Collection(microsoft.graph.invitation)",
    '{"value":{"id":"1"}}' },
  { "a derived type, told late", "microsoft.graph.identity",
    '{"id":"1","phone":1,"@odata.type":"#microsoft.graph.communicationsPhoneIdentity"}' },
  { "numbers", "microsoft.graph.participant",
    '{"rosterSequenceNumber":"9223372036854775807","isMuted":false,"metadata":null}' },
  { "numbers without a type", nil,
    "[12345678901234567890,9007199254740993,-9223372036854775808,0.1,1e400,-0,123456789.5e-3]" },
  { "many escapes", nil, '["' .. ("\\u0001\\\\\\ud83d\\ude00"):rep(40) .. '"]' },
  { "a long text", nil, '{"' .. ("k"):rep(700) .. '":"' .. ("\195\164"):rep(35000) .. '\\n"}' },
  { "a deep text", nil, ("["):rep(99) .. "{}" .. ("]"):rep(99) },
}

for _, row in ipairs(TEXTS) do
  local name, kind = row[1], row[2]
  case("decode " .. name, function()
    local text = row[3] or read(name)
    return always(function()
      local core = require "graphinvite.core"
      return function()
        return core.decode(kind, text)
      end
    end)
  end)
  case("encode " .. name, function()
    local text = row[3] or read(name)
    return always(function()
      local core = require "graphinvite.core"
      local value = core.decode(kind, text) or core.decode(nil, text)
      return function()
        return core.encode(kind, value, { unknown = "keep", int64 = "string", status = "schema" })
      end
    end)
  end)
end

-- What decode and encode refuse, and explain.
local REFUSED = {
  decode = {
    { nil, "" }, { nil, "[1" }, { nil, '{"a":1}x' }, { nil, '"\\ud800"' }, { nil, '"\255"' },
    { nil, ("["):rep(200) }, { nil, "01" }, { nil, '{"a" 1}' }, { nil, '["' .. LONG .. "\n" },
    { "microsoft.graph.invitation", '{"invitedUser":{"otherMails":[1]}}' },
    { "microsoft.graph.resultInfo", '{"code":2147483648}' },
    { "microsoft.graph.invitation", '{"status":{"' .. LONG .. '":1}}' },
  },
  encode = {
    { nil, { 0 / 0 } }, { nil, "\237\160\128" }, { nil, { a = { 1, nil, 3 } } }, { nil, print },
    { "microsoft.graph.invitation", { invitedUserEmail = "a@b.example" } },
    { "microsoft.graph.invitation", { invitedUserMessageInfo = { ccRecipients = { a = 1 } } } },
    { "microsoft.graph.resultInfo", { code = 1.5 } },
    { "microsoft.graph.invitation", { status = { [LONG] = 1 } } },
    { "microsoft.graph.invitation", { [1] = "a", status = "b" } },
  },
}

for direction, rows in pairs(REFUSED) do
  case("refuse to " .. direction, function()
    return always(function()
      local core, calls = require "graphinvite.core", {}
      for i, row in ipairs(rows) do
        calls[i] = { core[direction], row[1], row[2] }
      end
      return faults(calls)
    end)
  end)
end

case("numbers, arrays and words", function()
  return always(function()
    local core = require "graphinvite.core"
    return function()
      local digits = core.number "12345678901234567890"
      return digits, digits == core.number "12345678901234567890", core.number "1x",
        core.int64 "-9223372036854775808", core.int64(2 ^ 53), core.int64 "9223372036854775808",
        core.array(), core.array { 1 }, core.array_metatable(), core.url_encode "a b/#\195\164",
        core.base64_encode("a\0b"), core.base64_decode "YQBi", core.base64_decode "*",
        core.suggest("statos", { "clientContext", "status" }), #core.uuid(),
        core.random() < 1, core.clock() > 0
    end
  end)
end)

for _, call in ipairs {
  { "types" }, { "operations" }, { "describe", "microsoft.graph.call" },
  { "describe", "microsoft.graph.callState" }, { "describe", "microsoft.graph.cal" },
} do
  case(table.concat(call, " "), function()
    return always(function()
      local core = require "graphinvite.core"
      return function()
        return core[call[1]](call[2])
      end
    end)
  end)
end
