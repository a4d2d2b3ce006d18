--- A net for secrets, set up by the environment: with GRAPHINVITE_CANARY=DIRECTORY every client of
--- the specs has a log and hooks. What they get goes to DIRECTORY/texts, with all errors, journals
--- and recordings; each secret that passes by goes to DIRECTORY/secrets as "kind<tab>value".
--- spec/canary.sh then looks for the one in the other. GRAPHINVITE_CANARY_FISH turns redaction off.
local M = {}

local DIRECTORY = os.getenv "GRAPHINVITE_CANARY"

-- Members of JSON bodies and fields of forms whose values nobody may see. Kept apart from the list
-- in redact.lua: what is missing there must not be missing here.
local FIELDS = {
  "inviteRedeemUrl", "validationToken", "access_token", "refresh_token", "id_token",
  "client_secret", "client_assertion", "assertion", "device_code", "password",
}
-- Headers that have one, and the kind of it.
local HEADERS = {
  authorization = "bearer", ["proxy-authorization"] = "proxy", ["x-identity-header"] = "identity",
  secret = "identity", cookie = "cookie", ["set-cookie"] = "cookie",
}
local LEAST = 11 -- bytes; a shorter text stands in others by chance

local BEARER = "canary-4f1d7c0b.9e27a6.55d0c8" -- what clients have that get no other token
local GOOD = "Bearer emulator"

local texts, secrets, known = nil, nil, {}

local function secret(kind, value)
  if #value >= LEAST and not known[value] and not value:find "[%c]" then
    known[value] = true
    secrets:write(kind, "\t", value, "\n")
    secrets:flush()
  end
end

local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- Learns the secrets of a body or URL.
local function learn(text)
  for _, name in ipairs(FIELDS) do
    if text:find(name, 1, true) then
      for value in text:gmatch('"' .. name .. '"%s*:%s*"([^"]*)"') do
        secret(name, value)
      end
      for value in text:gmatch("%f[%w_]" .. name .. "=([^&%s\"]+)") do
        secret(name, value)
        secret(name, decoded(value))
      end
    end
  end
  for _, mark in ipairs { "ticket=", "ticket%%3[dD]", "ticket%%253[dD]" } do
    for value in text:gmatch(mark .. "([%w%-_.~]+)") do
      secret("ticket", value)
    end
  end
end

-- Learns the secrets of a request or response.
local function learn_record(record)
  for name, value in pairs(record.headers or {}) do
    local kind = HEADERS[name:lower()]
    if kind and value ~= GOOD then
      secret(kind, value:match "^%a+ +(.*)$" or value)
    end
  end
  learn(record.url or "")
  learn(type(record.body) == "string" and record.body or "")
end

local function copy_of(table)
  local copy = {}
  for name, value in pairs(table) do
    copy[name] = value
  end
  return copy
end

-- Notes every string in a value.
local function note(value, seen)
  if type(value) == "string" then
    texts:write(value, "\n")
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    for name, inner in pairs(value) do
      note(name, seen)
      note(inner, seen)
    end
  end
end

--- Notes what somebody gets to see.
function M.note(...)
  for i = 1, select("#", ...) do
    note((select(i, ...)), {})
  end
end

-- Has a function pass on what it is called with, after `before` has seen that.
local function wrap(object, name, before)
  local inner = object[name]
  object[name] = function(...)
    before(...)
    return inner(...) -- a tail call: a mistake is raised at the spec's line
  end
end

-- A callback of a spec, or none, that notes its arguments first.
local function noting(callback)
  return function(...)
    M.note(...)
    if callback then
      return callback(...)
    end
  end
end

-- Gives every client a log and hooks.
local function watch_clients()
  local graphinvite = require "graphinvite"
  local new = graphinvite.new
  function graphinvite.new(given)
    if given ~= nil and type(given) ~= "table" then
      return new(given)
    end
    local options = copy_of(given or {})
    for _, name in ipairs { "log", "on_request", "on_response" } do
      if options[name] == nil or type(options[name]) == "function" then
        options[name] = noting(options[name])
      end
    end
    return new(options)
  end
end

-- Errors get their fields after they are made: one is noted when the next comes, or at the end.
local function watch_errors()
  local errors = require "graphinvite.errors"
  local last
  local function flush()
    if last then
      M.note(tostring(last), last)
    end
    last = nil
  end
  for _, name in ipairs { "new", "from" } do
    local make = errors[name]
    errors[name] = function(...)
      flush()
      last = make(...)
      return last
    end
  end
  require("busted").subscribe({ "suite", "end" }, function()
    flush()
    texts:flush()
    return nil, true
  end)
end

local function watch_recordings()
  local cassette = require "graphinvite.transport.cassette"
  local record = cassette.record
  function cassette.record(driver)
    if type(driver) ~= "table" or type(driver.send) ~= "function" then
      return record(driver)
    end
    local recorder = record(driver)
    wrap(recorder, "send", learn_record)
    local text = recorder.text
    recorder.text = function()
      local recorded, why = text()
      M.note(recorded, why)
      return recorded, why
    end
    return recorder
  end
end

--- Has the journal of a tenant noted whenever it is read or begun anew.
function M.journal(controls)
  if DIRECTORY then
    wrap(controls, "reset", function(self) M.note(self:requests()) end)
  end
end

-- A request with the good token in the place of that one.
local function with_good_token(request)
  local copy = copy_of(request)
  copy.headers = copy_of(request.headers)
  if copy.headers.Authorization == "Bearer " .. BEARER then
    copy.headers.Authorization = GOOD
  end
  return copy
end

--- Gives a client that would have no token of its own one that nobody may see. Its transport puts
--- the good one in its place.
---@param options table of graphinvite.new, with a transport
function M.disguise(options)
  if not DIRECTORY or options.auth ~= nil then
    return
  end
  options.auth = require("graphinvite.auth").static(BEARER)
  local driver = options.transport
  for _, name in ipairs { "send", "start" } do
    local inner = driver[name]
    driver[name] = inner and function(request, timeout)
      return inner(with_good_token(request), timeout)
    end
  end
end

if DIRECTORY then
  texts = assert(io.open(DIRECTORY .. "/texts", "ab"))
  secrets = assert(io.open(DIRECTORY .. "/secrets", "ab"))
  local redact = require "graphinvite.redact"
  if os.getenv "GRAPHINVITE_CANARY_FISH" then
    function redact.text(text) return text end
    function redact.headers(headers) return headers end
  end
  wrap(redact, "record", learn_record)
  wrap(require "graphinvite.core", "decode", function(_, json)
    learn(type(json) == "string" and json or "")
  end)
  watch_clients()
  watch_errors()
  watch_recordings()
end

return M
