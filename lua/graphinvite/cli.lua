--- The command line: each command is one row. Also the installed script.
local M = {}

-- Exit statuses (design, section 10).
local DONE, FAULT, USAGE, INTERRUPTED = 0, 1, 2, 130

-- What ends a server, and its status then: a service is stopped by TERM.
local STOPPED = { HUP = INTERRUPTED, INT = INTERRUPTED, TERM = DONE }

local NO_HTTPD = "emulator serve needs graphinvite.httpd, which is built where libmicrohttpd is"
  .. " (Debian: libmicrohttpd-dev; LuaRocks: graphinvite-httpd)"

local CLOUDS = { "global", "usgov", "dod", "china" }

-- Converters of argparse: text -> value | nil, message.
local function whole(minimum, maximum)
  return function(text)
    local value = text:find "^%d+$" and tonumber(text)
    if value and value >= minimum and value <= maximum then
      return value
    end
    return nil, ("'%s' is not a whole number from %d to %.0f"):format(text, minimum, maximum)
  end
end

local function seconds(text)
  local value = text:find "^[%d.]+$" and tonumber(text)
  return value, ("'%s' is not a number of seconds"):format(text)
end

local function pem(path)
  local file, why = io.open(path)
  if not file then
    return nil, why
  end
  local text = file:read "*a"
  file:close()
  return text or "", path
end

-- What is wrong with the options of TLS, or nil.
local function tls_fault(args)
  if (args.cert == nil) ~= (args.key == nil) then
    return "--cert and --key go together"
  elseif args.tls and args.cert then
    return "--tls makes a certificate: it does not go with --cert"
  elseif args.tls_directory and not args.tls then
    return "--tls-directory goes with --tls"
  end
end

-- The server's certificate; false where there is to be none.
local function certificate_of(args)
  if args.tls then
    return require("graphinvite.emulator.certificate").make(args.host, args.tls_directory)
  end
  return args.cert and { cert = args.cert, key = args.key } or false
end

-- Serves until the end or a signal, keeps the tenant where that is wanted, and takes away what only
-- served for it.
local function run_server(server, options)
  local ran, ended, why = xpcall(function() return server.run(options) end, debug.traceback)
  local save = options.emulator.save
  local saved, problem = true, nil
  if save then
    saved, problem = save()
  end
  if options.tls and options.tls.temporary then
    os.remove(options.tls.ca)
  end
  options.signals:close()
  if not ran then
    error(ended, 0)
  elseif not saved then
    return FAULT, "the state cannot be written: " .. problem
  elseif not ended then
    return FAULT, why
  end
  return STOPPED[why] or DONE
end

local function serve(args)
  local problem = tls_fault(args)
  if problem then
    return USAGE, problem
  end
  table.insert(args.allow_host, args.host)
  local fine, emulator = pcall(require("graphinvite.emulator").new, {
    clock = "real", profile = args.profile, cloud = args.cloud, strict = args.strict,
    seed = args.seed, replication = args.replication, page_size = args.page_size,
    throttle = args.throttle, identity_header = args.identity_header,
    arc_directory = args.arc_directory, hosts = args.allow_host,
  })
  if not fine then
    return USAGE, (tostring(emulator):gsub("^[^\n]-:%d+: ", ""))
  end
  local found, server = pcall(require, "graphinvite.emulator.server")
  if not found then
    local missing = server:find("module 'graphinvite.httpd' not found", 1, true)
    return FAULT, missing and NO_HTTPD or server
  end
  if args.state then
    local opened, damage = require("graphinvite.emulator.state").open(emulator, args.state)
    if not opened then
      return FAULT, damage
    end
  end
  local signals = require("graphinvite.sys").signals { "HUP", "INT", "TERM" }
  local tls, why = certificate_of(args)
  if tls == nil then
    signals:close()
    return FAULT, why
  end
  return run_server(server, {
    signals = signals, emulator = emulator, host = args.host, port = args.port,
    until_eof = args.until_eof, tls = tls or nil, own_links = args.redeem_links == "emulator",
  })
end

local function describe(args)
  local text, why = require("graphinvite.description").of(args.name, args.json)
  if not text then
    return USAGE, why
  end
  io.stdout:write(text)
  return DONE
end

-- Options are rows of argparse: names, help, then properties.
local COMMANDS = {
  {
    "emulator serve", serve, "Serve an emulated tenant over HTTP.",
    { "--port", "TCP port; 0 picks one that is free.", default = "0", convert = whole(0, 65535) },
    {
      "--host", "Address to listen on; unless given only this machine gets in.",
      default = "127.0.0.1",
    },
    {
      "--allow-host", "A further name under which controls and pages answer; may be repeated.",
      count = "*",
    },
    {
      "--redeem-links", "Where they lead: to a page of the emulator, or to the service's address.",
      choices = { "emulator", "service" }, default = "emulator",
    },
    { "--until-eof", "Stop when standard input ends.", flag = true },
    {
      "--profile", "What exists.", choices = { "modelled", "live" },
      env = "GRAPHINVITE_PROFILE",
    },
    {
      "--cloud", "Which national cloud it is.", choices = CLOUDS, env = "GRAPHINVITE_CLOUD",
    },
    { "--strict", "Refuse read-only properties in a body.", flag = true },
    { "--seed", "Where ids and chance begin.", convert = whole(0, 2 ^ 53 - 1) },
    { "--replication", "Seconds until a new guest is seen.", convert = seconds },
    { "--page-size", "Items of a page.", convert = whole(1, 2 ^ 53 - 1) },
    {
      "--state",
      "File that keeps the tenant: read at the start, written at the end and at a snapshot.",
    },
    { "--throttle", "Throttle as documented.", choices = { "documented" } },
    { "--identity-header", "The X-IDENTITY-HEADER of App Service." },
    { "--arc-directory", "Where Azure Arc's key files are written: it is an Arc machine." },
    { "--tls", "Serve HTTPS with a certificate made at start.", flag = true },
    { "--tls-directory", "Where that certificate is written." },
    { "--cert", "File with a certificate (PEM): serve HTTPS.", convert = pem },
    { "--key", "File with the certificate's key (PEM).", convert = pem },
  },
  {
    "describe", describe, "Show a type or an operation.",
    { "name", "Such as invitation, or invitations.create." },
    { "--json", "As JSON.", flag = true },
  },
}

local function add_option(command, row)
  local kind = row[1]:sub(1, 1) ~= "-" and "argument" or row.flag and "flag" or "option"
  local option = command[kind](command, row[1], row[2])
  for _, property in ipairs { "default", "choices", "convert", "count" } do
    if row[property] then
      option[property](option, row[property])
    end
  end
  if row.env and os.getenv(row.env) then
    option:default(os.getenv(row.env))
  end
end

-- The command that words name, below the parser; what is on the way is made.
local function find_command(parser, words, made)
  local command, path = parser, ""
  for word in words:gmatch "%S+" do
    path = path .. " " .. word
    made[path] = made[path] or command:command(word)
    command = made[path]
  end
  return command
end

local function build_parser()
  local parser = require "argparse"("graphinvite", "Invitations of Microsoft Graph.")
  local made = {}
  parser:flag("--version", "Show the version and exit."):action(function()
    print("graphinvite " .. require("graphinvite")._VERSION)
    os.exit(DONE, true)
  end)
  for _, row in ipairs(COMMANDS) do
    local command = find_command(parser, row[1], made)
    command:description(row[3])
    command:action(function(args) args.run = row[2] end)
    for i = 4, #row do
      add_option(command, row[i])
    end
  end
  return parser
end

local function complain(why)
  io.stderr:write("graphinvite: ", why, "\n")
end

--- Runs a command line.
---@param arguments string[]
---@return integer status for os.exit
function M.main(arguments)
  local parser = build_parser()
  local parsed, args = parser:pparse(arguments)
  if not parsed then
    io.stderr:write(parser:get_usage(), "\n")
    complain(args)
    return USAGE
  end
  local function run()
    return args.run(args)
  end
  local fine, status, why = xpcall(run, debug.traceback)
  if not fine then
    status, why = FAULT, tostring(status)
    if why:find "^[^\n]*interrupted!\n" then
      return INTERRUPTED
    end
  end
  if why then
    complain(why)
  end
  return status
end

if ... == "graphinvite.cli" then
  return M
end
os.exit(M.main(arg), true)
