--- A token that the caller has, or a function that gives one.
local errors = require "graphinvite.errors"
local redact = require "graphinvite.redact"

local M = {}

local Static = {}
Static.__index = Static

function Static:acquire()
  local token, err = self.value
  if type(token) == "function" then
    token, err = token()
  end
  if token == nil then
    return errors.fail("auth", "the token function gave none: " .. redact.text(tostring(err)))
  end
  if type(token) ~= "string" or token == "" then
    return errors.fail("auth", "the token is not a string with something in it")
  end
  return { access_token = token }
end

---@param value string|fun(): string?, any the token, or what is asked for it at every call
---@return graphinvite.TokenSource
function M.new(value)
  if type(value) ~= "string" and type(value) ~= "function" then
    errors.misuse("auth.static takes a string or a function, this is a " .. type(value))
  end
  local asked = type(value) == "function"
  return setmetatable({
    value = value,
    renewable = asked,
    key = not asked and "static" or nil,
  }, Static)
end

return M
