--- A transport that plays prepared answers on a virtual clock and notes what it was asked.
local errors = require "graphinvite.errors"

local M = {}

M.START = 1767225600 -- what the wall clock shows at first: 2026-01-01T00:00:00Z

local function copy(fields)
  local copied = {}
  for name, value in pairs(fields) do
    copied[name] = value
  end
  return copied
end

--- An answer is a response (status, headers with lower-case names, body), or a transport's error
--- (reason, sent); takes is how many seconds it needs, and beyond the timeout it does not come. A
--- function gives an answer for a request.
---@param answers table[] in order; the last one is repeated
---@return table transport with requests, sleeps and elapsed
function M.new(answers)
  local self = { requests = {}, sleeps = {}, elapsed = 0 }

  function self.send(request, timeout)
    local seen = copy(request)
    seen.headers, seen.timeout, seen.at = copy(request.headers), timeout, self.elapsed
    self.requests[#self.requests + 1] = seen
    local answer = answers[math.min(#self.requests, #answers)]
    if type(answer) == "function" then
      answer = answer(seen)
    end
    self.elapsed = self.elapsed + math.min(answer.takes or 0, timeout)
    if (answer.takes or 0) > timeout then
      answer = { reason = "timeout", sent = true }
    end
    if answer.reason then
      return errors.fail("transport", "the script says " .. answer.reason, {
        reason = answer.reason, sent = answer.sent,
      })
    end
    return {
      status = answer.status, headers = answer.headers or {}, body = answer.body or "",
      url = request.url,
    }
  end

  function self.sleep(seconds)
    assert(seconds >= 0, "a transport cannot sleep a negative time")
    self.sleeps[#self.sleeps + 1] = seconds
    self.elapsed = self.elapsed + seconds
  end

  function self.now()
    return self.elapsed
  end

  function self.wall()
    return M.START + self.elapsed
  end

  function self.random()
    return 0.5
  end

  return self
end

return M
