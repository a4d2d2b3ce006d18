--- What a redeem link opens: who invites whom, and the buttons that accept or decline. Nothing is
-- known of the service's own page but that it accepts and leads on (reference 5.1): all INF.
local controls = require "graphinvite.emulator.controls"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local html = require "graphinvite.emulator.html"
local redemption = require "graphinvite.emulator.redemption"
local tenants = require "graphinvite.emulator.tenant"
local url = require "graphinvite.emulator.url"

local M = {}

local FORM = "application/x-www-form-urlencoded"
-- Acceptance leads to the application, which may lead on, and browsers hold forms to this for
-- every step.
local FORM_ACTION = "'self' http: https:"

local ASK = [[
<p><strong>{tenant}</strong> invites <strong>{name}</strong> as a guest.</p>
{words}<dl>
<dt>Invited</dt><dd>{email}</dd>
<dt>Leads to</dt><dd>{redirect}</dd>
</dl>
<form method="post">
<input type="hidden" name="token" value="{token}">
<button name="answer" value="accept" class="primary">Accept</button>
<button name="answer" value="decline">Decline</button>
</form>
]]

-- status, title and content of the other pages
local UNKNOWN = {
  404, "This link fits no invitation",
  "<p>The tenant has given out no such link, or it was reset since. Open the link of a mail that"
    .. " the tenant shows now.</p>",
}
local STALE = {
  403, "This form is stale",
  "<p>The form was sent without the token of this server, perhaps because the server was started"
    .. " anew. Open the link again.</p>",
}
local REDEEMED = {
  410, "This invitation was accepted",
  "<p><strong>{email}</strong> needs no redemption any more. The invitation leads to"
    .. " <strong>{redirect}</strong>.</p>",
}
local SUPERSEDED = {
  410, "A newer invitation counts",
  "<p>The redemption of <strong>{email}</strong> was reset, and a newer invitation has another"
    .. " link.</p>",
}
local UNREDEEMABLE = {
  403, "Your organization forbids this",
  "<p>The tenant of <strong>{email}</strong> lets nobody accept such invitations. The guest stays"
    .. " PendingAcceptance.</p>",
}
local DECLINED = {
  200, "You have declined",
  "<p><strong>{email}</strong> stays PendingAcceptance; the link stays good, should you change"
    .. " your mind.</p>",
}
local ACCEPTED = {
  200, "You have accepted",
  "<p><strong>{email}</strong> is a guest now. The invitation leads to nothing that a browser"
    .. " can open: <strong>{redirect}</strong></p>",
}
local GONE = { redeemed = REDEEMED, superseded = SUPERSEDED, unredeemable = UNREDEEMABLE }

local function show(row, subject)
  return html.page(row[1], row[2], html.fill(row[3], subject or {}))
end

local function text_of(value)
  return type(value) == "string" and value ~= "" and value or nil
end

-- The texts of an invitation, fit for HTML.
local function subject_of(invitation, user)
  local body = invitation.body
  local info = type(body.invitedUserMessageInfo) == "table" and body.invitedUserMessageInfo or {}
  local words = text_of(info.customizedMessageBody)
  return {
    tenant = tenants.DOMAIN,
    email = html.escape(user.mail),
    name = html.escape(text_of(body.invitedUserDisplayName) or user.name or user.mail),
    redirect = html.escape(text_of(body.inviteRedirectUrl) or "nothing"),
    words = words and "<blockquote>" .. html.escape(words) .. "</blockquote>\n" or "",
  }
end

-- A URL as a header may carry it; nil where it is not http or https.
local function location_of(redirect)
  local address = (text_of(redirect) or ""):gsub("[^\33-\126]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end)
  return address:lower():find("^https?://") and address or nil
end

-- What a form must carry: only who has read our page can know it.
local function token_of(emulator)
  emulator.form_token = emulator.form_token or core.uuid()
  return emulator.form_token
end

local function read_form(exchange)
  local media = (exchange.headers["content-type"] or ""):match("^%s*([^%s;]*)"):lower()
  return media == FORM and url.parameters(exchange.body or "") or {}
end

-- Does what the button says.
local function act(exchange, invitation, subject)
  local form, emulator = read_form(exchange), exchange.emulator
  if form.token ~= token_of(emulator) then
    return show(STALE)
  elseif form.answer == "decline" then
    controls.run(emulator, "decline", { id = invitation.id })
    return show(DECLINED, subject)
  end
  local location = location_of(controls.run(emulator, "redeem", { id = invitation.id }).redirect)
  if not location then
    return show(ACCEPTED, subject)
  end
  local response = html.response(303, "text/html", "")
  response.headers.location = location
  return response
end

--- Answers a redeem link: GET asks, POST does.
---@param exchange graphinvite.emulator.Exchange
---@return table response
function M.answer(exchange)
  if exchange.method ~= "GET" and exchange.method ~= "POST" then
    errors.refuse("method")
  end
  local emulator = exchange.emulator
  local invitation, user, standing =
    redemption.follow(emulator, exchange.path .. "?" .. exchange.query)
  if not invitation then
    return show(UNKNOWN)
  end
  local subject = subject_of(invitation, user)
  if GONE[standing] then
    return show(GONE[standing], subject)
  elseif exchange.method == "POST" then
    return act(exchange, invitation, subject)
  end
  subject.token = token_of(emulator)
  return html.page(200, "Accept the invitation?", html.fill(ASK, subject), FORM_ACTION)
end

return M
