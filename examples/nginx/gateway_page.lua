-- The pages of the gateway. Every text that comes from elsewhere is escaped.
local M = {}

local ENTITIES = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

local LAYOUT = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Contoso guests</title>
<link rel="stylesheet" href="/gateway.css">
</head>
<body>
<header><p>Contoso guests</p>
<nav aria-label="Pages"><a href="/">Invite yourself</a> <a href="/status">Look up</a></nav></header>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
]]

local FORM = [[
{summary}
<p>Enter who you are. A mail brings you the link that makes you a guest.</p>
<form method="post" action="/" novalidate>
<input type="hidden" name="token" value="{token}">
{fields}
<button>Send me the invitation</button>
</form>
]]

local FIELD = [[
<div class="field">
<label for="{name}">{label}</label>
<input id="{name}" name="{name}" type="{type}" autocomplete="{complete}" value="{value}" required
  maxlength="{most}"{described}>
{fault}</div>
]]

local LOOK_UP = [[
<p>The reference stood on the page that you saw after you had sent the form.</p>
<form method="get" action="/status">
{fields}
<button>Look up</button>
</form>
]]

local STATUS = [[
<p class="state {class}" role="status">{state}</p>
<p>{advice}</p>
<dl><dt>Name</dt><dd>{name}</dd><dt>Reference</dt><dd><code>{reference}</code></dd></dl>
<p>Keep the reference, or this page's address: it tells how the invitation stands.</p>
]]

local STATES = {
  Accepted = { "Accepted", "good", "You are a guest. Sign in with the address that was invited." },
  PendingAcceptance = {
    "Waiting for you", "wait", "Open the mail that we have sent, and accept the invitation there.",
  },
}
local UNKNOWN = { "No invitation is open", "wait", "You may be a member already." }

local function escape(text)
  return (tostring(text):gsub("[&<>\"']", ENTITIES))
end

local function fill(template, values)
  return (template:gsub("{(%l+)}", values))
end

local function layout(title, content)
  return fill(LAYOUT, { title = escape(title), content = content })
end

local DESCRIBED = ' aria-invalid="true" aria-describedby="%s-fault"%s'

-- A labelled field; with fault, what is wrong with it.
local function field(row)
  local name, fault = row.name, row.fault
  return fill(FIELD, {
    name = name, label = row.label, type = row.type or "text", most = tostring(row.most),
    complete = row.complete or "off", value = escape(row.value or ""),
    described = fault and DESCRIBED:format(name, row.focus and " autofocus" or "") or "",
    fault = fault and ('<p class="fault" id="%s-fault">%s</p>\n'):format(name, escape(fault)) or "",
  })
end

--- The form; faults by the names of its fields, and `form` for what is wrong with all of it.
function M.form(token, values, faults)
  local summary = ""
  if next(faults) then
    summary = ('<p class="summary" role="alert">%s</p>'):format(
      escape(faults.form or "Nothing has been sent: look at what is marked below."))
  end
  return layout(next(faults) and "Please check the form" or "Invite yourself", fill(FORM, {
    summary = summary, token = escape(token),
    fields = field {
      name = "name", label = "Your name", complete = "name", most = 256, value = values.name,
      fault = faults.name, focus = true,
    } .. field {
      name = "mail", label = "Your mail address", type = "email", complete = "email", most = 254,
      value = values.mail, fault = faults.mail, focus = not faults.name,
    },
  }))
end

--- What asks for a reference.
function M.look_up(reference, fault)
  return layout("Look up an invitation", fill(LOOK_UP, {
    fields = field {
      name = "reference", label = "Reference", most = 200, value = reference, fault = fault,
      focus = true,
    },
  }))
end

--- How the invitation of a guest stands.
function M.status(user, reference, is_new)
  local state = STATES[user.externalUserState] or UNKNOWN
  return layout(is_new and "The invitation is on its way" or "Your invitation", fill(STATUS, {
    state = state[1], class = state[2], advice = state[3], name = escape(user.displayName or ""),
    reference = escape(reference),
  }))
end

--- A page that says one thing.
function M.message(title, text)
  return layout(title, "<p>" .. escape(text) .. "</p>")
end

return M
