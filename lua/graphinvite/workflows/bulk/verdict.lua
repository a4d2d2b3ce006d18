--- What an answer means for its row and for the whole run. Pure.
local M = {}

local NOT_ALLOWED = "Guest invitations not allowed for your company"

local HINTS = {
  { code = "Directory_QuotaExceeded",
    hint = "the directory is full: remove objects or have the quota raised, then run again" },
  { code = "Authorization_RequestDenied",
    hint = "grant the application User.Invite.All and, for look-ups, User.Read.All, or give the "
      .. "person a role that may invite; then run again" },
}

--- Why a run must stop: what to do about it. nil where the refusal concerns one row only.
---@param err graphinvite.Error
---@return string? hint
function M.stops(err)
  if err.kind == "auth" then
    return err.hint or "sign in again, then run again"
  elseif err.kind ~= "graph" then
    return nil
  elseif err.status == 401 then
    return "the service takes no token of this sign-in: sign in again, then run again"
  elseif err.status ~= 403 then
    return nil
  end
  if tostring(err.message):find(NOT_ALLOWED, 1, true) then
    return "an administrator must allow guest invitations in the external collaboration settings; "
      .. "then run again"
  end
  for _, row in ipairs(HINTS) do
    if err.code == row.code then
      return row.hint
    end
  end
end

--- Seconds that the service asks to wait before it takes anything; false where it asks to wait and
--- does not say how long; nil where the call was not refused for that.
---@param err graphinvite.Error
---@return number|false|nil
function M.throttled(err)
  if err.status == 429 then
    return err.retry_after or false
  elseif err.status == 503 and err.retriable == true and err.retry_after then
    return err.retry_after
  end
end

---@param err graphinvite.Error of a POST
---@return "stopped"|"throttled"|"unsent"|"unknown"|"failed"
function M.of(err)
  if M.stops(err) then
    return "stopped"
  elseif M.throttled(err) ~= nil then
    return "throttled"
  elseif err.retriable == true then
    return "unsent"
  end
  return err.retriable == "unknown" and "unknown" or "failed"
end

return M
