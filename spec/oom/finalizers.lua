--- Finalizers that call the codec in the middle of itself.
local frame = ...
local case, told, read = frame.case, frame.told, frame.read

-- Leaves garbage that has a finalizer.
local function haunt(finalize)
  if newproxy then
    getmetatable(newproxy(true)).__gc = finalize
  else
    setmetatable({}, { __gc = finalize })
  end
end

-- Makes the collector go all the way round every few allocations, or seldom again.
local function collect_always(yes)
  if _VERSION == "Lua 5.4" then
    collectgarbage("incremental", yes and 1 or 200, yes and 1000 or 100, yes and 10 or 13)
  else
    collectgarbage("setpause", yes and 1 or 200)
    collectgarbage("setstepmul", yes and 1000000 or 200)
  end
  collectgarbage() -- from here on they hold
end

for _, direction in ipairs { "decode", "encode" } do
  case("finalizers that call the codec in the middle of " .. direction, function()
    local core = require "graphinvite.core"
    local kind, json = "microsoft.graph.inviteParticipantsOperation", read "seed-000-response"
    local value = core.decode(kind, json)
    local given = direction == "decode" and json or value
    local expected = { decode = told(value), encode = core.encode(kind, value) }
    expected.encode = told(expected.encode)
    local inside, met, fault, left = false, false, nil, 0
    local function finalize()
      met = met or inside
      if left == 0 then
        return
      end
      left = left - 1
      pcall(haunt, finalize)
      for name, input in pairs { decode = json, encode = value } do
        local ok, result, why = pcall(core[name], kind, input)
        local message = tostring(not ok and result or why)
        if ok and result and told(result) ~= expected[name] then
          fault = "a finalizer got another result"
        elseif not (ok and result) and not message:find("memory", 1, true) then
          fault = "a finalizer failed: " .. message
        end
      end
    end
    local work = function()
      local result, why
      met, left = false, 3
      collect_always(true)
      haunt(finalize)
      inside = true
      result, why = core[direction](kind, given)
      inside = false
      return result, why
    end
    return work, function(result, why)
      inside, left = false, 0
      collect_always(false)
      if fault then
        error(fault, 0)
      elseif not result then
        error(why, 0)
      end
      assert(told(result) == expected[direction], "another result")
      assert(met, "no finalizer came in the middle")
    end
  end)
end
