--- Writes what the fuzzers begin with: a folder of inputs for each of them in DIRECTORY, and the
-- file "words" for all.
--   lua fuzz_seeds.lua DIRECTORY FIXTURE...
local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"

local directory = arg[1]

local function write(name, text)
  local file = assert(io.open(directory .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

-- JSON that has each part of the reader at work.
local TEXTS = {
  "", "null", " [ true , false , null ] ", '{"":{"a":[]},"b":{}}', '{"a":1,"a":2}',
  "[0,-0,1.5,1e5,1E+5,1e-5,0.1,123456789012345678,9007199254740993,12345678901234567890,1e400]",
  "[9223372036854775807,-9223372036854775808,9223372036854775808,0.30000000000000004,5e-324]",
  "[9007199254740.993,1.7976931348623157e308,2.2250738585072014e-308,4503599627370497.5]",
  '["\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00"]',
  '["\195\169\226\130\172\240\159\152\128"]',
  '"' .. ("\\u007f\\n"):rep(200) .. '"',
  ("["):rep(100) .. ("]"):rep(100), ("["):rep(101) .. ("]"):rep(101),
  ('{"a":'):rep(99) .. "1" .. ("}"):rep(99),
  '"\\ud83d"', '"\237\160\128"', '"\192\128"', "01", "1.", "[1,]", '{"a"}', "nul", '"\n"', "{} x",
}

local VALUES = {
  ["Edm.String"] = '"a\\u00e9"',
  ["Edm.Boolean"] = "true",
  ["Edm.Int32"] = "2147483647",
  ["Edm.Int64"] = '"9223372036854775807"',
  ["Edm.DateTimeOffset"] = '"2026-11-20T00:00:00Z"',
  ["Edm.Untyped"] = '{"a":[1]}',
}

local words = {}

local function quote(text)
  words['"' .. text .. '"'] = true
  return '"' .. text .. '"'
end

-- An object of a type with every property it has, so deep.
local function instance(name, depth)
  local described = core.describe(name)
  if described.values then
    return quote(described.values[#described.values])
  end
  local members = { '"@odata.type":' .. quote("#" .. name) }
  for _, property in ipairs(described.properties) do
    local value = VALUES[property.type]
    if not value then
      value = depth > 0 and instance(property.type, depth - 1) or "{}"
    end
    value = property.collection and "[" .. value .. "]" or value
    members[#members + 1] = quote(property.name) .. ":" .. value
  end
  return "{" .. table.concat(members, ",") .. "}"
end

-- Escapes whose written form ends about where a buffer does.
for n = 38, 44 do
  TEXTS[#TEXTS + 1] = '"' .. ("\\u0001"):rep(n) .. '"'
end
for i, text in ipairs(TEXTS) do
  write("json/text-" .. i, text)
end
for i = 2, #arg do
  write("json/fixture-" .. i, read(arg[i]))
end
for i, name in ipairs(core.types()) do
  local choice = string.char(i - 1)
  write("decode/type-" .. i, choice .. "\0" .. instance(name, 1))
  write("decode/null-" .. i, choice .. "\1" .. instance(name, 0):gsub(':[^,:]+', ":null"))
  write("decode/page-" .. i, choice .. '\4{"value":[' .. instance(name, 0) .. "]}")
end

-- A request and two answers of every row, in the parts that fuzz_call.lua wants.
local BODY = '{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://c.example",'
  .. '"participants":[{"identity":{"user":{"id":"1"}}}],"clientContext":"c","status":"x"}'
local OPTIONS = {
  "X-Name", "a value", "agent/1", "mail eq 'a'", '"mail:a"', "id", "mail", "request-1", "", "y",
  BODY,
}
local HEADERS = "https://d.example/operations/1?x\255r\255application/json\255"
local ERROR = '{"error":{"code":"c","message":"m","details":[{"code":"d"}],'
  .. '"innerError":{"request-id":"1","innerError":{"code":"e"}}}}'
for i, row in ipairs(core.operations()) do
  local choice, parts = string.char(i - 1), {}
  for k = 1, row.arguments do
    parts[k] = "id/" .. k
  end
  for _, option in ipairs(OPTIONS) do
    parts[#parts + 1] = option
  end
  write("call/request-" .. i, choice .. "\0" .. table.concat(parts, "\255"))
  write("call/page-" .. i, choice .. "\1" .. HEADERS .. '{"value":[{"id":"1"}]}')
  write("call/value-" .. i, choice .. "\3" .. HEADERS .. '{"id":"1"}')
  write("call/error-" .. i, choice .. "\11" .. HEADERS .. ERROR)
end

-- What fuzz_crypto.lua reads: the first byte chooses the reader.
local key = assert(crypto.private_key(read "spec/fixtures/rsa-key.pem"))
local jwk = assert(key:jwk())
write("crypto/jwk", "j" .. jwk.n .. "." .. jwk.e)
write("crypto/base64", "b" .. jwk.n .. "==")
write("crypto/private", "k" .. read "spec/fixtures/rsa-key.pem")
write("crypto/encrypted", "k" .. read "spec/fixtures/ec-key-encrypted.pem")
write("crypto/public", "p" .. key:pem())
for _, kind in ipairs { "ec", "rsa" } do
  local made = assert(crypto.self_signed { names = { "a", "::1" }, days = 1, now = 0, kind = kind })
  local certificate = assert(crypto.certificate(made.certificate))
  write("crypto/certificate-" .. kind, "c" .. made.certificate)
  write("crypto/der-" .. kind, "d" .. certificate:der())
end

-- What fuzz_http1.c reads: the first byte chooses method, limits and cuts.
local HEAD = "HTTP/1.1 200 OK\r\n"
local ANSWERS = {
  HEAD .. "Content-Length: 2, 2\r\nContent-Length: 2\r\nX-A:\r\n\r\nokHTTP/1.1 200",
  HEAD .. "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0f\r\n0123456789abcde\r\n"
    .. "000\r\nX-A: 1\r\n\r\n",
  HEAD .. "Connection: keep-alive, close\r\n\r\nto the end",
  "HTTP/1.0 404\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
  "HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 101 S\r\n\r\n",
  HEAD .. "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
for i, answer in ipairs(ANSWERS) do
  for _, choice in ipairs { "\0", "\1", "\2", "\12", "\112", "\240" } do
    write(("http1/answer-%d-%d"):format(i, choice:byte()), choice .. answer)
  end
end

local dictionary = {}
for word in pairs(words) do
  dictionary[#dictionary + 1] = '"' .. word:gsub('"', '\\"') .. '"\n'
end
for _, word in ipairs {
  '\\"@odata.type\\":', '\\"value\\":', "null", "true", "\\\\u", "e400", "[{",
  "HTTP/1.1 200 OK\\x0d\\x0a", "Content-Length: ", "Transfer-Encoding: chunked",
  "Connection: close",
  "\\x0d\\x0a\\x0d\\x0a", "\\x0d\\x0a0\\x0d\\x0a\\x0d\\x0a",
} do
  dictionary[#dictionary + 1] = '"' .. word .. '"\n'
end
table.sort(dictionary)
write("words", table.concat(dictionary))
