--- Pages for people: their texts made safe, and the headers that let nothing else in.
local M = {}

local ENTITIES = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

-- Nothing is inline, nothing comes from elsewhere, and no text becomes markup by a script.
local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
  .. " connect-src 'self'; base-uri 'none'; frame-ancestors 'none';"
  .. " require-trusted-types-for 'script'; trusted-types 'none'; form-action %s"

--- A text as HTML shows it.
---@param text string
---@return string
function M.escape(text)
  return (text:gsub("[&<>\"']", ENTITIES))
end

--- What a browser gets.
---@param status integer
---@param media_type string
---@param body string
---@param form_action string? where forms of a page may lead; nowhere unless given
---@return table response
function M.response(status, media_type, body, form_action)
  return {
    status = status,
    headers = {
      ["content-type"] = media_type .. "; charset=utf-8",
      ["content-security-policy"] = POLICY:format(form_action or "'none'"),
      ["x-content-type-options"] = "nosniff",
      -- A link's ticket leaves with no request; "no-referrer" would make the Origin of forms null.
      ["referrer-policy"] = "same-origin",
      ["cache-control"] = "no-store",
    },
    body = body,
  }
end

return M
