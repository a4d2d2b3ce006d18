--- One call with all its attempts: token, sending, waiting, one deadline.
local clouds = require "graphinvite.clouds"
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

-- Puts a token on the request, where its origin may have one.
local function authorize(transport, tokens, settings, request, rejected)
  local source = settings.auth
  if not source then
    return true
  end
  local origin = clouds.origin(request.url)
  if not settings.origins[origin] then
    return errors.fail("model", "no token goes to " .. tostring(origin), {
      hint = "list the origin in the option hosts if it may have one",
    })
  end
  local token, err = tokens:token(source, {
    transport = transport,
    authority = settings.authority,
    scope = settings.scope,
    timeout = settings.timeout,
  }, rejected)
  if not token then
    return nil, err
  end
  request.headers.Authorization = "Bearer " .. token
  return true, token
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

-- Sends once. Gives the value, or nil and an error.
local function attempt_once(transport, settings, request, deadline, last)
  local left = deadline - transport.now()
  if left <= 0 then
    return nil, past_deadline(settings, last)
  end
  if settings.on_request then
    settings.on_request(redact.record(request))
  end
  local response, err = transport.send(request, math.min(settings.timeout, left))
  if not response then
    if err.reason == "timeout" and left <= settings.timeout then
      err.retriable = request.op.safe or err.sent == false or "unknown"
      return nil, past_deadline(settings, err)
    end
    return nil, err
  end
  if settings.on_response then
    settings.on_response(redact.record(response), redact.record(request))
  end
  local value, fault = core.response(request.op, response)
  if value == nil then
    return nil, failure(request, response, fault)
  end
  return value
end

-- How long to wait before the next attempt; nil and the final error when there is none.
local function next_wait(transport, settings, request, err, attempt, deadline)
  if err.kind == "deadline" then
    return nil, err
  end
  local safe = request.op.safe or settings.repeat_unsafe
  err.retry_after = err.headers and retry.retry_after(err.headers, transport.wall())
  local wait, retriable = retry.delay({
    safe = safe,
    status = err.status,
    sent = err.sent,
    reason = err.reason,
    retry_after = err.retry_after,
    repeat_on_503 = settings.repeat_on_503,
  }, attempt, settings.retry, transport.random or core.random)
  err.retriable = retriable
  if wait and wait >= deadline - transport.now() then
    return nil, past_deadline(settings, err, wait)
  end
  return wait, err
end

--- Sends a request until it is answered or must not be repeated.
---@param transport graphinvite.Transport
---@param tokens table cache of tokens
---@param settings table resolved options of this call
---@param request graphinvite.Request
---@return any value what the operation gives; true where it gives nothing
---@return graphinvite.Error?
function M.run(transport, tokens, settings, request)
  local deadline = transport.now() + settings.deadline
  local attempt, renewed = 0, false
  local waits, last
  local ok, token = authorize(transport, tokens, settings, request)
  if not ok then
    return nil, token
  end
  while true do
    attempt = attempt + 1
    local value, err = attempt_once(transport, settings, request, deadline, last)
    if value ~= nil then
      return value
    end
    local wait
    if err.status == 401 and not renewed and (settings.auth or {}).renewable then
      renewed = true
      ok, token = authorize(transport, tokens, settings, request, token)
      wait, err = ok and 0 or nil, ok and err or token
    else
      wait, err = next_wait(transport, settings, request, err, attempt, deadline)
    end
    if not wait then
      err.attempts, err.waits = attempt, waits
      err.client_request_id = err.client_request_id or request.headers["client-request-id"]
      return nil, err
    end
    last = err
    if wait > 0 then
      waits = waits or {}
      waits[#waits + 1] = wait
      say(settings, "info", "attempt %d of %s failed, the next in %g s", attempt,
        tostring(request.op.name), wait)
      transport.sleep(wait)
    end
  end
end

return M
