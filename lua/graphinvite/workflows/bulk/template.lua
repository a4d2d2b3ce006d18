--- Rows of a CSV file: the Entra portal's template for bulk invitations, or plain titles.
local check = require "graphinvite.workflows.bulk.check"
local columns = require "graphinvite.workflows.bulk.columns"
local csv = require "graphinvite.workflows.bulk.csv"

local M = {}

local TOLD = 10 -- names of columns that are not used

local NO_MAIL = "no column says whether a message is sent (sendEmail): nobody gets one"

-- What separates columns, and its name; a comma where the titles do not tell.
local SEPARATORS = { { "," }, { ";", "semicolons" }, { "\t", "tabs" } }

-- What the members of an invitation are called in a row.
local FIELD_OF = {
  invitedUserEmailAddress = "address", inviteRedirectUrl = "redirect",
  sendInvitationMessage = "send", invitedUserDisplayName = "name",
  ["invitedUserMessageInfo.customizedMessageBody"] = "message",
}

-- Blanks beside ASCII's that people paste along: the one that does not break, those without width.
local BLANKS = { "\194\160", "\226\128\139", "\239\187\191" }

-- A text without the blanks around it, in linear time whatever is within.
local function trim(text)
  if not text:find "^[%s\194\226\239]" and not text:find "[%s\160\139\191]$" then
    return text -- as nearly all are
  end
  local plain = text
  for _, blank in ipairs(BLANKS) do
    plain = plain:gsub(blank, (" "):rep(#blank))
  end
  local first = plain:find "%S"
  return first and text:sub(first, plain:match "^.*%S()" - 1) or ""
end

-- The version that a line of the template names; nil where it names none.
local function version_of(fields)
  for i = 2, #fields do
    if fields[i] ~= "" then
      return nil
    end
  end
  return fields[1]:lower():match "^%s*version:%s*(%S*)%s*$"
end

-- The titles, from the beginning of a text; and the version, where a line tells it, and that line.
local function titles_of(reader)
  local fields, line, why = reader:next()
  local version, first = fields and version_of(fields), line
  if version then
    fields, line, why = reader:next()
  end
  return fields, line, why, version, first
end

local function once(text)
  return function()
    local given = text
    text = nil
    return given
  end
end

--- The separator of a file: the first under which a title names the addresses.
local function separator_of(head)
  for _, row in ipairs(SEPARATORS) do
    local fields = titles_of(csv.reader(once(head), { separator = row[1] }))
    if fields and columns.recognised(fields) then
      return row[1], row[2]
    end
  end
  return ","
end

-- Reads the titles and tells what is wrong with them. Gives nil where no row can be read.
local function columns_of(reader, options, tell, notices)
  local fields, line, why, version, first = titles_of(reader)
  if version and version ~= "v1.0" then
    return tell(first, nil, ("the template's version is %s, but v1.0 is known"):format(version))
  elseif not fields then
    return tell(fields == false and line or nil, nil, why or "there are no column titles")
  end
  if not columns.recognised(fields) and table.concat(fields):find("@", 1, true) then
    return tell(line, nil, "this looks like a row, but the first line holds the columns' titles,"
      .. " such as email,redirect")
  end
  local sound = true
  local found = columns.match(fields, options.redirect ~= nil, function(column, message)
    sound = false
    tell(line, column, message)
  end)
  notices[#notices + 1] = version and "read as the portal's template" or "read as CSV"
  local ignored = #found.ignored
  if ignored > 0 then
    local more = ignored > TOLD and (" and %d more"):format(ignored - TOLD) or ""
    notices[#notices + 1] = "columns that are not used: "
      .. table.concat(found.ignored, ", ", 1, math.min(ignored, TOLD)) .. more
  end
  reader:expect(#fields)
  return sound and found or nil
end

local CHOICES = { ["true"] = true, ["false"] = false }

-- A row of the fields of a record; nil when they are all empty.
local function row_of(fields, places, options)
  local row = {}
  for i, field in pairs(places) do
    local text = trim(fields[i])
    if text ~= "" then
      row[field] = field == "message" and fields[i] or text
    end
  end
  if not next(row) and not table.concat(fields):find "%S" then
    return nil
  end
  local choice = CHOICES[(row.send or "false"):lower()]
  if choice ~= nil then
    row.send = choice
  end
  row.redirect = row.redirect or options.redirect
  return row
end

-- Tells the faults of a row, under the names of its columns.
local function is_sound(row, line, names, tell)
  local sound = true
  if type(row.send) == "string" then
    sound, row.send = false, nil
    tell(line, names.send, "neither true nor false")
  end
  return check.body_is_sound(check.body(row), function(path, why)
    tell(line, names[FIELD_OF[path]] or path, why == "required" and "empty" or why)
  end) and sound
end

--- The rows of a file. The titles are read at once.
---@param source graphinvite.bulk.Source
---@param head string the first bytes
---@param options graphinvite.bulk.InputOptions
---@param tell fun(line: integer?, column: string?, message: string) called for each fault
---@param notices string[] gets what the user should know
---@return (fun(): graphinvite.bulk.InputRow|false|nil)? next row; false where it is at fault; nil
---at the end
function M.rows(source, head, options, tell, notices)
  local separator, plural = separator_of(head)
  local reader = csv.reader(source:chunks(), { separator = separator })
  local found = columns_of(reader, options, tell, notices)
  if not found then
    return nil
  end
  if plural then
    notices[#notices + 1] = "columns are separated by " .. plural
  end
  local names = {}
  for i, field in pairs(found.fields) do
    names[field] = found.names[i]
  end
  if not names.send then
    notices[#notices + 1] = NO_MAIL
  end
  return function()
    local fields, line, why, number = reader:next()
    while fields do
      local row = row_of(fields, found.fields, options)
      if row then
        row.line = line
        return is_sound(row, line, names, tell) and row
      end
      fields, line, why, number = reader:next()
    end
    if fields == false then
      tell(line, number and found.names[number], why)
    end
    return fields
  end
end

return M
