--- Which column holds what: titles of the portal's template and those that people write.
local core = require "graphinvite.core"

local M = {}

local LONGEST = 80 -- bytes of a name

--- The part of a row, what it is called in a sentence, and the names of a column for it. The first
--- name is that of the portal's template, where it has one. Case, blanks, "_" and "-" do not count.
M.FIELDS = {
  { "address", "address", {
    "inviteeEmail", "email", "mail", "emailAddress", "mailAddress", "address", "inviteeAddress",
    "guestEmail", "invitedUserEmailAddress", "emailAddressToInvite",
  } },
  { "redirect", "redirect URL", {
    "inviteRedirectURL", "redirect", "redirectUrl", "redirectionUrl", "url",
  } },
  { "send", "choice whether a message is sent", {
    "sendEmail", "sendInvitationMessage", "send", "sendMessage", "sendMail", "sendInvitation",
  } },
  { "message", "text of the message", {
    "customizedMessageBody", "customizedInvitationMessage", "customMessage", "message",
    "messageBody", "invitationMessage",
  } },
  { "name", "display name", { "invitedUserDisplayName", "displayName", "name", "fullName" } },
}

local function fold(name)
  return (name:lower():gsub("[%s_%-]", ""))
end

local FIELD_OF, WORD_OF, NAMES = {}, {}, {}
for _, row in ipairs(M.FIELDS) do
  WORD_OF[row[1]] = row[2]
  for _, name in ipairs(row[3]) do
    FIELD_OF[fold(name)] = row[1]
    NAMES[#NAMES + 1] = name
  end
end

--- A name that is not too long to be told.
---@param name string
---@return string
function M.short(name)
  if #name <= LONGEST then
    return name
  end
  return name:sub(1, LONGEST - 3):gsub("[\192-\255][\128-\191]*$", "") .. "..."
end

--- The name of a column: what its title has in brackets, else the title.
---@param title string
---@return string
function M.name(title)
  local name = title:match "%[([^%[%]]+)%]" or title
  return M.short((name:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")))
end

---@param titles string[]
---@return boolean whether one of them names the addresses
function M.recognised(titles)
  for _, title in ipairs(titles) do
    if FIELD_OF[fold(M.name(title))] == "address" then
      return true
    end
  end
  return false
end

-- The field that a column was meant for, when its name is nearly one that nothing else has.
local function misspelt(name, found)
  local near = core.suggest(name, NAMES)
  local field = near and FIELD_OF[fold(near)]
  return field and not found[field] and field, near
end

---@class graphinvite.bulk.Columns
---@field names string[] of all columns
---@field fields table<integer, string> the part of a row that a column holds
---@field ignored string[] names of columns that hold none

-- Gives each column its field; what it cannot place it leaves.
local function place(columns, found, tell)
  for i, name in ipairs(columns.names) do
    local field = FIELD_OF[fold(name)]
    if field and found[field] then
      tell(name, ("another column holds the %s too: %s"):format(WORD_OF[field], found[field]))
    elseif field then
      found[field], columns.fields[i] = name, field
    end
  end
end

--- Looks through the titles of a file.
---@param titles string[]
---@param has_redirect boolean rows need no redirect URL of their own
---@param tell fun(column: string?, message: string) called for each fault
---@return graphinvite.bulk.Columns
function M.match(titles, has_redirect, tell)
  local columns, found, meant = { names = {}, fields = {}, ignored = {} }, {}, {}
  for i, title in ipairs(titles) do
    columns.names[i] = M.name(title)
  end
  place(columns, found, tell)
  for i, name in ipairs(columns.names) do
    local field, near = misspelt(name, found)
    if not FIELD_OF[fold(name)] and field then
      meant[field] = true
      tell(name, ("no such column (did you mean %s?)"):format(near))
    elseif not columns.fields[i] and name ~= "" then
      columns.ignored[#columns.ignored + 1] = name
    end
  end
  if not found.address and not meant.address then
    tell(nil, "no column holds the addresses: call it email, or [inviteeEmail] as the portal does")
  end
  if not found.redirect and not meant.redirect and not has_redirect then
    tell(nil, "no column holds the redirect URL: call it redirect, or [inviteRedirectURL] as the"
      .. " portal does, or give one redirect URL for all rows")
  end
  return columns
end

return M
