--- Writes spec/contract/answers.jsonl: a line for each case of stories.lua, with what the emulator
--- in this process answers. Look at what changes.
local contract = require "spec.support.contract"
local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local json = require "spec.support.json_text"

local function number(text)
  local digits, power = text:match "^(.*)e(.*)$"
  power = tonumber(power)
  return power < 0 and text or digits .. ("0"):rep(power)
end

-- A node as text, members in the order of their names: so that only what changes changes.
local function write(node)
  if node.kind == "number" then
    return number(node.value)
  elseif node.value then
    return node.kind == "word" and node.value or assert(core.encode(nil, node.value))
  end
  local parts, names = {}, {}
  for i, item in ipairs(node.items or {}) do
    parts[i] = write(item)
  end
  for name in pairs(node.members or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = assert(core.encode(nil, name)) .. ":" .. write(node.members[name])
  end
  return (node.items and "[%s]" or "{%s}"):format(table.concat(parts, ","))
end

local file = assert(io.open(contract.ANSWERS, "w"))
local wrong = 0
contract.run(contract.in_process(emulators.new()), function(_, line, response, case)
  if response.status ~= case.status then
    io.stderr:write(("%s %s: %d, and not %d\n"):format(case.method, case.path, response.status,
      case.status))
    wrong = wrong + 1
  end
  file:write(write(json.parse(line)), "\n")
end)
file:close()
os.exit(wrong == 0)
