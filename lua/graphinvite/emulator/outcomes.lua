--- How an invitation into a call ends: one row each, so that a correction is one row.
-- Reference 6.1 and 6.4; every time is INF but the 60 s of ringing (FIELD).
local M = {}

-- name = { seconds until the end, status, code, subcode, message, source of the code; diag = the
-- diagnostic code where it is not "code#subcode" }
M.ROWS = {
  answered = { 2, "Completed", source = "6.1" },
  declined = { 4, "Failed", 603, 0, "The call was declined.", source = "6.4 INF" },
  busy = { 2, "Failed", 486, 0, "The callee is busy.", source = "6.4 INF" },
  cancelled = { 4, "Failed", 487, 0, "The call was cancelled.", source = "6.4 INF" },
  no_answer = { 60, "Failed", 408, 10057, "No signalling from the callee.", source = "6.4 docs" },
  unreachable = { 3, "Failed", 480, 10076, "The callee is unreachable.", source = "6.4 docs" },
  number_not_found = { 3, "Failed", 480, 10134, "The number is unroutable.", source = "6.4 docs" },
  no_pstn = {
    1, "Failed", 412, 9999, "No PSTN content for the sponsor.", diag = "412#10073",
    source = "6.4 FIELD",
  },
  no_application_instance = {
    1, "Failed", 403, 10151, "The call lacks what dialling out needs: an application instance.",
    source = "6.4 FIELD, when 2.2 docs:participant-invite example 4, subcode and text INF",
  },
}

M.USUAL = "answered"
M.NO_NUMBER = "no_application_instance" -- of whoever has none and rings a telephone

---@class graphinvite.emulator.Outcome
---@field after number seconds from the invitation to the end
---@field status "Completed"|"Failed"
---@field result table? the resultInfo of a failure

--- The outcome of that name.
---@param name string a key of ROWS
---@param after number? seconds, where not the usual ones
---@return graphinvite.emulator.Outcome
function M.get(name, after)
  local row = M.ROWS[name]
  local outcome = { after = after or row[1], status = row[2] }
  if row[3] then
    outcome.result = {
      ["@odata.type"] = "#microsoft.graph.resultInfo",
      code = row[3], subcode = row[4],
      message = ("%s DiagCode: %s.@"):format(row[5], -- 1.9 FIELD
        row.diag or ("%d#%d"):format(row[3], row[4])),
    }
  end
  return outcome
end

return M
