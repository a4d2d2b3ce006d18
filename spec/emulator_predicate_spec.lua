local core = require "graphinvite.core"
local filter = require "graphinvite.emulator.filter"
local predicate = require "graphinvite.emulator.predicate"

local null = core.null
local VALUE = {
  ["@odata.type"] = "#microsoft.graph.inviteParticipantsOperation",
  name = "Adele Vance", empty = "", none = null, yes = true, no = false, three = 3, half = 0.5,
  big = core.int64("9223372036854775807"), low = core.int64("-9223372036854775808"),
  date = "2026-01-01T00:00:05Z", guid = "4F3A6A3E-8c53-4d3f-9e19-3f0e6f5f5d11",
  list = { "a", "B" }, objects = { { k = 1, v = "x" }, { k = 2, v = "y" } },
  nested = { a = { b = 7 } },
}

-- filter, whether it holds: reference 3.8
local HOLDS = {
  ["name eq 'adele vance'"] = true, ["name eq 'Adele'"] = false, ["name ne 'x'"] = true,
  ["empty eq ''"] = true, ["none eq null"] = true, ["none ne null"] = false,
  ["missing eq null"] = true, ["null eq missing"] = true, ["name eq null"] = false,
  ["yes eq true"] = true, ["no eq false"] = true, ["yes"] = true, ["no"] = false,
  ["not no"] = true, ["name"] = false, ["missing"] = false, ["true"] = true,
  ["three eq 3"] = true, ["three eq 3.0"] = true, ["three gt 2"] = true, ["three ge 3"] = true,
  ["three lt 3"] = false, ["three le 3"] = true, ["half lt 1"] = true, ["half eq 5e-1"] = true,
  ["three eq '3'"] = true, ["three eq 'x'"] = false, ["three gt 'x'"] = false,
  ["none gt 1"] = false, ["none lt 1"] = false, ["yes gt no"] = true,
  ["big eq 9223372036854775807"] = true, ["big eq 9223372036854775806"] = false,
  ["big gt 9223372036854775806"] = true, ["low lt -9223372036854775807"] = true,
  ["low lt big"] = true, ["big gt 1"] = true, ["low lt -1"] = true, ["big lt 1e30"] = true,
  ["date ge 2026-01-01"] = true, ["date eq 2026-01-01T00:00:05Z"] = true,
  ["date eq 2026-01-01T00:00:05.000Z"] = true, ["date gt 2026-01-01T00:00:05Z"] = false,
  ["guid eq 4f3a6a3e-8c53-4d3f-9e19-3f0e6f5f5d11"] = true,
  ["name in ('x', 'ADELE VANCE')"] = true, ["three in (1,2)"] = false,
  ["startswith(name,'adele')"] = true, ["startswith(name,'vance')"] = false,
  ["endswith(name,'VANCE')"] = true, ["endswith(name,'')"] = true, ["contains(name,'le v')"] = true,
  ["contains(name,'%')"] = false, ["startswith(three,'3')"] = false,
  ["startswith(name,'a') eq true"] = true, ["tolower(name) eq 'adele vance'"] = true,
  ["toupper(three) eq null"] = true, ["nested/a/b eq 7"] = true, ["nested/a/b/c eq null"] = true,
  ["name/x eq null"] = true, ["list/any(x:x eq 'b')"] = true, ["list/any(x:x eq 'c')"] = false,
  ["list/all(x:x ne 'c')"] = true, ["list/all(x:x eq 'a')"] = false, ["list/any()"] = true,
  ["missing/any()"] = false, ["name/any(x:x eq 'A')"] = false, ["missing/all(x:x eq 1)"] = true,
  ["objects/any(o:o/k eq 2 and o/v eq 'y')"] = true,
  ["objects/any(o:o/k eq 1 and o/v eq 'y')"] = false,
  ["objects/any(o:list/any(x:x eq 'a' and o/k eq 2))"] = true,
  ["isof('microsoft.graph.inviteparticipantsoperation')"] = true,
  ["isof('#microsoft.graph.commsOperation')"] = true,
  ["isof('microsoft.graph.playPromptOperation')"] = false, ["isof(3)"] = false,
  ["no or yes and no"] = false, ["(yes or no) and yes"] = true,
}

describe("predicate", function()
  for text, wanted in pairs(HOLDS) do
    it(("says %s of %s"):format(tostring(wanted), text), function()
      assert.equal(wanted, predicate.holds(filter.parse(text), VALUE))
    end)
  end

  local KEYED = { mail = true, otherMails = true }
  -- filter, the keys that a fitting value must have one of
  local KEYS = {
    { "mail eq 'a'", { "a" } }, { "mail eq 'a' or otherMails/any(x:x eq 'b')", { "a", "b" } },
    { "name eq 'x' and mail eq 'a'", { "a" } },
    { "(mail eq 'a' or mail eq 'b') and yes", { "a", "b" } }, { "mail in ('a','b')" },
    { "mail eq 'a' or name eq 'x'" }, { "mail ne 'a'" }, { "not (mail eq 'a')" },
    { "mail eq null" }, { "mail eq 1" }, { "otherMails/all(x:x eq 'a')" },
    { "otherMails/any(x:x ne 'a')" },
    { "otherMails/any(x:x eq 'a' or x eq 'b')" }, { "otherMails/any()" }, { "mail/x eq 'a'" },
    { "otherMails/any(x:mail eq 'a')" }, { "'a' eq mail" }, { "name" },
  }
  for _, row in ipairs(KEYS) do
    it("finds the keys in " .. row[1], function()
      assert.same(row[2], predicate.keys(filter.parse(row[1]), KEYED))
    end)
  end

  it("puts any values in one order", function()
    local values = { null, false, true, -1, 0.5, 2, "a", "B", "c", {} }
    for i, a in ipairs(values) do
      for k, b in ipairs(values) do
        assert.equal(i < k and -1 or i > k and 1 or 0, predicate.order(a, b))
      end
      assert.equal(a == null and 0 or -1, predicate.order(nil, a))
    end
  end)
end)
