--- The refusals of the service: one row each, so that a correction is one row. A row's source
-- is the section of the reference and its tag.
local core = require "graphinvite.core"

local M = {}

local TOKEN = "InvalidAuthenticationToken"
local EXISTS = "The invited user already exists in the directory as object ID: %s"

-- key = { status, code, message, source =, target =, inner = innermost code }
M.ROWS = {
  token_empty = { 401, TOKEN, "Access token is empty.", source = "4.4 GEN" },
  token_no_jwt = {
    401, TOKEN, "IDX14100: JWT is not well formed, there are no dots (.).", source = "4.4 GEN",
  },
  token_unknown = {
    401, TOKEN, "CompactToken parsing failed with error code: 80049217", source = "4.4 FIELD",
  },
  token_expired = {
    401, TOKEN, "Lifetime validation failed, the token is expired.", source = "4.4 GEN",
  },
  token_audience = {
    401, TOKEN, "Access token validation failure. Invalid audience.", source = "4.4 GEN",
  },
  token_revoked = {
    401, TOKEN, "Access token has expired or is not yet valid.", source = "4.4 GEN, case INF",
  },
  token_claims = {
    401, TOKEN,
    "Continuous access evaluation resulted in challenge with result: InteractionRequired and code:"
      .. " TokenIssuedBeforeRevocationTimestamp",
    source = "7.6 docs, text GEN",
  },
  segment = {
    400, "BadRequest", "Resource not found for the segment '%s'.", source = "4.4 GEN",
  },
  forbidden = {
    403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.",
    source = "4.4 docs:json-batching",
  },
  method = {
    405, "Request_BadRequest",
    "Specified HTTP method is not allowed for the request target.", source = "4.4 docs",
  },
  resource = {
    404, "Request_ResourceNotFound",
    "Resource '%s' does not exist or one of its queried reference-property objects are not"
      .. " present.",
    source = "4.4 LIB",
  },
  not_acceptable = {
    406, "notSupported", "The service answers application/json only.",
    source = "4.2 docs, code and text INF",
  },
  unreadable = {
    400, "BadRequest",
    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload"
      .. " is of valid JSON format.",
    source = "4.4 GEN",
  },
  value = { 400, "Request_BadRequest", "%s", source = "4.4 FIELD" },
  read_only = {
    400, "Request_BadRequest", "The property '%s' is read-only and cannot be set.",
    source = "10 row 17 INF", inner = "propertyNotUpdateable",
  },
  query = { 400, "BadRequest", "%s", source = "4.4 docs", inner = "invalidQueryOption" },
  advanced = {
    400, "BadRequest", "This query of the directory needs %s.", source = "3.8 docs, payload INF",
    inner = "invalidQueryOption",
  },
  etag_stale = {
    412, "resourceModified", "The entity tag does not match: the resource was modified.",
    source = "4.2, codes 4.4 docs, text INF", inner = "entityTagDoesNotMatch",
  },
  etag_malformed = {
    400, "BadRequest", "The entity tag '%s' is malformed.", source = "4.4 docs, text INF",
    inner = "malformedEntityTag",
  },
  missing = { 400, "BadRequest", "The property '%s' is required.", source = "5.2 INF" },
  null = {
    400, "BadRequest", "The property '%s' may not be null.", source = "3.3 CSDL, payload INF",
  },
  email = {
    400, "BadRequest", "'%s' is not an e-mail address that can be invited.",
    source = "5.2 INF", target = "invitedUserEmailAddress",
  },
  redirect_url = {
    400, "BadRequest", "The property 'inviteRedirectUrl' must be an absolute http or https URL.",
    source = "5.2 INF", target = "inviteRedirectUrl",
  },
  user_type = {
    400, "BadRequest", "The property 'invitedUserType' must be 'Guest' or 'Member'.",
    source = "5.2 INF", target = "invitedUserType",
  },
  cc_recipients = {
    400, "BadRequest", "The property 'ccRecipients' takes one recipient only.",
    source = "5.2 INF", target = "invitedUserMessageInfo/ccRecipients",
  },
  own_domain = {
    400, "BadRequest",
    "This user cannot be invited because the domain of the user's email address is a verified"
      .. " domain of this directory.",
    source = "4.4 FIELD", target = "invitedUserEmailAddress",
  },
  blocked_domain = {
    403, "Forbidden",
    "This invitation is blocked by cross-tenant access settings. Admins in both your"
      .. " organization and the invited user's organization must configure cross-tenant access"
      .. " settings to allow the invitation.",
    source = "5.2 INF", target = "invitedUserEmailAddress",
  },
  exists = {
    400, "BadRequest",
    EXISTS .. ". They can use that account to sign in to shared apps and resources.",
    source = "4.4 FIELD",
  },
  exists_disabled = {
    400, "BadRequest",
    EXISTS .. ", but the account is blocked from signing in. If the account is unblocked, they"
      .. " can use that account to sign in to shared apps and resources.",
    source = "4.4 FIELD",
  },
  address_owned = {
    400, "BadRequest", "The address belongs to the object %s, in its 'proxyAddresses'.",
    source = "5.4 docs:troubleshoot, payload INF", target = "invitedUserEmailAddress",
  },
  reset_user = {
    400, "BadRequest", "The property 'invitedUser' needs an 'id' when 'resetRedemption' is true.",
    source = "5.5 INF", target = "invitedUser",
  },
  reset_address = {
    400, "BadRequest", "The address must be in the user's 'mail' or 'otherMails'.",
    source = "5.5 INF", target = "invitedUserEmailAddress",
  },
  id_taken = { 409, "Conflict", "The id '%s' is taken.", source = "4.2 INF", target = "id" },
  participants_many = {
    400, "BadRequest", "The parameter 'participants' takes at most 5 participants.",
    source = "2.2 INF", target = "participants",
  },
  bot_invited = {
    400, "BadRequest", "Another bot cannot be invited into a call.",
    source = "2.2 docs, payload INF", target = "participants",
  },
  call_not_group = {
    400, "BadRequest",
    "Several participants can be invited at once into a group call with a valid chatInfo only.",
    source = "2.2 docs, payload INF", target = "participants",
  },
  participant_twice = {
    400, "BadRequest", "The participant '%s' is in the call, or is being invited, already.",
    source = "6.1 docs:call, payload INF", target = "participants",
  },
  callback_uri = {
    400, "BadRequest", "The property 'callbackUri' must be an https URL.",
    source = "1.12 docs:call, payload INF", target = "callbackUri",
  },
  context_long = {
    400, "BadRequest", "The parameter 'clientContext' takes at most 256 characters.",
    source = "2.2 INF", target = "clientContext",
  },
  not_pending = {
    404, "NotFound", "No invitation of this tenant fits '%s'.", source = "emulator's control",
  },
  batch = { 400, "BadRequest", "%s", source = "4.6 docs, text INF" },
  dependency = {
    424, "FailedDependency", "A request that this one depends on failed.",
    source = "4.6 docs, text INF",
  },
  blocked = {
    403, "Forbidden",
    "Guest invitations not allowed for your company. Contact your company administrator for more"
      .. " details.",
    source = "4.4 docs, code INF",
  },
  throttled = {
    429, "TooManyRequests", "Please retry again later.", source = "4.4 old:throttling",
  },
  internal = { 500, "InternalServerError", "Unable to find target address", source = "4.4 FIELD" },
  gateway = { 502, "generalException", "Bad gateway.", source = "4.4 INF" },
  unavailable = {
    503, "ServiceUnavailable", "The service is not available.", source = "4.4 docs, text INF",
  },
  gateway_timeout = { 504, "generalException", "Gateway timeout.", source = "4.4 INF" },
  refused = { 400, "generalException", "The request was refused.", source = "emulator's control" },
  foreign_host = {
    403, "Forbidden",
    "Controls and pages do not answer under the name '%s': serve with --allow-host NAME, or give"
      .. " the emulator the name in its option hosts.",
    source = "emulator's control",
  },
  foreign_origin = {
    403, "Forbidden", "Controls and pages take nothing from pages of '%s'.",
    source = "emulator's control",
  },
  control = { 400, "BadRequest", "%s", source = "emulator's control" },
}

--- Makes any bytes fit for a message: valid UTF-8, of bounded length.
---@param text string
---@return string
function M.printable(text)
  if #text > 256 then
    text = text:sub(1, 256)
  end
  if core.encode(nil, text) then
    return text
  end
  return (text:gsub("[^\32-\126]", "?"))
end

---@class graphinvite.emulator.Problem
---@field status integer
---@field code string
---@field message string
---@field target string?
---@field details table[]?
---@field inner string? innermost error code
---@field headers table<string, string>? further headers of the answer, by lower-case name
local Problem = { __name = "graphinvite.emulator.Problem" }

function Problem:__tostring()
  return ("%d %s: %s"):format(self.status, self.code, self.message)
end

--- Makes a problem of a row.
---@param key string a key of ROWS
---@param subject string? what the message's %s stands for
---@param fields table? further fields of the problem
---@return graphinvite.emulator.Problem
function M.problem(key, subject, fields)
  local row = M.ROWS[key]
  local problem = {
    status = row[1], code = row[2], target = row.target, inner = row.inner,
    message = subject and row[3]:format(M.printable(subject)) or row[3],
  }
  for name, value in pairs(fields or {}) do
    problem[name] = value
  end
  return setmetatable(problem, Problem)
end

--- Refuses the request: raises a problem, which `errors.catch` turns into a value.
---@param key string a key of ROWS
---@param subject string?
---@param fields table?
function M.refuse(key, subject, fields)
  error(M.problem(key, subject, fields), 0)
end

--- Calls a function that may refuse. Any other error goes on its way.
---@param call function
---@return any? result
---@return graphinvite.emulator.Problem? problem
function M.catch(call, ...)
  local ok, result = pcall(call, ...)
  if ok then
    return result
  elseif getmetatable(result) == Problem then
    return nil, result
  end
  error(result, 0)
end

return M
