--- The rows of the commands as an argparse parser.
local argparse = require "argparse"
local connection = require "graphinvite.cli.connection"
local output = require "graphinvite.cli.output"

local M = {}

local unpack = rawget(table, "unpack") or unpack -- luacheck: globals unpack

local PROPERTIES = { "args", "argname", "choices", "convert", "count", "default" }
local WIDEST, NARROWEST = 100, 40 -- columns of the help

-- Nothing is called by an empty word: it comes from a variable that is not set.
local function filled(text)
  if text == "" then
    return nil, "an argument is empty"
  end
  return text
end

local Builder = {}
Builder.__index = Builder

-- A flag that shows something in the place of running a command: argparse has no other way out
-- than an error.
function Builder:show_flag(command, names, help, text)
  return command:flag(names, help):action(function()
    self.shown = text()
    error "something is shown"
  end)
end

function Builder:option(command, row)
  local name = row[1]
  local kind = name:sub(1, 1) ~= "-" and "argument" or row.flag and "flag" or "option"
  local option = command[kind](command, name, row[2])
  if kind == "argument" then
    option:target(name:lower())
    option:argname(name)
  end
  if not row.flag then
    option:convert(filled)
  end
  for _, property in ipairs(PROPERTIES) do
    if row[property] then
      option[property](option, row[property])
    end
  end
  if row.env and self.getenv(row.env) then
    option:default(self.getenv(row.env))
  end
  return option
end

-- Adds rows, and rows of rows; gives those that are options.
function Builder:options(command, rows, added)
  added = added or {}
  for _, row in ipairs(rows) do
    if type(row[1]) == "table" then
      self:options(command, row, added)
    else
      local option = self:option(command, row)
      added[#added + 1] = row[1]:sub(1, 1) == "-" and option or nil
    end
  end
  return added
end

-- "ADDRESS", or "[NAME=TEXT...]", for each word that is no option.
local function arguments_of(rows, found)
  found = found or {}
  for _, row in ipairs(rows) do
    if type(row[1]) == "table" then
      arguments_of(row, found)
    elseif row[1]:sub(1, 1) ~= "-" then
      local name = row.argname or row[1]
      found[#found + 1] = row.args == "*" and ("[%s...]"):format(name)
        or row.args == "?" and ("[%s]"):format(name)
        or row.choices and table.concat(row.choices, "|") or name
    end
  end
  return table.concat(found, " ")
end

-- Fills a command from its row.
function Builder:command(command, row)
  command:add_help(false):description(row.summary)
  command:epilog("Examples:\n  " .. table.concat(row.examples, "\n  "))
  command:usage(("Usage: graphinvite %s [options] %s"):format(row.name,
    arguments_of(row.options)):gsub(" $", ""))
  command:action(function() self.chosen = row end)
  local options = self:options(command, row.options)
  if not row.plain then
    self:options(command, output.options, options)
  end
  options[#options + 1] = self:show_flag(command, "-h --help", "Show this help and exit.",
    function() return command:get_help() end)
  command:group("Options", unpack(options))
  if row.connects then
    command:group("Connection", unpack(self:options(command, connection.options)))
  end
end

-- The command that words name, below the parser; what is on the way is made.
function Builder:find(words)
  local command, path = self.parser, ""
  for word in words:gmatch "%S+" do
    path = path .. " " .. word
    if not self.made[path] then
      local new = command:command(word)
      new:target("command" .. path) -- no option is called so
      new:add_help(false):description(self.commands.groups[word] or "")
      if path ~= " " .. words then
        new:usage(("Usage: graphinvite%s COMMAND ..."):format(path))
        self:show_flag(new, "-h --help", "Show this help and exit.",
          function() return new:get_help() end)
      end
      self.made[path] = new
    end
    command = self.made[path]
  end
  return command
end

---@class graphinvite.cli.Parser
---@field parser table of argparse
---@field chosen graphinvite.cli.Command? what the words of parse have named
---@field shown string? what they ask to see in its place

--- The usage of the command that words begin with, and where there is more.
---@param words string[]
---@return string usage
---@return string hint
function Builder:usage(words)
  local path, command = "", self.parser
  for _, word in ipairs(words) do
    if not self.made[path .. " " .. word] then
      break
    end
    path = path .. " " .. word
    command = self.made[path]
  end
  return command:get_usage(), ("graphinvite%s --help"):format(path)
end

--- Parses words.
---@param words string[]
---@return table? args
---@return string? why
function Builder:parse(words)
  local ran, parsed, args = pcall(self.parser.pparse, self.parser, words)
  if not ran then
    if self.shown then
      return {}
    end
    error(parsed, 0)
  elseif not parsed then
    return nil, args
  end
  return args
end

--- Builds the parser of some commands.
---@param commands table of graphinvite.cli.Command, with groups
---@param world graphinvite.cli.World
---@return graphinvite.cli.Parser
function M.new(commands, world)
  local parser = argparse("graphinvite", "Invitations of Microsoft Graph."):add_help(false)
  parser:epilog "graphinvite COMMAND --help tells more about each."
  parser:help_max_width(math.max(NARROWEST, math.min(world.columns or 80, WIDEST)))
  parser:usage "Usage: graphinvite COMMAND ..."
  local self = setmetatable({
    parser = parser, commands = commands, getenv = world.getenv, made = {},
  }, Builder)
  self:show_flag(parser, "-h --help", "Show this help and exit.",
    function() return parser:get_help() end)
  self:show_flag(parser, "--version", "Show the version and exit.",
    function() return "graphinvite " .. require("graphinvite")._VERSION end)
  for _, row in ipairs(commands) do
    self:command(self:find(row.name), row)
  end
  return self
end

return M
