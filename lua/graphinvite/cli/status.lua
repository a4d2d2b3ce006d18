--- What the command line ends with (design, section 10), and its own errors.
local errors = require "graphinvite.errors"

local M = {
  DONE = 0, FAULT = 1, USAGE = 2, SIGN_IN = 3, REFUSED = 4, ROWS = 5, UNREACHED = 6,
  INTERRUPTED = 130,
}

-- An error that the command line itself has noticed.
local Complaint = { __name = "graphinvite.cli.Complaint" }

function Complaint:__tostring()
  return self.message
end

local function complaint(status, kind)
  return function(message, hint)
    return nil, setmetatable({
      exit_status = status, kind = kind, message = message, hint = hint,
    }, Complaint)
  end
end

--- What a command returns whose words or input are wrong.
---@type fun(message: string, hint: string?): nil, table
M.usage = complaint(M.USAGE, "usage")

--- What a command returns where something on this machine is wrong.
---@type fun(message: string, hint: string?): nil, table
M.fault = complaint(M.FAULT, "fault")

--- What a command returns that nobody has signed in for.
---@type fun(message: string, hint: string?): nil, table
M.sign_in = complaint(M.SIGN_IN, "auth")

--- What a command returns where the directory has no such thing.
---@type fun(message: string, hint: string?): nil, table
M.refused = complaint(M.REFUSED, "graph")

---@param value any
---@return boolean
function M.is_error(value)
  return errors.is(value) or getmetatable(value) == Complaint
end

local function of_auth(err)
  return (err.reason or err.retriable == true) and M.UNREACHED or M.SIGN_IN
end

-- An operation that has failed was carried out: its row is the one that failed.
local function of_graph(err)
  local status = err.status or 0
  if err.result then
    return M.ROWS
  elseif status == 401 then
    return M.SIGN_IN
  end
  return (status == 429 or status < 400 or status >= 500) and M.UNREACHED or M.REFUSED
end

-- Of an answer that cannot be read the service, or we, are to blame; else what was asked for.
local function of_model(err)
  return err.status and M.FAULT or M.USAGE
end

local KINDS = {
  model = of_model,
  auth = of_auth,
  graph = of_graph,
  transport = function() return M.UNREACHED end,
  deadline = function() return M.UNREACHED end,
  cancelled = function() return M.INTERRUPTED end,
}

--- The exit status that an error comes to.
---@param err any
---@return integer
function M.of(err)
  if not M.is_error(err) then
    return M.FAULT
  end
  if err.store then
    return M.FAULT -- the job's own place, not the service
  end
  return err.exit_status or KINDS[err.kind] and KINDS[err.kind](err) or M.FAULT
end

return M
