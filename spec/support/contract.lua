--- The contract of the emulator's hosts (see spec/contract/stories.lua): how a host is asked, and
--- how what it answers is written down.
local core = require "graphinvite.core"
local stories = require "spec.contract.stories"

local M = {}

M.ANSWERS = "spec/contract/answers.jsonl"
M.HOST = "localhost"

-- Headers that a host sets, and not the tenant.
local OF_THE_HOST = {
  connection = true, ["content-length"] = true, date = true, ["keep-alive"] = true, server = true,
  ["transfer-encoding"] = true,
}

-- What every answer has but where its line says otherwise; in a line, null is for a header that is
-- not there.
local USUAL = {
  ["content-type"] = "application/json;odata.metadata=minimal;odata.streaming=true;"
    .. "IEEE754Compatible=false;charset=utf-8",
  ["odata-version"] = "4.0",
  ["x-ms-ags-diagnostic"] = '{"ServerInfo":{"DataCenter":"Emulator","Slice":"E","Ring":"1",'
    .. '"ScaleUnit":"000","RoleInstance":"EMULATOR"}}',
}

-- The headers as a line has them.
local function unusual(headers)
  local list = {}
  for name, value in pairs(headers) do
    list[name] = USUAL[name] ~= value and value or nil
  end
  for name in pairs(USUAL) do
    if headers[name] == nil then
      list[name] = core.null
    end
  end
  return list
end

-- A case as a request record.
local function request_of(case)
  local headers = { Host = M.HOST, Authorization = "Bearer emulator" }
  if case.body ~= nil then
    headers["Content-Type"] = "application/json"
  end
  for name, value in pairs(case.headers or {}) do
    headers[name] = value or nil
  end
  local body = case.body
  return {
    method = case.method, url = case.path, headers = headers, op = { safe = true },
    body = type(body) == "table" and assert(core.encode(nil, body)) or body,
  }
end

-- The line of a case: its answer without what the host has put in.
local function line_of(story, case, response)
  local headers, body = {}, response.body or ""
  for name, value in pairs(response.headers) do
    headers[name] = not OF_THE_HOST[name] and value or nil
  end
  local is_json = (headers["content-type"] or ""):find("^application/json")
  local head = assert(core.encode(nil, {
    story = story.name, request = case.method .. " " .. case.path, status = response.status,
    headers = unusual(headers),
  }))
  local line = ('%s,"body":%s}'):format(head:sub(1, -2), is_json and body or core.encode(nil, body))
  return (line:gsub("https://" .. M.HOST, "http://" .. M.HOST))
end

--- Asks a host everything.
---@param send fun(request: table): table request and response records, the URL without a host
---@param visit fun(place: integer, line: string, response: table, case: table)
function M.run(send, visit)
  local place = 0
  for _, story in ipairs(stories) do
    assert(send(request_of { method = "POST", path = "/_emulator/reset" }).status == 200)
    for _, case in ipairs(story.cases) do
      place = place + 1
      local response = send(request_of(case))
      visit(place, line_of(story, case, response), response, case)
    end
  end
end

--- What asks an emulator in this process.
---@param emulator graphinvite.Emulator
---@return fun(request: table): table
function M.in_process(emulator)
  return function(request)
    local headers = {}
    for name, value in pairs(request.headers) do
      headers[name:lower()] = value
    end
    return emulator:handle {
      method = request.method, url = request.url, headers = headers, body = request.body,
    }
  end
end

return M
