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

-- The place behind a JSON value that begins at a place: strings with their escapes, whole arrays
-- and objects, else up to a comma or bracket.
local function value_end(text, at)
  local depth, in_string = 0, false
  while true do
    at = text:find(in_string and '["\\]' or '["{}%[%],]', at)
    if not at then
      return #text + 1
    end
    local c = text:sub(at, at)
    if c == "\\" then
      at = at + 1
    elseif c == '"' then
      in_string = not in_string
    elseif c == "{" or c == "[" then
      depth = depth + 1
    elseif depth == 0 then
      return at
    elseif c ~= "," then
      depth = depth - 1
    end
    at = at + 1
  end
end

-- Hides the JSON value behind each member of a name.
local function hide_member(text, name)
  local pieces, from = {}, 1
  while true do
    local _, colon = text:find('"' .. name .. '"%s*:%s*', from)
    if not colon then
      pieces[#pieces + 1] = text:sub(from)
      return table.concat(pieces)
    end
    pieces[#pieces + 1] = text:sub(from, colon) .. '"' .. HIDDEN .. '"'
    from = value_end(text, colon + 1)
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
  if text:find("eyJ", 1, true) then -- how a JSON Web Token begins
    text = text:gsub("%f[%w_-]eyJ[%w_-]*%.[%w_-]+%.[%w_-]*", HIDDEN)
  end
  text = text:gsub("(://)[^/@%s\"]*@", "%1" .. HIDDEN .. "@")
  text = text:gsub("(%f[%a][Bb][Aa][Ss][Ii][Cc] )[%w%+/]+=*", "%1" .. HIDDEN)
  return (text:gsub("(%f[%a][Bb][Ee][Aa][Rr][Ee][Rr] )[%w%-%._~%+/]+=*", "%1" .. HIDDEN))
end

--- A copy of a table of headers without secrets.
---@param headers table<string, string>?
---@return table<string, string>
function M.headers(headers)
  local copy = {}
  for name, value in pairs(headers or {}) do
    copy[name] = HEADERS[tostring(name):lower()] and HIDDEN or M.text(tostring(value))
  end
  return copy
end

--- A copy of a request or response record without secrets.
---@param record table
---@return table
function M.record(record)
  local copy = { headers = M.headers(record.headers), body = record.body and M.text(record.body) }
  for name, value in pairs(record) do
    if copy[name] == nil and type(name) == "string" then
      copy[name] = type(value) == "string" and M.text(value) or value
    end
  end
  return copy
end

return M
