--- The answers of the authority: reference 7.2.
local authority_errors = require "graphinvite.emulator.authority_errors"
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"

local M = {}

---@param status integer
---@param value table
---@return table response
function M.json(status, value)
  return {
    status = status,
    headers = {
      ["content-type"] = "application/json; charset=utf-8",
      ["cache-control"] = "no-store",
      pragma = "no-cache",
    },
    body = core.encode(nil, value),
  }
end

--- The error body of a row.
---@param exchange graphinvite.emulator.Exchange
---@param key string in authority_errors.lua
---@param subject string?
---@return table response
function M.refuse(exchange, key, subject)
  local row = authority_errors.ROWS[key]
  local emulator, number = exchange.emulator, row[3]
  local timestamp = emulator.clock:date():gsub("T", " ")
  local trace, correlation = emulator.random:guid(), exchange.client_request_id
  local response = M.json(row[1], {
    error = row[2],
    error_description = ("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s"):format(
      number, authority_errors.message(key, subject), trace, correlation, timestamp),
    error_codes = { number },
    timestamp = timestamp,
    trace_id = trace,
    correlation_id = correlation,
    error_uri = ("%s/error?code=%d"):format(clouds.rows[emulator.options.cloud].authority, number),
    claims = row.claims,
  })
  response.headers["retry-after"] = row.retry_after and tostring(row.retry_after)
  return response
end

return M
