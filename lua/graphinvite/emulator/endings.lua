--- Why a call is over: one row each, so that a correction is one row. Reference 6.4; the names and
-- texts are INF.
local M = {}

-- name = { code, subcode, message, source of the codes }
M.ROWS = {
  participant_left = { 200, 4521, "The other participant ended the call.", "docs:call-delete" },
  removed = { 200, 5300, "Another participant removed the application.", "docs:call-delete" },
  conversation_ended = { 200, 5001, "The conversation ended.", "docs:call-delete" },
  everyone_left = { 200, 5002, "Everyone left.", "docs:call-delete" },
  one_left = { 200, 5010, "Only one participant was left.", "docs:call-delete" },
  empty_roster = { 200, 5012, "The roster was empty.", "docs:call-delete" },
  nobody_joined = { 200, 5013, "Nobody joined.", "docs:call-delete" },
  no_host = { 200, 5014, "There was no host.", "docs:call-delete" },
  only_hidden = { 200, 5020, "Only hidden participants were left.", "docs:call-delete" },
  initiator_left = { 200, 5007, "The initiator left.", "docs:call-delete" },
  breakout_over = { 200, 5030, "The time of the breakout room is over.", "docs:call-delete" },
  lobby_timeout = { 200, 5855, "Nobody let the application in.", "docs:call-delete" },
  ended_by_bot = { 200, 7000, "The application ended the call.", "docs:call-delete" },
  transferred = { 200, 7015, "The call was transferred.", "docs:call-delete" },
  peer_left = { 200, 18503, "The peer left.", "docs:call-delete" },
  pstn_hung_up = { 200, 560000, "The telephone was hung up.", "docs:call-delete" },
  no_acknowledgement = { 408, 1106, "Nobody acknowledged the acceptance.", "docs:call-delete" },
  keep_alive_timeout = { 408, 8537, "The call was not kept alive.", "docs:call-delete" },
  no_signalling = { 408, 10057, "No signalling from the callee.", "docs:call-delete" },
  media_failure = { 410, 301005, "The media could not be connected.", "docs:call-delete" },
  no_endpoints = { 480, 10037, "The callee has no endpoint.", "docs:call-delete" },
  unreachable = { 480, 10076, "The callee is unreachable.", "docs:call-delete" },
  unroutable = { 480, 10134, "The callee is unroutable.", "docs:call-delete" },
  private_calling_disabled = { 480, 10199, "Private calling is disabled.", "docs:call-delete" },
  media_lost = { 500, 1005, "The media link was lost.", "docs:call-delete, FIELD" },
  pstn_error = { 500, 560500, "The telephone network failed.", "docs:call-delete, FIELD" },
}

--- The resultInfo of a call that has ended so.
---@param name string a key of ROWS
---@return table
function M.result(name)
  local row = M.ROWS[name]
  return {
    ["@odata.type"] = "#microsoft.graph.resultInfo", code = row[1], subcode = row[2],
    message = ("%s DiagCode: %d#%d.@"):format(row[3], row[1], row[2]), -- 1.9 FIELD
  }
end

return M
