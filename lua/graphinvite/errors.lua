--- The one error value, and how mistakes of the programmer are raised.
local M = {}

---@alias graphinvite.ErrorKind
---| "model"     a value does not fit the schema, ours or the service's
---| "auth"      no token could be had
---| "transport" the request or its answer did not get through
---| "graph"     the service refused
---| "deadline"  the time was over, or would have been
---| "cancelled" the caller no longer wants the result

---@alias graphinvite.Reason
---| "resolve" | "connect" | "tls" | "timeout" | "closed" | "too_large" | "malformed"
---| "aborted" | "memory" | "other"

---@class graphinvite.Error
---@field kind graphinvite.ErrorKind who noticed
---@field message string one sentence for a person
---@field hint string? what to do next
---@field status integer? HTTP status
---@field code string? Graph's own code, e.g. "Request_BadRequest"
---@field reason graphinvite.Reason? of a transport error
---@field sent boolean? of a transport error: false only when no byte of the request can have left
---@field request_id string? the service's name of the call
---@field client_request_id string? ours
---@field retry_after number? seconds
---@field retriable boolean|"unknown"? "unknown": it may have taken effect
---@field attempts integer? how often it was sent
---@field headers table<string, string>? of the response
---@field body string? of the response, for programs; never printed
---@field details table? of Graph's error
---@field inner_error table? of Graph's error
---@field result table? a failed operation's resultInfo
---@field inner graphinvite.Error? what this one came from
local mt = { __name = "graphinvite.Error" }

function mt:__tostring()
  local text = self.kind .. (self.code and " " .. self.code or "") .. ": " .. self.message
  return self.hint and text .. " (" .. self.hint .. ")" or text
end

---@param kind graphinvite.ErrorKind
---@param message string
---@param fields table? further fields; they are copied
---@return graphinvite.Error
function M.new(kind, message, fields)
  local err = setmetatable({ kind = kind, message = message }, mt)
  for name, value in pairs(fields or {}) do
    err[name] = value
  end
  return err
end

--- What a function returns that failed.
---@return nil
---@return graphinvite.Error
function M.fail(kind, message, fields)
  return nil, M.new(kind, message, fields)
end

---@param fault table as core.response gives it; it becomes the error
---@return graphinvite.Error
function M.from(fault)
  return setmetatable(fault, mt)
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == mt
end

--- An assert that works with error values on every Lua: 5.1's does not print tables.
---@generic T
---@param value T
---@param err any
---@return T
function M.check(value, err, ...)
  if value == nil or value == false then
    error(err == nil and "check failed: there is no value and no error" or tostring(err), 2)
  end
  return value, err, ...
end

local here = debug.getinfo(1, "S").source:gsub("errors%.lua$", "")

--- Raises a mistake of the programmer at the line of his that led to it: the first on the
--- stack that is not in this library.
---@param message string
function M.misuse(message)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and (info.what == "C" or info.what == "tail" or info.source:sub(1, #here) == here) do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(message, info and level or 1)
end

return M
