--- The page where a person signs in for a device: what its verification_uri opens.
local devices = require "graphinvite.emulator.devices"
local guard = require "graphinvite.emulator.guard"
local html = require "graphinvite.emulator.html"
local url = require "graphinvite.emulator.url"

local M = {}

local CONTENT = [[
<p>{text}</p>
<form method="post">
<label>Code <input name="user_code" value="{code}" required autofocus autocomplete="off"></label>
<button name="outcome" value="approve" class="primary">Sign in</button>
<button name="outcome" value="decline">Decline</button>
</form>
]]

local TEXTS = {
  ask = "Enter the code that the device shows.",
  approve = "You have signed in. The device goes on by itself.",
  decline = "You have declined.",
  unknown = "No device waits for this code.",
}

local function respond(status, text, code)
  local escaped = code:gsub("[&<>\"'%z\1-\31\127-\255]", function(character)
    return ("&#%d;"):format(character:byte())
  end)
  local content = html.fill(CONTENT, { text = TEXTS[text], code = escaped })
  return html.page(status, "Sign in to a device", content, "'self'")
end

--- Shows the page, or does what the person has chosen on it.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.answer(exchange)
  guard.check(exchange)
  if exchange.method ~= "POST" then
    local query = url.parameters(exchange.query) or {}
    return respond(200, "ask", query.user_code or "")
  end
  local form = url.parameters(exchange.body or "") or {}
  local code, outcome = form.user_code or "", form.outcome
  local known = outcome == "approve" or outcome == "decline"
  if known and devices.decide(exchange.emulator, code, outcome) then
    return respond(200, outcome, "")
  end
  return respond(400, "unknown", code)
end

return M
