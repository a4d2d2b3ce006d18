--- The bytes of an input, from the beginning as often as they are wanted, through one handle: what
-- was checked is what is read again. A pipe is kept in a temporary file.
local errors = require "graphinvite.errors"

local M = {}
local Source = { __name = "graphinvite.bulk.Source" }
Source.__index = Source

local CHUNK = 65536
local BOM = "\239\187\191"

local WORKBOOK = "an Excel workbook, not a text: save it as CSV UTF-8"
local UTF16 = "UTF-16, as Excel saves \"Unicode Text\": save the file as UTF-8 (CSV UTF-8)"

-- How files begin that are no text of ours, and what to do.
local BEGINNINGS = {
  { "\255\254", UTF16 },
  { "\254\255", UTF16 },
  { "%z", UTF16 },
  { ".%z", UTF16 },
  { "PK\3\4", WORKBOOK },
  { "\208\207\17\224", WORKBOOK },
}

-- The bytes of a handle that cannot go back, in a file that can.
local function spool(handle)
  local copy, why = io.tmpfile()
  if not copy then
    return nil, "no temporary file: " .. why
  end
  repeat
    local chunk, fault = handle:read(CHUNK)
    local kept = not chunk or copy:write(chunk)
    if fault or not kept then
      copy:close()
      return nil, fault or "the temporary file is full"
    end
  until not chunk
  if not copy:flush() then
    copy:close()
    return nil, "the temporary file is full"
  end
  return copy
end

local function open(file)
  if file == "-" then
    return io.stdin
  elseif type(file) == "string" then
    return io.open(file, "rb")
  elseif io.type(file) ~= "file" then
    errors.misuse "an input is a path or an open file"
  end
  return file
end

---@param file string|file* a path, "-" for standard input, or an open file, which stays open
---@return graphinvite.bulk.Source?
---@return string? why
function M.open(file)
  local handle, why = open(file)
  if not handle then
    return nil, why
  end
  local self = setmetatable({
    handle = handle, own = type(file) == "string" and file ~= "-", start = handle:seek "cur",
  }, Source)
  if not self.start then
    self.handle, why = spool(handle)
    if self.own then
      handle:close()
    end
    if not self.handle then
      return nil, why
    end
    self.own, self.start = true, 0
  end
  return self
end

--- What gives the bytes from the beginning, without the mark that some put before UTF-8.
---@return fun(): string?, string? read gives the next chunk; nil at the end, and why when it failed
function Source:chunks()
  local first = true
  self.handle:seek("set", self.start)
  return function()
    local chunk, why = self.handle:read(CHUNK)
    if first and chunk and chunk:sub(1, #BOM) == BOM then
      chunk = chunk:sub(#BOM + 1)
    end
    first = false
    return chunk, why
  end
end

--- The first bytes.
---@return string? head
---@return string? why it cannot be read, or is not for us
function Source:head()
  local head, why = self:chunks()()
  if not head then
    return nil, why or "the file is empty"
  end
  for _, row in ipairs(BEGINNINGS) do
    if head:find("^" .. row[1]) then
      return nil, row[2]
    end
  end
  return head
end

--- Closes the file, unless it is the caller's. Harmless the second time.
function Source:close()
  if self.own then
    self.own = false
    self.handle:close()
  end
end

return M
