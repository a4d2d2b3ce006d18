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

-- An error from a response with a failure status.
local function failure(request, response)
  local _, fault = core.response(request.op, response)
  fault = errors.from(fault or { kind = "graph", message = "status " .. response.status })
  fault.headers = response.headers
  fault.body = fault.body and redact.text(fault.body)
  fault.message = redact.text(fault.message)
  return fault
end

local function attempt_once(transport, settings, request, deadline, last)
  local left = deadline - transport.now()
  if left <= 0 then
    return nil, past_deadline(settings, last)
  end
  if settings.on_request then
    settings.on_request(redact.record(request))
  end
  local response, err = transport.send(request, math.min(settings.timeout, left))
  if response and settings.on_response then
    settings.on_response(redact.record(response), redact.record(request))
  end
  if response and response.status >= 400 then
    return nil, failure(request, response), response
  end
  if err and err.reason == "timeout" and deadline - transport.now() <= 0 then
    err.retriable = request.op.safe or err.sent == false or "unknown"
    return nil, past_deadline(settings, err)
  end
  return response, err
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
---@return graphinvite.Response?
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
    local response, err = attempt_once(transport, settings, request, deadline, last)
    if response then
      return response
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
