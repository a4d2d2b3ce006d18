--- The file of `serve --state`: what a server's tenant is between two runs of it.
local archive = require "graphinvite.emulator.archive"
local sys = require "graphinvite.sys"

local M = {}

-- The text of a file; nil alone where there is none.
local function read(path)
  local file, why, code = io.open(path, "rb")
  if not file then
    return nil, code ~= 2 and why or nil -- 2: ENOENT
  end
  local text, problem = file:read("*a")
  file:close()
  return text, problem
end

--- Brings back what a file has kept, where there is one, and keeps it there from now on.
---@param emulator graphinvite.Emulator
---@param path string
---@return boolean? done
---@return string? why
function M.open(emulator, path)
  local text, why = read(path)
  if text then
    local kept
    kept, why = archive.read(text)
    if kept then
      archive.bring_back(emulator, kept)
    else
      why = ("%s: %s: move the file away to begin anew"):format(path, why)
    end
  end
  if why then
    return nil, why
  end
  emulator.save = function()
    return sys.write_private(path, archive.write(emulator))
  end
  return true
end

return M
