--- How a long run gets on: a bar that is drawn over on a terminal, or a plain line now and then.
-- Everything is ASCII, so that each character takes one column. Time comes as an argument.
local M = {}
local Progress = { __name = "graphinvite.cli.Progress" }
Progress.__index = Progress

local NARROWEST, WIDEST = 10, 40 -- columns of a bar with its brackets
local GAP = 2 -- columns between two facts
local EVERY = 10 -- seconds between two plain lines, unless the caller says otherwise

---@class graphinvite.cli.State
---@field done integer
---@field failed integer
---@field unknown integer
---@field skipped integer
---@field total integer
---@field rate number? rows a second
---@field eta number? seconds that are left
---@field wait number? seconds that a Retry-After still holds everything
---@field limit integer? calls that may be under way

local function finished(state)
  return state.done + state.failed + state.unknown + state.skipped
end

local function percent(state)
  local count = finished(state)
  return count >= state.total and 100 or math.floor(count * 100 / state.total)
end

--- A span of time in at most two units.
---@param seconds number
---@return string
function M.span(seconds)
  seconds = math.ceil(seconds)
  if seconds ~= seconds or seconds >= 360000 then
    return "over 99 h"
  elseif seconds < 60 then
    return ("%d s"):format(seconds)
  elseif seconds < 3600 then
    return ("%d:%02d min"):format(math.floor(seconds / 60), seconds % 60)
  end
  return ("%d:%02d h"):format(math.floor(seconds / 3600), math.floor(seconds % 3600 / 60))
end

--- Rows a second.
---@param rate number
---@return string
function M.rate(rate)
  return (rate < 9.95 and "%.1f/s" or "%.0f/s"):format(rate)
end

local function count_of(name)
  return function(state)
    return state[name] > 0 and ("%d %s"):format(state[name], name) or nil
  end
end

-- What is told, in this order: its weight where room is scarce, and its text.
local FACTS = {
  { 9, function(state) return ("%3d%%"):format(percent(state)) end },
  { 4, function() return ("-"):rep(NARROWEST) end },
  { 7, function(state) return ("%d/%d"):format(finished(state), state.total) end },
  { 8, count_of "failed" },
  { 3, count_of "unknown" },
  { 2, count_of "skipped" },
  { 5, function(state) return state.rate and state.rate > 0 and M.rate(state.rate) end },
  {
    6, function(state)
      return state.eta and finished(state) < state.total and M.span(state.eta) .. " left"
    end,
  },
  { 7.5, function(state) return state.wait and "throttled, " .. M.span(state.wait) end },
  { 1, function(state) return state.limit and ("%d at a time"):format(state.limit) end },
}

local BAR, COUNTS = 2, 4 -- places: of the bar; and the first that a plain line does not begin with

local BY_WEIGHT = {}
for i = 1, #FACTS do
  BY_WEIGHT[i] = i
end
table.sort(BY_WEIGHT, function(a, b) return FACTS[a][1] > FACTS[b][1] end)

local function draw(share, columns)
  local inside = columns - 2
  local full = math.floor(share * inside)
  return "[" .. ("#"):rep(full) .. ("-"):rep(inside - full) .. "]"
end

--- One line: as many facts as there is room for, and a bar in what is left.
---@param state graphinvite.cli.State
---@param columns integer of the terminal; the last one stays free
---@return string
function M.bar(state, columns)
  local room, texts = columns - 1, {}
  for _, i in ipairs(BY_WEIGHT) do
    local text = FACTS[i][2](state)
    local wide = text and #text + (next(texts) and GAP or 0)
    if wide and wide <= room then
      texts[i], room = text, room - wide
    end
  end
  if texts[BAR] then
    texts[BAR] = draw(percent(state) / 100, math.min(NARROWEST + room, WIDEST))
  end
  local parts = {}
  for i = 1, #FACTS do
    parts[#parts + 1] = texts[i]
  end
  return table.concat(parts, (" "):rep(GAP))
end

--- One line for a file or a pipe: every fact.
---@param state graphinvite.cli.State
---@return string
function M.line(state)
  local parts = { ("%d of %d rows"):format(finished(state), state.total) }
  for i = COUNTS, #FACTS do
    parts[#parts + 1] = FACTS[i][2](state) or nil
  end
  return table.concat(parts, ", ")
end

---@class graphinvite.cli.ProgressOptions
---@field write fun(text: string)
---@field columns (fun(): integer?)? of the terminal, asked each time; unset: plain lines
---@field quiet boolean? nothing is written
---@field every number? seconds between two plain lines

---@param given graphinvite.cli.ProgressOptions
---@return graphinvite.cli.Progress
function M.new(given)
  return setmetatable({
    write = given.write, columns = given.columns, quiet = given.quiet,
    every = given.every or EVERY, drawn = 0,
  }, Progress)
end

--- Shows a state: draws the bar over the last one, or writes a line when it is time.
---@param state graphinvite.cli.State
---@param now number seconds of any clock
function Progress:show(state, now)
  if self.quiet then
    return
  end
  self.state = state
  if self.columns then
    local columns = self.columns() or 80
    local text = M.bar(state, columns)
    self.write("\r" .. text .. (" "):rep(math.min(self.drawn, columns - 1) - #text))
    self.drawn = #text
  elseif not self.last then
    self.last = now
  elseif now - self.last >= self.every then
    self.last, self.told = now, state
    self.write(M.line(state) .. "\n")
  end
end

--- Takes the bar away, so that something else can be printed; the next show() draws it again.
function Progress:clear()
  if self.drawn > 0 then
    self.write("\r" .. (" "):rep(self.drawn) .. "\r")
    self.drawn = 0
  end
end

--- The last state stays; what is printed next begins on a line of its own.
function Progress:finish()
  if self.drawn > 0 then
    self.write "\n"
    self.drawn = 0
  elseif self.state and not self.columns and self.told ~= self.state then
    self.write(M.line(self.state) .. "\n")
  end
  self.state, self.told = nil, nil
end

return M
