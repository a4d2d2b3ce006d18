--- Sources of tokens: one for each way in (reference 7.2 to 7.4). A source is a table whose
--- acquire(context) returns a token.

---@class graphinvite.Token
---@field access_token string
---@field expires number? on the transport's monotonic clock; nil is never
---@field renew number? when it is no longer used; unset: somewhat before its end
---@field refresh_token string?

---@class graphinvite.TokenSource
---@field key string? what its token depends on, without secrets; nil is not cached
---@field renewable boolean? asking again can give another token
---@field interactive boolean? a person is asked: that time is not the call's
---@field proof string? a secret, or what leads to it: workers of nginx share tokens of equal proof
---@field origin string? a secret that its tokens come from, where its key names no person
---@field authority string? root of its token endpoint, unless the client has one
---@field acquire fun(self: table, context: graphinvite.AuthContext): graphinvite.Token?, any

--- The call that needs a token, and what the token is for.
---@class graphinvite.AuthContext: graphinvite.Exchange
---@field authority string root of the token endpoint
---@field scope string e.g. "https://graph.microsoft.com/.default"
---@field claims string? JSON that the token must answer (reference 7.6)
---@field token_key string? names the token among others
---@field rejected string? the token that the service has refused
---@field refresh_token string? of the one before, where it was stored
---@field connect fun(settings: table): graphinvite.Transport?, graphinvite.Error? to elsewhere

---@type graphinvite.Auth
return {
  static = require("graphinvite.auth.static").new,
  client_secret = require("graphinvite.auth.client_secret").new,
  certificate = require("graphinvite.auth.certificate").new,
  federated = require("graphinvite.auth.federated").new,
  managed_identity = require("graphinvite.auth.managed_identity").new,
  device_code = require("graphinvite.auth.device_code").new,
  refresh_token = require("graphinvite.auth.refresh_token").new,
  environment = require("graphinvite.auth.environment").new,
  stored = require("graphinvite.auth.store").new,
}
