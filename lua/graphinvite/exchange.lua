--- One call with all its attempts: token, sending, waiting, one deadline.
local challenge = require "graphinvite.auth.challenge"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local redact = require "graphinvite.redact"
local retry = require "graphinvite.retry"

local M = {}

local function say(settings, level, format, ...)
  if settings.log then
    settings.log(level, redact.text(format:format(...)))
  end
end

-- The error of a call whose time is over, or would be by the next attempt. What is known of the
-- last attempt decides whether it may be repeated; before the first one nothing was sent.
local function past_deadline(settings, err, wait)
  local message = ("the deadline of %g s is over"):format(settings.deadline)
  if wait then
    message = ("the next attempt may come in %g s, which is after the deadline"):format(wait)
  end
  local last = err or {}
  return errors.new("deadline", message, {
    inner = err,
    retriable = last.retriable == nil or last.retriable,
    retry_after = last.retry_after,
  })
end

-- What to do about an answer that Graph itself would not give.
local function hint_for(err, response, safe)
  if response.status < 300 and response.body:find("^%s*<") then
    return "this is a web page, not Graph's answer: check base_url, proxies and sign-in pages"
  elseif response.status < 300 or response.status >= 500 and not err.code then
    return safe and "the call may be repeated" or "look whether it took effect before you repeat it"
  end
end

-- The error that a response comes to.
local function failure(request, response, fault)
  local err = errors.from(fault)
  err.headers = response.headers
  err.body = err.body and redact.text(err.body)
  err.message = redact.text(err.message)
  err.hint = hint_for(err, response, request.op.safe)
  return err
end

-- Tells the log what came of an attempt; of its URL only the path.
local function tell(call, response, err, seconds)
  local request, headers = call.request, response and response.headers or {}
  say(call.settings, "debug", "%s %s: %s in %.3f s, request-id %s, client-request-id %s",
    request.method, request.url:match "^%a+://[^/?#]*([^?#]*)",
    response and ("%d"):format(response.status) or err.reason or err.kind, seconds,
    headers["request-id"] or "none", request.headers["client-request-id"] or "none")
end

--- Sends the request of a call once, within what is left of its time.
---@param call graphinvite.Exchange
---@param last graphinvite.Error? of the attempt before
---@return graphinvite.Response?
---@return graphinvite.Error?
function M.send(call, last)
  local transport, settings, request = call.transport, call.settings, call.request
  local begun, timeout = transport.now(), settings.timeout
  local left = call.deadline - begun
  if left <= 0 then
    return nil, past_deadline(settings, last)
  end
  if settings.on_request then
    settings.on_request(redact.record(request))
  end
  local response, err = transport.send(request, timeout < left and timeout or left, call.answer)
  if settings.log then
    tell(call, response, err, transport.now() - begun)
  end
  if response and settings.on_response then
    settings.on_response(redact.record(response), redact.record(request))
  end
  if err and err.reason == "timeout" and left <= timeout then
    err.retriable = request.op.safe or err.sent == false or "unknown"
    return nil, past_deadline(settings, err)
  end
  return response, err
end

-- How long to wait before the next attempt; nil and the final error when there is none.
local function next_wait(call, err, attempt)
  local transport, settings, op = call.transport, call.settings, call.request.op
  if err.kind == "deadline" then
    return nil, err
  end
  err.retry_after = err.headers and retry.retry_after(err.headers, transport.wall())
  local wait, retriable = (call.delay or retry.delay)({
    safe = op.safe or settings.repeat_unsafe,
    status = err.status,
    sent = err.sent,
    reason = err.reason,
    code = err.code,
    retry_after = err.retry_after,
    repeat_on_503 = settings.repeat_on_503,
  }, attempt, settings.retry, transport.random or core.random)
  err.retriable = retriable
  if wait and wait >= call.deadline - transport.now() then
    return nil, past_deadline(settings, err, wait)
  end
  return wait, err
end

---@class graphinvite.Exchange
---@field transport graphinvite.Transport
---@field settings table resolved options of this call
---@field request graphinvite.Request
---@field deadline number on the transport's clock
---@field delay fun(...)? a judge of attempts other than retry.delay
---@field rejected string? the token that the service has refused
---@field claims string? JSON that the next token must answer
---@field answer table? a response record for the transport to fill

--- Tries until there is a value or no further attempt makes sense.
---@param call graphinvite.Exchange
--- once gives a value; or nil, an error, and at times a verdict: "now" is again at once, "stop"
--- is not again.
---@param once fun(call: graphinvite.Exchange, last: any): any, any, string?
---@return any value
---@return graphinvite.Error?
function M.repeated(call, once)
  local attempt, waits, last = 0, nil, nil
  while true do
    attempt = attempt + 1
    local value, err, verdict = once(call, last)
    if value ~= nil then
      return value
    end
    local wait
    if verdict == "now" then
      wait = 0
    elseif verdict ~= "stop" then
      wait, err = next_wait(call, err, attempt)
    end
    if not wait then
      err.attempts, err.waits = err.attempts or attempt, err.waits or waits
      err.client_request_id = err.client_request_id or call.request.headers["client-request-id"]
      return nil, err
    end
    last = err
    if wait > 0 then
      waits = waits or {}
      waits[#waits + 1] = wait
      say(call.settings, "info", "attempt %d of %s failed, the next in %g s", attempt,
        tostring(call.request.op.name), wait)
      call.transport.sleep(wait)
    end
  end
end

-- Puts a token on the request. Its URL begins with base_url, or is a link that was looked at
-- before: both are origins that may have one. Gives the token.
local function authorize(call)
  local token, err = call.tokens:token(call.settings.auth, call)
  if token then
    call.request.headers.Authorization = "Bearer " .. token
  end
  return token, err
end

local function call_once(call, last)
  local source, token = call.settings.auth, nil
  if source then
    local refusal
    token, refusal = authorize(call)
    if not token then
      return nil, refusal, "stop"
    end
  end
  local response, err = M.send(call, last)
  if not response then
    return nil, err
  end
  local value, fault = core.response(call.request.op, response)
  if value ~= nil then
    return value
  end
  err = failure(call.request, response, fault)
  if err.status == 401 and source and source.renewable and not (last and last.status == 401) then
    call.rejected, call.claims = token, challenge.claims(err.headers)
    return nil, err, "now"
  end
  return nil, err
end

--- Sends a call's request until it is answered or must not be repeated.
---@param call graphinvite.Exchange its deadline begins now
---@return any value what the operation gives; true where it gives nothing
---@return graphinvite.Error?
function M.run(call)
  call.deadline = call.transport.now() + call.settings.deadline
  call.rejected = nil
  return M.repeated(call, call_once)
end

return M
