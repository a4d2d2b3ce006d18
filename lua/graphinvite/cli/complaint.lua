--- What went wrong, on standard error: for people, or with --json as {"error":{…}}.
local records = require "graphinvite.cli.record"
local status = require "graphinvite.cli.status"
local text = require "graphinvite.cli.text"

local M = {}

-- What is told of an error beside its message, in this order.
local FIELDS = {
  "kind", "message", "hint", "status", "code", "request_id", "client_request_id", "retriable",
  "retry_after", "attempts", "result", "faults",
}

-- An error as one line of JSON.
local function error_json(err, exit_status)
  local members = { { "exit_status", exit_status } }
  for i, name in ipairs(FIELDS) do
    members[i + 1] = { name, err[name] }
  end
  return '{"error":' .. records.json(members) .. "}"
end

local function error_lines(err, clean)
  local code = err.code and err.code ~= "" and err.code .. ": " or ""
  local lines = { "graphinvite: " .. clean(code .. err.message) }
  local function add(label, value)
    if value ~= nil and value ~= "" then
      lines[#lines + 1] = ("  %s: %s"):format(label, clean(value))
    end
  end
  local inner = err.inner
  add("before that", type(inner) == "table" and inner.message or nil)
  add("what to do", err.hint or type(inner) == "table" and inner.hint or nil)
  if err.retriable == "unknown" then
    add("take care", "it may have taken effect; look before you repeat it")
  end
  add("request-id", err.request_id)
  add("client-request-id", err.request_id and err.client_request_id)
  return table.concat(lines, "\n")
end

---@param world graphinvite.cli.World
---@param err any
---@param exit_status integer
---@param json boolean?
function M.print(world, err, exit_status, json)
  if not status.is_error(err) then
    err = { kind = "fault", message = tostring(err):gsub("\n%s*", " | ") }
  end
  local function clean(value)
    return text.clean(tostring(value), world.err_ascii)
  end
  world.err:write(json and clean(error_json(err, exit_status)) or error_lines(err, clean), "\n")
end

return M
