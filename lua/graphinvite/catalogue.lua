--- What is generated from the core's tables: the README's table of operations, and the editor
--- types in meta.lua.
local core = require "graphinvite.core"

local M = {}

local LUA_TYPES = {
  ["Edm.String"] = "string",
  ["Edm.DateTimeOffset"] = "string",
  ["Edm.Boolean"] = "boolean",
  ["Edm.Int32"] = "integer",
  ["Edm.Int64"] = "integer|string",
  ["Edm.Untyped"] = "any",
}

local STATUS = {
  documented = "documented",
  schema = "schema only",
  generated = "generated pages only",
  superseded = "superseded page",
}

local function code(text)
  return "`" .. text .. "`"
end

--- The operations as a Markdown table.
---@return string
function M.operations_table()
  local lines = {
    "| Row | Facade | Request | Success | Status | Versions | Repeated |",
    "|:--|:--|:--|:--|:--|:--|:--|",
  }
  for _, row in ipairs(core.operations()) do
    lines[#lines + 1] = "| " .. table.concat({
      row.id,
      code(row.name),
      code(row.method .. " " .. row.path),
      table.concat(row.success, ", "),
      STATUS[row.status],
      table.concat(row.versions, ", "),
      row.safe and "yes" or "when not taken",
    }, " | ") .. " |"
  end
  return table.concat(lines, "\n") .. "\n"
end

-- "microsoft.graph.user" as the name of a class.
local function class_name(type_name)
  return "graphinvite.types." .. type_name:gsub("[^%w]", "_")
end

local function field_type(property)
  local name = LUA_TYPES[property.type]
  if property.values then
    local texts = {}
    for i, value in ipairs(property.values) do
      texts[i] = '"' .. value .. '"'
    end
    name = property.collection and "string" or table.concat(texts, "|") .. "|string"
  end
  name = name or class_name(property.type)
  if property.collection then
    name = (name:find("|", 1, true) and "(" .. name .. ")" or name) .. "[]"
  end
  return name
end

local function class(type_name)
  local described = core.describe(type_name)
  local head = "---@class " .. class_name(described.name)
  local inherited = {}
  if described.base then
    head = head .. ": " .. class_name(described.base)
    for _, property in ipairs(core.describe(described.base).properties) do
      inherited[property.name] = true
    end
  end
  local lines = { head .. " # " .. described.name .. (described.open and ", open" or "") }
  for _, property in ipairs(described.properties) do
    if not inherited[property.name] then
      local name = property.name
      if not name:find("^[%a_][%w_]*$") then
        name = '["' .. name .. '"]'
      end
      local note = property.read_only and " # set by the service" or ""
      lines[#lines + 1] = ("---@field %s? %s%s"):format(name, field_type(property), note)
    end
  end
  return table.concat(lines, "\n")
end

local CORE = [[
---@class graphinvite.CodecOptions
---@field unknown? "keep"|"refuse" names a type does not have; preset: keep where it is open
---@field int64? "number"|"string" how an Int64 is written (reference 3.5)
---@field status? "given"|"schema" operationStatus as given, or in the schema's spelling

---@class graphinvite.Operation
---@field id string row of the reference, section 2
---@field name string e.g. "invitations.create"
---@field method string
---@field path string with {placeholders}
---@field root? string tells rows of one name apart
---@field arguments integer
---@field sends? string type of the body
---@field expects? string type of the answer, or "count"
---@field answer "nothing"|"one"|"page"|"count"
---@field collection boolean the answer is a page
---@field success integer[]
---@field status "documented"|"schema"|"generated"|"superseded"
---@field clouds string[]
---@field versions string[]
---@field safe boolean may be repeated

local core = {}

---@type lightuserdata JSON's null
core.null = nil

---@param type string? e.g. "microsoft.graph.invitation", "Collection(microsoft.graph.user)"
---@param value any
---@param options? graphinvite.CodecOptions
---@return string? json
---@return string? why starts with the path of the property at fault
function core.encode(type, value, options) end

---@param type string?
---@param json string
---@return any value
---@return string? why starts with the path of the property at fault
function core.decode(type, json) end

---@return string[] names of all types
function core.types() end

---@param name string of a type or an enumeration
---@return table? description name, base, open, properties; or name, values
---@return string? why
function core.describe(name) end

---@generic T
---@param list? T[]
---@return T[] list marked, so that it is written as [] when it is empty
function core.array(list) end

---@param metatable? table becomes the mark of arrays, e.g. cjson.array_mt
---@return table metatable
function core.array_metatable(metatable) end

---@param value string|number
---@return integer|string|nil value an integer; on 5.1 and LuaJIT past 2^53 a string of digits
---@return string? why
function core.int64(value) end

---@param text string a JSON number
---@return userdata? number keeps its digits: tostring gives them, encode writes them
---@return string? why
function core.number(text) end

---@return graphinvite.Operation[]
function core.operations() end

---@param operation string|graphinvite.Operation
---@param arguments? string[] one per placeholder
---@param body? table
---@param options? table base_url, root, link, flavour, headers, user_agent, top, skip, filter, ...
---@return graphinvite.Request?
---@return string? why
function core.request(operation, arguments, body, options) end

---@param operation graphinvite.Operation
---@param response graphinvite.Response
---@return any value
---@return table? fault fields of a graphinvite.Error
function core.response(operation, response) end

---@param request graphinvite.Request
---@param parts? string[] is filled with the bytes in parts, for a socket that takes those
---@return string|string[]|nil bytes as they go out in HTTP/1.1, or parts
---@return string? why
function core.http1_request(request, parts) end

---@class graphinvite.Http1Parser takes one answer of HTTP/1.1 after the other
local parser = {}

---@param method string of the request; what the answer may have depends on it
---@param max_body? integer bytes
function parser:reset(method, max_body) end

---@param bytes string what has been received; nothing comes back while more has to
---@param spare? graphinvite.Response of record, or one that nobody reads any more: may be filled
---@return graphinvite.Response? response without its url
---@return boolean|string? keep whether the connection can be kept; or what is wrong
---@return graphinvite.Reason? reason
function parser:feed(bytes, spare) end

---@return graphinvite.Response? response the one that ends with its connection
---@return boolean|string? keep false; or what is wrong
---@return graphinvite.Reason? reason
function parser:finish() end

---@return graphinvite.Response response to be given as spare
function parser.record() end

---@param options? { method: string?, max_body: integer?, max_head: integer? }
---@return graphinvite.Http1Parser parser
function core.http1_parser(options) end

---@param word string
---@param list string[]
---@return string? nearest
function core.suggest(word, list) end

---@param text string
---@return string encoded for a segment of a path or a value in a query (RFC 3986)
function core.url_encode(text) end

---@param bytes string
---@param url? boolean base64url, which has no padding
---@return string text
function core.base64_encode(bytes, url) end

---@param text string of either alphabet, padded or not
---@return string? bytes
---@return string? why
function core.base64_decode(text) end

---@return number seconds of a clock that only goes forward
function core.clock() end

---@return number in [0, 1)
function core.random() end

---@return string GUID
function core.uuid() end
]]

local AUTH = [[
---@class graphinvite.Auth # graphinvite.auth: the ways to sign in
---@field static fun(value: string|fun(): string?, any): graphinvite.TokenSource
---@field client_secret fun(given: graphinvite.ClientSecretOptions): graphinvite.TokenSource
---@field certificate fun(given: graphinvite.CertificateOptions): graphinvite.TokenSource
---@field federated fun(given: graphinvite.FederatedOptions): graphinvite.TokenSource
---@field managed_identity fun(given?: graphinvite.ManagedIdentityOptions): graphinvite.TokenSource
---@field device_code fun(given: graphinvite.DeviceCodeOptions): graphinvite.TokenSource
---@field refresh_token fun(given: graphinvite.RefreshTokenOptions): graphinvite.TokenSource
---@field environment fun(getenv?: fun(name: string): string?): graphinvite.TokenSource
---@field stored fun(source: graphinvite.TokenSource, path: string): graphinvite.TokenSource]]

--- The text of meta.lua: types for editors that know LuaCATS.
---@return string
function M.meta()
  local parts = { "---@meta graphinvite.core -- made by graphinvite.catalogue; a spec compares" }
  for _, name in ipairs(core.types()) do
    parts[#parts + 1] = class(name)
  end
  parts[#parts + 1] = AUTH
  parts[#parts + 1] = CORE .. "\nreturn core\n"
  return table.concat(parts, "\n\n")
end

return M
