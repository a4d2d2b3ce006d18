--- Pages for people: their texts made safe, and the headers that let nothing else in.
local M = {}

local ENTITIES = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

-- Nothing is inline, nothing comes from elsewhere, and no text becomes markup by a script.
local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
  .. " connect-src 'self'; base-uri 'none'; frame-ancestors 'none';"
  .. " require-trusted-types-for 'script'; trusted-types 'none'; form-action %s"

-- A page with little on it.
local PAGE = [[
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/_emulator/icon.svg">
<link rel="stylesheet" href="/_emulator/page.css">
<body class="sheet">
<main>
<h1>{title}</h1>
{content}
</main>
<footer><p>An emulated tenant: nobody was mailed, and nothing leaves for the service.
<a href="/">Look into the tenant</a></p></footer>
</body>
</html>
]]

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

--- Puts HTML in the places of a template.
---@param template string
---@param values table<string, string> by the name in "{name}"
---@return string
function M.fill(template, values)
  return (template:gsub("{(%l+)}", values))
end

--- A page with a title and little more.
---@param status integer
---@param title string HTML
---@param content string HTML
---@param form_action string? as for response
---@return table response
function M.page(status, title, content, form_action)
  local body = M.fill(PAGE, { title = title, content = content })
  return M.response(status, "text/html", body, form_action)
end

return M
