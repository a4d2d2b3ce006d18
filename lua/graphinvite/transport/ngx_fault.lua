--- What to tell a person when a call over cosockets has failed. A text names scheme, host and port,
--- never a path, a query or a header's value.
local errors = require "graphinvite.errors"

local M = {}

-- Of nginx's words, a pattern; reason; text. Where %s stands, the server is named.
local CONNECTING = {
  { "^no resolver defined", "resolve", "nginx cannot look up the address of %s: its configuration "
    .. "lacks the directive resolver, such as \"resolver 127.0.0.53;\"" },
  { "could not be resolved", "resolve", "no address was found for %s: check the name, and the DNS "
    .. "server that nginx's directive resolver names" },
  { "^timeout$", "timeout", "no connection to %s in the time allowed: check the network, or raise "
    .. "the timeout" },
  { "refused", "connect", "%s does not accept connections: check that the server runs, and that a "
    .. "firewall or proxy lets this machine through" },
  { "^no such file", "connect", "nothing listens at the path of the option unix_socket on the way "
    .. "to %s: check the path, and that the server runs" },
  { "^proxy$", "connect", "the proxy did not let us through to %s: check the option proxy and its "
    .. "password" },
  { "permission denied", "connect", "nginx's worker may not open the connection to %s: check the "
    .. "rights of the socket in the option unix_socket" },
  { "", "connect", "no connection to %s: the other side, or a proxy in between, broke it off" },
}

local SHAKING_HANDS = {
  { "^timeout$", "timeout", "no TLS connection to %s in the time allowed: check the network, or "
    .. "raise the timeout" },
  { "host mismatch", "tls", "the certificate of %s is for another host name: check the URL" },
  { "^9: ", "tls", "the certificate of %s is not valid yet: check this machine's clock" },
  { "^10: ", "tls", "the certificate of %s has expired: the server needs a new one (or check this "
    .. "machine's clock)" },
  { "^18: ", "tls", "the certificate of %s is self-signed, its issuer is unknown: name it in "
    .. "nginx's directive lua_ssl_trusted_certificate" },
  { "^%d+: .*issuer", "tls", "the certificate of %s comes from an unknown issuer: name the "
    .. "issuer's certificate in nginx's directive lua_ssl_trusted_certificate" },
  { "^%d+: .*chain", "tls", "the chain of the certificate of %s is too long or has an unknown "
    .. "issuer: check nginx's directives lua_ssl_verify_depth and lua_ssl_trusted_certificate" },
  { "^%d+: ", "tls", "the certificate of %s was not accepted; nginx's error log says why" },
  { "^refused$", "tls", "the certificate of %s was not accepted; nginx's error log says why, and "
    .. "the directive lua_ssl_trusted_certificate names who is trusted" },
  { "", "tls", "the TLS handshake with %s failed: check that it speaks TLS on that port, and "
    .. "whether it wants a client certificate (options tls.cert and tls.key)" },
}

local UNANSWERED = {
  { "^timeout$", "timeout", "%s took the request but did not answer in the time allowed: raise the "
    .. "timeout, or ask the server what it did" },
  { "", "closed", "the connection to %s broke before the answer was complete; the request may have "
    .. "been carried out" },
}

-- What the parser says, by its reason.
local REFUSED = {
  malformed = "the answer of %s is not valid HTTP/1.1: %s; check that host and port are those of "
    .. "the API",
  too_large = "the answer of %s is too large: %s; raise max_body, or ask for less",
  closed = "%s closed the connection without a whole answer: %s; the request may have been carried "
    .. "out",
  memory = "while the answer of %s was read: %s",
}

local function fail(rows, url, why, sent)
  local server = url:match "^%a+://[^/?#]*"
  for _, row in ipairs(rows) do
    if tostring(why):lower():find(row[1]) then
      return errors.fail("transport", row[3]:format(server), { reason = row[2], sent = sent })
    end
  end
end

--- There is no connection.
---@param url string of the request
---@param why string nginx's words
---@return nil, graphinvite.Error
function M.connecting(url, why)
  return fail(CONNECTING, url, why, false)
end

--- There is a connection, but TLS has failed.
function M.shaking_hands(url, why)
  return fail(SHAKING_HANDS, url, why, false)
end

--- The request may have left.
function M.unanswered(url, why)
  return fail(UNANSWERED, url, why, true)
end

--- What came is no answer, or not a whole one.
---@param url string
---@param why string the parser's words
---@param reason string
function M.refused(url, why, reason)
  local message = REFUSED[reason]:format(url:match "^%a+://[^/?#]*", why)
  return errors.fail("transport", message, { reason = reason, sent = true })
end

--- Nothing was sent, and the text is ready.
---@param reason graphinvite.Reason
---@param message string
function M.unsent(reason, message)
  return errors.fail("transport", message, { reason = reason, sent = false })
end

--- There are no cosockets here; a later attempt changes nothing about that.
---@param phase string
function M.phase(phase)
  return M.unsent("aborted", ("nginx lets nothing be sent in the phase %s: begin the work there "
    .. "with ngx.timer.at(0, ...), whose function can make calls"):format(phase))
end

return M
