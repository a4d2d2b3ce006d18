--- The part of a text that is looked at: the text comes in chunks, and what was taken is let go.
local find, sub = string.find, string.sub

local M = {}
local Window = { __name = "graphinvite.bulk.Window" }
Window.__index = Window

local NUL = "a NUL byte: this is no text, or not in UTF-8"

---@class graphinvite.bulk.Window
---@field text string
---@field at integer where in the text the next record begins
---@field line integer number of the line there
---@field ended boolean? nothing comes behind the text

---@param read fun(): string?, string? gives the next chunk; nil at the end, and why when it failed
---@return graphinvite.bulk.Window
function M.new(read)
  return setmetatable({ read = read, text = "", at = 1, line = 1 }, Window)
end

--- Lets go of what lies before `at`, and adds a chunk. The last line gets the end that it may lack.
---@return boolean more false when nothing was added
function Window:more()
  if self.ended then
    return false
  end
  local chunk, why = self.read()
  local text = sub(self.text, self.at)
  self.at = 1
  if chunk then
    local nul = find(chunk, "\0", 1, true)
    if nul then
      chunk, self.ended, self.fault = sub(chunk, 1, nul - 1), true, NUL
    end
    self.text = text .. chunk
    return true
  end
  self.ended, self.fault, self.text = true, why, text
  if why or text == "" or sub(text, -1) == "\n" then
    return false
  end
  self.text = text .. "\n"
  return true
end

--- Why the text ended too early, told once; what was left of it is let go.
---@return string?
function Window:take_fault()
  local why = self.fault
  self.fault, self.at = nil, #self.text + 1
  return why
end

--- Goes to the line after the one that begins at `at`, however long that one is.
function Window:skip_line()
  local stop = find(self.text, "\n", self.at, true)
  while not stop do
    self.at = #self.text + 1
    if not self:more() then
      return
    end
    stop = find(self.text, "\n", 1, true)
  end
  self:advance(stop + 1)
end

--- Goes to a place in the text.
---@param behind integer the first byte that is not taken
function Window:advance(behind)
  local text, line = self.text, self.line
  local stop = find(text, "\n", self.at, true)
  while stop and stop < behind do
    line, stop = line + 1, find(text, "\n", stop + 1, true)
  end
  self.line, self.at = line, behind
end

return M
