local core = require "graphinvite.core"
local json_text = require "spec.support.json_text"

-- Texts that are JSON, and the same value as the reader beside our codec sees it.
local ACCEPTED = {
  "null", "true", "false", "0", "-0", '""', "[]", "{}", " [] ", "\t\n\r {} \r\n\t", "[ ]", "{ }",
  "[null]", "[true,false]", "[[]]", "[{}]", "[1,2,3]", "[1 , 2]", '{"":0}', '{"a":[]}',
  '{"a":{"b":{}}}', '{ "a" : 1 , "b" : 2 }',
  -- numbers
  "1", "-1", "10", "1.0", "1.10", "0.5", "-0.0", "1e1", "1E1", "1e+1", "1e-1", "1.5E-2", "0e1",
  "0E+1", "123456789012345678901234567890", "0." .. ("3"):rep(100), "1e999999999999999999999",
  -- strings: escapes
  '"\\""', '"\\\\"', '"\\/"', '"/"', '"\\b\\f\\n\\r\\t"', '"\\u0000"', '"\\u0041"', '"\\u00e9"',
  '"\\u007f"', '"\\u0080"', '"\\u07ff"', '"\\u0800"',
  '"\\u00E9"', '"\\u20ac"', '"\\uffff"', '"\\ufffe"', '"\\ud83d\\ude00"', '"\\uD800\\uDC00"',
  '"\\udbff\\udfff"', '"a\\u0062c"', '"\\\\u0041"', '{"\\u0061":1}',
  -- strings: bytes
  '"\127"', '"\194\128"', '"\223\191"', '"\224\160\128"', '"\237\159\191"', '"\238\128\128"',
  '"\239\191\191"', '"\240\144\128\128"', '"\244\143\191\191"', '"\226\128\168"',
  -- strings around the widths that are scanned at a time
  '"1234567"', '"12345678"', '"123456789012345"', '"1234567890123456"', '"12345678901234567"',
  '"123456789012345\\n"', '"1234567890123456\\n"', '"123456789012345é"', '"é123456789012345"',
  '"' .. ("x"):rep(100000) .. '"', '"' .. ("é"):rep(50000) .. '"',
  '"' .. ("\\n"):rep(50000) .. '"',
}

-- What is wrong, and texts that are not JSON because of it.
local REFUSED = {
  { "the text ends too early", {
    "", " ", "[", "[1", "[1,", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,',
  } },
  { "something follows the value", {
    "1 2", "{}{}", "[]]", "[1],", "null\0", '""x', "1/**/", "[] // x", "nulll", "1e1.5", "0x10",
    "1_0", "1 .5", "1a",
  } },
  { "expected , or ]", { "[1 2]", "[1}", "[1;2]", "[1\194\160]" } },
  { "expected , or }", { '{"a":1 "b":2}', '{"a":1]' } },
  { "expected :", { '{"a" 1}', '{"a"=1}', '{"a",1}' } },
  { "expected the name of a member", {
    '{"a":1,}', "{,}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}",
  } },
  { "not a JSON value", {
    "[,]", "[,1]", "[1,]", "[1,,2]", '{"a":}', "]", "}", ":", ",", "'a'", "<html></html>", "\0",
    -- words
    "nul", "True", "tru", "fals", "truE", "undefined", "NaN", "nan", "Infinity", "-Infinity",
    -- numbers
    "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "- 1", "--1", "１",
    -- white space and marks that JSON does not have
    "\239\187\191{}", "\194\160{}", "\11{}", "\12{}", "\255\254{\0}\0",
  } },
  { "the text ends inside a string", { '"', '"a', '"\\"', '"é' } },
  { "the text ends inside an escape", { '"\\', '"\\u', '"\\u00' } },
  { "an unknown escape", { '"\\x"', '"\\\'"', '"\\0"', '"\\\0"', '"\\U0041"' } },
  { "\\u needs four hexadecimal digits", {
    '"\\u004g"', '"\\u 041"', '"\\u-041"', '"\\u+041"', '"\\ud83d\\ude0"',
  } },
  { "a control character in a string", {
    '"\n"', '"\t"', '"\0"', '"\31"', '"123456789012345\n"', '"1234567890123456\1"',
  } },
  { "a lone surrogate", {
    '"\\ud800"', '"\\udc00"', '"\\udfff"', '"\\ud800x"', '"\\ud800\\n"', '"\\ud800\\ud800"',
    '"\\ud800\\u0041"', '"\\udc00\\ud800"', '"\\udc00\\udc00"', '"\\ud800\\ue000"',
  } },
  { "bad UTF-8", {
    '"\128"', '"\191"', '"\192\128"', '"\193\191"', '"\194"', '"\194x"', '"\224\128\128"',
    '"\224\159\191"', '"\226\130"', '"\237\160\128"', '"\237\191\191"', '"\240\128\128\128"',
    '"\240\143\191\191"', '"\240\159\152"', '"\244\144\128\128"', '"\245\128\128\128"', '"\255"',
    '"\254\255"', '"1234567890123456\255"', '{"\255":1}', '"\195',
  } },
}

-- Text, and the byte the explanation names.
local PLACES = {
  { "[1,x]", 4 }, { '{"a":\n  tru}', 9 }, { "[1 2]", 4 }, { '["a\1"]', 4 }, { "{}x", 3 }, { "", 1 },
}

describe("json", function()
  for _, text in ipairs(ACCEPTED) do
    it("reads " .. ("%q"):format(text:sub(1, 40)), function()
      local inner = '{"x":' .. text .. "}"
      local value = assert(core.decode("microsoft.graph.user", inner))
      assert(json_text.equal(assert(core.encode("microsoft.graph.user", value)), inner))
      local array = assert(core.decode(nil, "[" .. text .. "]"))
      assert(json_text.equal(assert(core.encode(nil, array)), "[" .. text .. "]"))
      assert.is_true(core.decode(nil, text) ~= nil)
    end)
  end

  for _, row in ipairs(REFUSED) do
    for _, text in ipairs(row[2]) do
      it(("refuses %q"):format(text), function()
        local value, why = core.decode(nil, text)
        assert.is_nil(value)
        assert.matches("not JSON at byte %d+: ", why)
        assert.matches(row[1], why, 1, true)
      end)
    end
  end

  for _, row in ipairs(PLACES) do
    it(("says where %q is at fault"):format(row[1]), function()
      local _, why = core.decode(nil, row[1])
      assert.equal(row[2], tonumber(why:match "byte (%d+)"))
    end)
  end

  it("refuses every text that has been cut off", function()
    local text = '{"a":[1.5e1,"x\\n\\u00e9\\ud83d\\ude00é",true,false,null,{"b":{}}],"c":""}'
    assert(core.decode(nil, text))
    for length = 0, #text - 1 do
      assert.is_nil((core.decode(nil, text:sub(1, length))))
    end
  end)

  it("refuses every text in which one byte has become a control character", function()
    local text = '{"a":["x\\n",true,1]}'
    for at = 1, #text do
      assert.is_nil((core.decode(nil, text:sub(1, at - 1) .. "\1" .. text:sub(at + 1))))
    end
  end)

  it("finds a special byte at every place of a long string", function()
    for length = 1, 70 do
      for _, byte in ipairs { '"', "\\", "\1", "\31", "é", "\127", " ", "!" } do
        local before = ("a"):rep(length)
        local text = assert(core.encode(nil, { before .. byte .. before }))
        assert.equal(before .. byte .. before, assert(core.decode(nil, text))[1])
        assert(json_text.parse(text))
      end
      assert.is_nil((core.encode(nil, { ("a"):rep(length) .. "\128" .. ("a"):rep(length) })))
      assert.is_nil((core.decode(nil, '"' .. ("a"):rep(length) .. "\255" .. ("a"):rep(40) .. '"')))
    end
  end)

  it("writes every byte of ASCII so that another reader gets it back", function()
    for byte = 0, 127 do
      local text = assert(core.encode(nil, { string.char(byte) }))
      assert.equal(string.char(byte), json_text.parse(text).items[1].value)
    end
  end)
end)
