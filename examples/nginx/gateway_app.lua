-- People invite themselves as guests: a form, the invitation, and how it stands. See gateway.conf.
local core = require "graphinvite.core"
local graphinvite = require "graphinvite"
local page = require "gateway_page"

local FORM_AGE = 3600 -- seconds in which a form can be sent
local PER_MINUTE = 20 -- forms from one address
local AGAIN = 600 -- seconds before the same person gets another mail

local Gateway = {}
Gateway.__index = Gateway

-- What only this gateway can have written about a text. Workers, and those after them, share the
-- secret.
local function sign(text)
  local state = ngx.shared.gateway
  local secret = os.getenv "GATEWAY_SECRET"
  if not secret then
    state:add("secret", core.uuid() .. core.uuid())
    secret = state:get "secret"
  end
  local mac = ngx.encode_base64(ngx.hmac_sha1(secret, text)):gsub("[+/=]", {
    ["+"] = "-", ["/"] = "_", ["="] = "",
  })
  return mac
end

local function is_signed(text, mac)
  return sign(sign(text)) == sign(mac) -- how long it takes says nothing about the signature
end

-- The visitor of a form: a cookie that other sites' forms do not bring along.
local function visitor()
  local name = ngx.var.cookie_visitor
  if not name or not name:find "^[%x-]+$" then
    name = core.uuid()
    ngx.header["Set-Cookie"] = ("visitor=%s; Path=/; HttpOnly; SameSite=Strict%s"):format(name,
      ngx.var.scheme == "https" and "; Secure" or "")
  end
  return name
end

local function form_token(name)
  return ("%d.%s"):format(ngx.time(), sign(ngx.time() .. " " .. name))
end

-- Tells whether this gateway gave the form to this visitor, and not long ago.
local function is_ours(token)
  local name, site = ngx.var.cookie_visitor, ngx.var.http_sec_fetch_site
  local time, mac = tostring(token):match "^(%d+)%.([%w_-]+)$"
  return time and name and (site == nil or site == "same-origin")
    and ngx.time() - tonumber(time) < FORM_AGE and is_signed(time .. " " .. name, mac)
end

-- Counts something; tells whether it has come too often.
local function too_often(what, most, seconds)
  return (ngx.shared.gateway:incr(what, 1, 0, seconds) or 0) > most
end

local function trim(value)
  return type(value) == "string" and value:match "^%s*(.-)%s*$" or ""
end

-- What is wrong with the fields, by their names.
local function faults(fields)
  local found = {}
  local host = fields.mail:match "^[^%s%c@<>()%[%],;:\\\"]+@([%w.-]+%.%a[%w-]*)$"
  if fields.mail == "" then
    found.mail = "Enter your mail address."
  elseif not host or #fields.mail > 254 or fields.mail:find("..", 1, true) then
    found.mail = "This is not a mail address. It looks like name@example.com."
  end
  if fields.name == "" then
    found.name = "Enter your name."
  elseif #fields.name > 256 or fields.name:find "%c" then
    found.name = "A name is one line of at most 256 characters."
  end
  return next(found) and found
end

local function show(status, html)
  local policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    .. " frame-ancestors 'none'"
  ngx.status = status
  ngx.header["Content-Type"] = "text/html; charset=utf-8"
  ngx.header["Content-Security-Policy"] = policy
  ngx.header["X-Content-Type-Options"] = "nosniff"
  ngx.header["Referrer-Policy"] = "same-origin"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(html)
end

local function show_form(status, fields, found)
  show(status, page.form(form_token(visitor()), fields or {}, found or {}))
end

-- What a person is told when the service has not done it.
local function show_failure(err, doing)
  ngx.log(ngx.ERR, doing, ": ", tostring(err), ", request-id ", err.request_id or "none")
  if err.status == 404 then
    return show(404, page.message("Not found", "There is no such guest any more."))
  elseif err.retriable == "unknown" then
    return show(502, page.message("We cannot tell", "The invitation may be on its way. Look into"
      .. " your mail before you try again."))
  end
  show(err.kind == "model" and 422 or 502, page.message("That did not work", err.retriable
    and "The service is busy. Try again in a few minutes."
    or "The service has refused. Ask whoever gave you this address."))
end

local function invite(self, fields)
  local invitation, err = self.client.invitations:create {
    invitedUserEmailAddress = fields.mail, invitedUserDisplayName = fields.name,
    inviteRedirectUrl = ngx.var.gateway_url .. "/welcome", sendInvitationMessage = true,
  }
  if not invitation then
    if err.retriable ~= "unknown" then
      ngx.shared.gateway:delete("to " .. fields.mail:lower())
    end
    return show_failure(err, "an invitation")
  end
  local id = invitation.invitedUser.id
  return ngx.redirect("/status?new=1&reference=" .. id .. "." .. sign(id), 303)
end

-- A form that has been sent.
local function receive(self)
  ngx.req.read_body()
  local given = ngx.req.get_post_args(20) or {}
  local fields = { mail = trim(given.mail), name = trim(given.name) }
  if too_often("from " .. ngx.var.remote_addr, PER_MINUTE, 60) then
    ngx.header["Retry-After"] = 60
    return show(429, page.message("Too many forms", "Wait a minute, then try again."))
  elseif not is_ours(given.token) then
    return show_form(403, fields, { form = "This form is too old. Send it once more." })
  end
  local found = faults(fields)
  if found then
    return show_form(422, fields, found)
  elseif too_often("to " .. fields.mail:lower(), 1, AGAIN) then
    return show_form(429, fields, { mail = "A mail is on its way to this address. Look for it, or"
      .. " try again in ten minutes." })
  end
  return invite(self, fields)
end

local function tell(self)
  local reference = trim(ngx.req.get_uri_args().reference)
  local id, mac = reference:match "^([%x-]+)%.([%w_-]+)$"
  if reference == "" then
    return show(200, page.look_up())
  elseif not id or not is_signed(id, mac) then
    return show(422, page.look_up(reference, "This is none of our references."))
  end
  local user, err = self.client.users:get(id, { select = "displayName,externalUserState" })
  if not user then
    return show_failure(err, "a look-up")
  end
  show(200, page.status(user, reference, ngx.var.arg_new ~= nil))
end

local ROUTES = {
  ["GET /"] = function() show_form(200) end,
  ["POST /"] = receive,
  ["GET /status"] = tell,
  ["GET /welcome"] = function()
    show(200, page.message("Welcome", "You have accepted the invitation. You can close this page."))
  end,
}

--- Answers the request that nginx has at hand.
function Gateway:serve()
  local method = ngx.req.get_method()
  local route = ROUTES[(method == "HEAD" and "GET" or method) .. " " .. ngx.var.uri]
  if not route then
    return show(404, page.message("Not found", "There is no such page here."))
  end
  return route(self)
end

return {
  new = function()
    return setmetatable({
      client = graphinvite.new {
        auth = graphinvite.auth.environment(), base_url = os.getenv "GRAPHINVITE_BASE_URL",
        authority = os.getenv "GRAPHINVITE_AUTHORITY", deadline = 20,
      },
    }, Gateway)
  end,
}
