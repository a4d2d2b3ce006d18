--- What asking for a token came to, and for whom it is good.
local M = {}

---@class graphinvite.TokenAnswer
---@field token string?
---@field use_until number? on the transport's clock
---@field claims string? what the token was asked for
---@field err graphinvite.Error? where there is no token
---@field refused_until number? asking again before changes nothing
---@field over graphinvite.Error? nobody has answered in time

--- Tells whether its token is good for a call now.
---@param answer graphinvite.TokenAnswer?
---@param call graphinvite.Exchange
---@return boolean?
function M.is_good(answer, call)
  return answer and answer.token and answer.token ~= call.rejected
    and call.transport.now() < answer.use_until
    and (not call.claims or call.claims == answer.claims)
end

--- Tells whether it is a refusal that a call would only get again.
---@param answer graphinvite.TokenAnswer?
---@param call graphinvite.Exchange
---@return boolean?
function M.is_refusal(answer, call)
  return answer and answer.refused_until and call.transport.now() < answer.refused_until
    and answer.claims == call.claims
end

--- Tells whether it is the answer of a call that has waited for it, too. One whose own time was
--- over, or that was asked for other claims, leaves the asking to us.
---@param answer graphinvite.TokenAnswer
---@param call graphinvite.Exchange
---@return boolean
function M.serves(answer, call)
  if answer.token then
    return answer.token ~= call.rejected and (not call.claims or call.claims == answer.claims)
  end
  return answer.err.kind ~= "deadline" and call.claims == answer.claims
end

return M
