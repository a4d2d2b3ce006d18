local core = require "graphinvite.core"
local process = require "spec.support.process"

-- bytes, base64, base64url: RFC 4648, 10, and digits in which the alphabets differ
local TEXTS = {
  { "", "", "" },
  { "f", "Zg==", "Zg" },
  { "fo", "Zm8=", "Zm8" },
  { "foo", "Zm9v", "Zm9v" },
  { "foob", "Zm9vYg==", "Zm9vYg" },
  { "fooba", "Zm9vYmE=", "Zm9vYmE" },
  { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
  { "\0", "AA==", "AA" },
  { "\0\0\0", "AAAA", "AAAA" },
  { "\255\254\253", "//79", "__79" },
  { "\251\239\190", "++++", "----" },
  { "\255\255", "//8=", "__8" },
}

local REFUSED = {
  length = {
    "Z", "Zm9vY", "=", "==", "Zg=", "Zm8==", "Zg===", "Zm9v=", "Zm9v==", "Zm9vYg=",
  },
  character = {
    "====", "Zm9v====", "Zg==Zg==", "Z=g=", "Zm8 ", " Zm8", "Z===", "Zm\n9",
    "Zm9\0", "Zm9.", "Zm9\255",
    "Zm9*", "Zm9@", "Zm9[", "Zm9`", "Zm9{", "Zm9,", "Zm9:", "\0\0\0\0",
  },
}

describe("core.base64", function()
  for _, row in ipairs(TEXTS) do
    it("writes and reads " .. row[2], function()
      assert.equal(row[2], core.base64_encode(row[1]))
      assert.equal(row[2], core.base64_encode(row[1], false))
      assert.equal(row[3], core.base64_encode(row[1], true))
      assert.equal(row[1], core.base64_decode(row[2]))
      assert.equal(row[1], core.base64_decode(row[3]))
      assert.equal(row[1], core.base64_decode((row[2]:gsub("=", ""))))
    end)
  end

  for what, texts in pairs(REFUSED) do
    for _, text in ipairs(texts) do
      it(("refuses the %s of %q"):format(what, text), function()
        local bytes, why = core.base64_decode(text)
        assert.is_nil(bytes)
        assert.matches("^not base64: .*" .. what, why)
      end)
    end
  end

  it("keeps every byte at every length", function()
    local all = {}
    for byte = 0, 255 do
      all[#all + 1] = string.char(byte)
    end
    local bytes = table.concat(all):rep(3)
    for length = 0, #bytes do
      local part = bytes:sub(1, length)
      assert.equal(part, core.base64_decode(core.base64_encode(part)))
      assert.equal(part, core.base64_decode(core.base64_encode(part, true)))
    end
  end)

  it("writes what the base64 command writes", function()
    local bytes = io.open("spec/fixtures/seed-000-response.json", "rb"):read "*a"
    local written = process.output "base64 --wrap=0 spec/fixtures/seed-000-response.json"
    assert.equal(written, core.base64_encode(bytes))
  end)

  it("raises for what is no text", function()
    assert.has_error(function() core.base64_encode {} end)
    assert.has_error(function() core.base64_encode() end)
    assert.has_error(function() core.base64_decode(nil) end)
  end)
end)
