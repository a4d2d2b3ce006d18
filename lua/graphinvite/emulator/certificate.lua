--- The certificate that a server makes for itself when it starts: it is what clients trust, too.
local keys = require "graphinvite.emulator.keys"

local M = {}

local NAMES = { "localhost", "127.0.0.1", "::1" }
local EVERY_ADDRESS = { ["0.0.0.0"] = true, ["::"] = true }
local DAYS = 365
local FILE = "graphinvite-ca.pem" -- in the directory that was asked for

-- What clients may call a server.
local function names_of(host)
  local names, known = {}, {}
  for _, name in ipairs { NAMES[1], NAMES[2], NAMES[3], not EVERY_ADDRESS[host] and host or nil } do
    names[#names + 1] = not known[name] and name or nil
    known[name] = true
  end
  return names
end

---@class graphinvite.emulator.Certificate
---@field cert string PEM
---@field key string PEM; it is in no file
---@field ca string path of the certificate
---@field temporary boolean nobody needs the file after the server

--- Makes a certificate, and writes it where clients can read it.
---@param host string address or name that the server listens on
---@param directory string? unset: a temporary file that only this user can read
---@return graphinvite.emulator.Certificate?
---@return string? why
function M.make(host, directory)
  local crypto, why = keys.crypto()
  local made
  if crypto then
    made, why = crypto.self_signed { names = names_of(host), days = DAYS }
  end
  if not made then
    return nil, why
  end
  local path = directory and directory .. "/" .. FILE or os.tmpname()
  local file
  file, why = io.open(path, "w")
  if not file or not file:write(made.certificate) or not file:close() then
    return nil, "cannot write the certificate: " .. (why or path)
  end
  return { cert = made.certificate, key = made.key, ca = path, temporary = directory == nil }
end

return M
