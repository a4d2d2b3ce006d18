--- The one function that takes secrets out of what people or files get to see.
local M = {}

local HIDDEN = "***"

-- Members of JSON bodies and fields of forms whose values are secrets.
local MEMBERS = {
  "inviteRedeemUrl", "validationToken", "access_token", "refresh_token", "id_token",
  "client_secret", "client_assertion", "assertion", "device_code", "password",
}

local HEADERS = {
  ["authorization"] = true,
  ["proxy-authorization"] = true,
  ["x-identity-header"] = true,
  ["secret"] = true,
  ["set-cookie"] = true,
  ["cookie"] = true,
}

-- A redeem link's ticket, however often the link was encoded (reference 5.1).
local VALUE = "[^&%s\"<>\\]+"
local TICKETS = { "(ticket=)" .. VALUE, "(ticket%%3[Dd])" .. VALUE, "(ticket%%253[Dd])" .. VALUE }

-- Hides the JSON string that begins after a member's name; escapes are part of it.
local function hide_member(text, name)
  local from = 1
  while true do
    local _, open = text:find('"' .. name .. '"%s*:%s*"', from)
    if not open then
      return text
    end
    local close = open + 1
    while close <= #text and text:sub(close, close) ~= '"' do
      close = close + (text:sub(close, close) == "\\" and 2 or 1)
    end
    text = text:sub(1, open) .. HIDDEN .. text:sub(close)
    from = open + #HIDDEN + 1
  end
end

--- Replaces the secrets in a text: a body, a URL, a message.
---@param text string
---@return string
function M.text(text)
  for _, name in ipairs(MEMBERS) do
    if text:find(name, 1, true) then
      text = hide_member(text, name)
      text = text:gsub("(%f[%w_]" .. name .. "=)[^&%s\"]*", "%1" .. HIDDEN)
    end
  end
  if text:find("ticket", 1, true) then
    for _, pattern in ipairs(TICKETS) do
      text = text:gsub(pattern, "%1" .. HIDDEN)
    end
  end
  return (text:gsub("([Bb]earer )[%w%-%._~%+/]+=*", "%1" .. HIDDEN))
end

--- A copy of a table of headers without secrets.
---@param headers table<string, string>
---@return table<string, string>
function M.headers(headers)
  local copy = {}
  for name, value in pairs(headers) do
    copy[name] = HEADERS[name:lower()] and HIDDEN or M.text(value)
  end
  return copy
end

--- A copy of a request or response record without secrets.
---@param record table
---@return table
function M.record(record)
  local copy = {}
  for name, value in pairs(record) do
    copy[name] = type(value) == "string" and M.text(value) or value
  end
  copy.headers = M.headers(record.headers)
  return copy
end

return M
