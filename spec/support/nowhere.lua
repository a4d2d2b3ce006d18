--- Asserts that a secret cannot be seen.
local assert = require "luassert"

--- Asserts that a text is nowhere in a value, however deep, and not in what it prints.
---@param secret string
---@param value any
---@param seen table<table, boolean>? tables that were looked through
local function assert_nowhere(secret, value, seen)
  seen = seen or {}
  if type(value) == "table" and not seen[value] then
    seen[value] = true
    for name, member in pairs(value) do
      assert_nowhere(secret, name, seen)
      assert_nowhere(secret, member, seen)
    end
  end
  assert.is_nil(tostring(value):find(secret, 1, true), "a secret is in " .. tostring(value))
end

return assert_nowhere
