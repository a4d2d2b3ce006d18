--- Asserts that a function of one line raises a mistake of the programmer there.
local assert = require "luassert"

---@param text string what the message says, behind the place
---@param call function written on one line; it must not end in a tail call
---@param ... any its arguments
return function(text, call, ...)
  local info = debug.getinfo(call, "S")
  local place = ("%s:%d: "):format(info.short_src, info.linedefined)
  local ok, message = pcall(call, ...)
  assert.is_false(ok, "nothing was raised")
  assert.equal("string", type(message))
  assert.equal(place, message:sub(1, #place), message)
  assert.is_truthy(message:find(text, #place + 1, true), ("%q lacks %q"):format(message, text))
end
