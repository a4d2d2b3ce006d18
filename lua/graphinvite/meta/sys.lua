---@meta graphinvite.sys -- spec/sys_spec.lua compares the names

---@class graphinvite.Lock
local lock = {}

--- Harmless the second time; the end of the process does it too.
function lock:release() end

---@class graphinvite.Draft
local draft = {}

---@param bytes string
---@return true?
---@return string? why where it fails the draft is thrown away
function draft:write(bytes) end

--- Puts the draft at its path, in place of what was there.
---@return true?
---@return string? why what was there stays
function draft:commit() end

--- Throws the draft away. Harmless the second time, and behind commit.
function draft:discard() end

---@class graphinvite.Signals
local signals = {}

--- Gives each signal that came once.
---@param seconds? number how long to wait for one; default 0. A signal that is not held ends the
---wait too
---@return ("HUP"|"INT"|"TERM")? name
function signals:caught(seconds) end

--- Puts back what was there before. Harmless the second time.
function signals:close() end

local sys = {}

--- Signals do not shorten it.
---@param seconds number 0 or more
function sys.sleep(seconds) end

---@return number seconds since 1970, with a fraction
function sys.wall() end

---@return integer
function sys.pid() end

--- Makes the file, or replaces it as a whole; only its owner may read it.
---@param path string
---@param bytes string
---@return true?
---@return string? why
function sys.write_private(path, bytes) end

--- A private file that is written piece by piece.
---@param path string
---@return graphinvite.Draft?
---@return string? why
function sys.draft(path) end

---@param path string
---@return integer? permission bits
---@return string? why
function sys.mode(path) end

--- Waits until nobody else has a lock on the path. The file is made where it is missing.
---@param path string
---@param seconds? number how long at most; unset: for ever
---@return graphinvite.Lock?
---@return string? why
function sys.lock(path, seconds) end

--- From now on these signals do nothing but be noted. What the process was started to ignore stays
--- ignored. Raises while others are open.
---@param names ("HUP"|"INT"|"TERM")[]
---@return graphinvite.Signals
function sys.signals(names) end

---@param fd integer file descriptor: 0, 1 or 2
---@return { columns: integer, rows: integer }? nil where it is no terminal
function sys.terminal(fd) end

--- Asks at the process's terminal, whatever the standard files are, and shows nothing of what is
--- typed. A signal acts as ever, once the terminal is as it was.
---@param prompt string
---@return string? text without the end of the line
---@return string? why
function sys.read_secret(prompt) end

return sys
