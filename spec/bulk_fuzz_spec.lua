-- Inputs made by chance from one seed: whatever is in a file, it gives rows or faults, with the
-- lines where they are.
local check = require "graphinvite.workflows.bulk.check"
local csv = require "graphinvite.workflows.bulk.csv"
local input = require "graphinvite.workflows.bulk.input"
local randoms = require "graphinvite.emulator.random"

local ROUNDS = 300

local TITLES = {
  "version:v1.0\nEmail address to invite [inviteeEmail] Required,Redirection url "
    .. "[inviteRedirectURL] Required,Send invitation message (true or false) [sendEmail],"
    .. "Customized invitation message [customizedMessageBody]\n",
  "email,redirect,send,message\r\n",
  "mail;redirectUrl;sendEmail;message;name\n",
}

local ROWS = {
  "guest%d@fabrikam.example,https://app.contoso.example,true,Hello\n",
  "guest%d@fabrikam.example,https://app.contoso.example,FALSE,\r\n",
  'guest%d@fabrikam.example,https://app.contoso.example,,"Dear ""you"",\nwelcome\r\n\n"\n',
  "zoë%d@münchen.example,https://app.contoso.example,true,Grüße 李\n",
  '"guest%d@fabrikam.example","https://app.contoso.example","true",""\r\n',
  "guest%d@fabrikam.example;https://app.contoso.example;true;;Zoë\n",
  '{"invitedUserEmailAddress":"guest%d@fabrikam.example",'
    .. '"inviteRedirectUrl":"https://app.contoso.example",'
    .. '"invitedUserMessageInfo":{"customizedMessageBody":"a\\nb"}}\n',
  "\n", ",,,\n",
}

local PIECES = {
  '"', '""', ",", ";", "\n", "\r", "\r\n", "\0", "\255\254", "\239\187\191", "\195", "é", "\t", " ",
  "{", "}", "[", "]", ":", "\\u0000", "null", "version:v1.0", "[inviteeEmail]", "@", "=1+1", "true",
}

local function bytes(random, n)
  local parts = {}
  for i = 1, n do
    parts[i] = string.char(random:draw() % 256)
  end
  return table.concat(parts)
end

local function pick(random, list)
  return list[random:draw() % #list + 1]
end

-- A sound file, but for rows of other kinds of files.
local function file(random)
  local parts = { random:draw() % 8 > 0 and pick(random, TITLES) or "" }
  local mixed, kind = random:draw() % 4 == 0, pick(random, ROWS)
  for i = 1, random:draw() % 12 do
    parts[#parts + 1] = (mixed and pick(random, ROWS) or kind):gsub("%%d", tostring(i))
  end
  return table.concat(parts)
end

-- Changes to a text; each gives another.
local CHANGES = {
  function(text, random, at) return text:sub(1, at) .. pick(random, PIECES) .. text:sub(at + 1) end,
  function(text, random, at) return text:sub(1, at) .. text:sub(at + 1 + random:draw() % 9) end,
  function(text, random, at) return text:sub(1, at) .. bytes(random, 3) .. text:sub(at + 4) end,
  function(text, _, at) return text:sub(1, at) end,
  function(text, _, at) return text:sub(at + 1) end,
  function(text, random, at)
    return text:sub(1, at) .. text:sub(random:draw() % (#text + 1) + 1)
  end,
  function(text, random, at)
    return text:sub(1, at) .. ("x"):rep(random:draw() % 2 * 70000) .. text:sub(at + 1)
  end,
}

local MAKERS = {
  { "random bytes", function(random) return bytes(random, random:draw() % 400) end },
  { "pieces", function(random)
    local parts = {}
    for i = 1, random:draw() % 40 do
      parts[i] = pick(random, PIECES)
    end
    return pick(random, TITLES) .. table.concat(parts)
  end },
  { "files as they should be", file },
  { "changed files", function(random)
    local text = file(random)
    for _ = 1, random:draw() % 4 + 1 do
      text = pick(random, CHANGES)(text, random, random:draw() % (#text + 1))
    end
    return text
  end },
}

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

-- What a reader of records gives when it reads chunks of n bytes.
local function records(text, n)
  local at, found = 1, {}
  local reader = csv.reader(function()
    local chunk = text:sub(at, at + n - 1)
    at = at + n
    return chunk ~= "" and chunk or nil
  end)
  while true do
    local fields, line, why, field = reader:next()
    if fields == nil then
      return found
    end
    found[#found + 1] = { fields, line, why, field }
    assert.is_true(#found <= #text + 1, "it does not come to an end")
  end
end

describe("bulk input by chance", function()
  for _, maker in ipairs(MAKERS) do
    local name, make = maker[1], maker[2]
    it("has faults with their lines, or sound rows with theirs: " .. name, function()
      local random, sound = randoms.new(20261121), 0
      for round = 1, ROUNDS do
        local text = make(random)
        local handle = assert(io.tmpfile())
        handle:write(text)
        handle:seek "set"
        local lines, last = lines_of(text), 1
        local reader, faults = input.open(handle)
        for _, fault in ipairs(faults or {}) do
          local line = fault.line or last
          assert.is_true(line >= last and line <= #lines,
            ("round %d: %s"):format(round, tostring(fault)))
          assert.is_true(#fault.message > 0)
          last = line
        end
        if reader then
          sound, last = sound + 1, 0
          for row in reader:rows() do
            assert.is_true(row.line > last and row.line <= #lines)
            assert.is_truthy(lines[row.line]:find(row.address, 1, true), row.address)
            assert.is_true(check.body_is_sound(check.body(row), error))
            last = row.line
          end
        else
          assert.is_true(#faults > 0)
        end
        handle:close()
      end
      assert.is_true(sound > 0 or name == "random bytes" or name == "pieces", "none was sound")
    end)

    it("does not depend on how the bytes come: " .. name, function()
      local random = randoms.new(20261122)
      for _ = 1, ROUNDS / 3 do
        local text = make(random)
        if #text < 3000 then
          assert.same(records(text, 1e9), records(text, random:draw() % 30 + 1))
        end
      end
    end)
  end
end)
