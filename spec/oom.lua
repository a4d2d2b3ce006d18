--- The cases of oom.c: this is what they share, the files in oom/ have them. Called with a
-- case's name, "FILE: CASE", it gets everything ready and returns the work, which is done
-- while memory is out, and the check of what the work returned. Called without a name it
-- returns all names.
local M = {}

local FILES = { "codec", "calls", "finalizers", "exchange", "crypto", "files", "http1" }

-- A text that says all of a value. It keeps none of the value's strings alive.
function M.told(value)
  if type(value) ~= "table" then
    return type(value) == "function" and "function" or type(value) .. " " .. tostring(value)
  end
  local parts = {}
  for key, member in pairs(value) do
    parts[#parts + 1] = M.told(key) .. " = " .. M.told(member)
  end
  table.sort(parts)
  return "{ " .. table.concat(parts, "; ") .. " }"
end

-- Makes the state as if none of our modules had been opened in it. Their objects must be gone:
-- they are known by the metatables in the registry.
local function forget_modules()
  local registry = debug.getregistry()
  collectgarbage()
  collectgarbage()
  for name in pairs(package.preload) do
    package.loaded[name] = nil
  end
  for name in pairs(registry) do
    if type(name) == "string" and name:find "^graphinvite%." then
      registry[name] = nil
    end
  end
end

-- The work that make() returns, which has the same results every time, and its check. The
-- check raises what does not fit. The work is done by modules that are as good as new.
function M.always(make)
  local expected
  do
    local work = make()
    expected = M.told { work() }
  end
  forget_modules()
  local work = make()
  collectgarbage()
  collectgarbage()
  return work, function(...)
    local value, why = ...
    local message = type(why) == "table" and why.message or why
    if not value and type(message) == "string" and message:find("out of memory", 1, true) then
      error(message, 0)
    end
    local got = M.told { ... }
    if got ~= expected then
      error("got " .. got .. " instead of " .. expected, 0)
    end
  end
end

-- Work that makes calls which fail; it returns why each of them did.
function M.faults(calls)
  return function()
    local reasons = {}
    for i, call in ipairs(calls) do
      local value, why = call[1](call[2], call[3], call[4], call[5])
      if value or why:find("out of memory", 1, true) then
        return value, why
      end
      reasons[i] = why
    end
    return reasons
  end
end

-- A text of spec/fixtures.
function M.read(name)
  local file = assert(io.open("spec/fixtures/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- Makes the cases of a file; returns them by name, and their names in order.
local function load_file(name)
  local cases, names = {}, {}
  M.case = function(title, prepare)
    cases[title] = prepare
    names[#names + 1] = name .. ": " .. title
  end
  assert(loadfile("spec/oom/" .. name .. ".lua"))(M)
  return cases, names
end

local wanted = ...
if wanted then
  local file, title = wanted:match "^(%w+): (.*)$"
  return load_file(file)[title]()
end
local all = {}
for _, file in ipairs(FILES) do
  local _, names = load_file(file)
  for _, name in ipairs(names) do
    all[#all + 1] = name
  end
end
return all
