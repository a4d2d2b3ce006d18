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

--- Replaces the secrets in a text: a body, a URL, a message.
---@param text string
---@return string
function M.text(text)
  for _, name in ipairs(MEMBERS) do
    if text:find(name, 1, true) then
      text = text:gsub('("' .. name .. '"%s*:%s*)"[^"]*"', '%1"' .. HIDDEN .. '"')
      text = text:gsub("(%f[%w_]" .. name .. "=)[^&%s\"]*", "%1" .. HIDDEN)
    end
  end
  text = text:gsub("([?&;]ticket=)[^&%s\"]*", "%1" .. HIDDEN)
  text = text:gsub("(%%26ticket%%3[Dd])[^&%s\"]-(%%26)", "%1" .. HIDDEN .. "%2")
  text = text:gsub("([Bb]earer )[%w%-%._~%+/]+=*", "%1" .. HIDDEN)
  return text
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
