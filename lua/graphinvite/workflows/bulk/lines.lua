--- Rows of JSON lines: each line is an object with Graph's names of an invitation.
local check = require "graphinvite.workflows.bulk.check"
local columns = require "graphinvite.workflows.bulk.columns"
local core = require "graphinvite.core"
local windows = require "graphinvite.workflows.bulk.window"

local M = {}

local TYPE = "microsoft.graph.invitation"
local LONGEST = 262144 -- bytes of a line
local TOO_LONG = ("a line of more than %d bytes"):format(LONGEST)

-- The members that a row has, and those within one.
local MEMBERS = {
  invitedUserEmailAddress = "address", inviteRedirectUrl = "redirect",
  sendInvitationMessage = "send", invitedUserDisplayName = "name",
  invitedUserMessageInfo = { customizedMessageBody = "message" },
}

-- The next line that has something on it: its text and number. nil at the end; false, the number
-- and why at a fault.
local function next_line(window)
  while true do
    local stop = window.text:find("\n", window.at, true)
    local line = window.line
    if (stop or #window.text) - window.at > LONGEST then
      window:skip_line()
      return false, line, TOO_LONG
    elseif stop then
      local text = window.text:sub(window.at, stop - 1)
      window:advance(stop + 1)
      if text:find "%S" then
        return text, line
      end
    elseif not window:more() then
      local why = window:take_fault()
      return why and false, line, why
    end
  end
end

-- Moves the members of an object to a row; notes those that a row has no place for.
local function take(row, object, members, path, note)
  for name, value in pairs(object) do
    local field = members[name]
    if type(field) == "table" and type(value) == "table" then
      take(row, value, field, path .. name .. ".", note)
    elseif type(field) == "string" then
      row[field] = value ~= core.null and value or nil
    elseif value ~= core.null and not name:find("@", 1, true) then
      note(path .. name, "cannot be given in a bulk file: invite these guests one by one")
    end
  end
end

local function row_of(text, options, tell)
  local object, why = core.decode(TYPE, text)
  if not object then
    local path, rest = why:match "^(%S+): (.*)$"
    return tell(path and columns.short(path), rest or why .. "; each line holds one whole object")
  end
  local redirect = object.inviteRedirectUrl
  if redirect == nil or redirect == core.null then
    object.inviteRedirectUrl = options.redirect
  end
  local row, faults, paths = {}, {}, {}
  local function note(path, fault)
    path = path or ""
    if not faults[path] then
      faults[path], paths[#paths + 1] = fault, path
    end
  end
  check.body_is_sound(object, note)
  take(row, object, MEMBERS, "", note)
  row.send = row.send or false
  table.sort(paths) -- the members of an object have no order
  for _, path in ipairs(paths) do
    tell(path ~= "" and columns.short(path) or nil, faults[path])
  end
  return #paths == 0 and row
end

--- The rows of a file.
---@param source graphinvite.bulk.Source
---@param options graphinvite.bulk.InputOptions
---@param tell fun(line: integer?, column: string?, message: string) called for each fault
---@param notices string[] gets what the user should know
---@return fun(): graphinvite.bulk.InputRow|false|nil next row; false where it is at fault; nil: end
function M.rows(source, _, options, tell, notices)
  local window = windows.new(source:chunks())
  notices[#notices + 1] = "read as JSON lines"
  return function()
    local text, line, why = next_line(window)
    if text then
      local row = row_of(text, options, function(path, fault) tell(line, path, fault) end)
      if row then
        row.line = line
      end
      return row or false
    elseif why then
      tell(line, nil, why)
    end
    return text
  end
end

return M
