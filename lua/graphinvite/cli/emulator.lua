--- graphinvite emulator serve: the tenant behind a port.
local convert = require "graphinvite.cli.convert"
local status = require "graphinvite.cli.status"

local M = {}

local NO_HTTPD = "emulator serve needs graphinvite.httpd, which is built where libmicrohttpd is"
  .. " (Debian: libmicrohttpd-dev; LuaRocks: graphinvite-httpd)"

local CLOUDS = { "global", "usgov", "dod", "china" }

local fault, usage = status.fault, status.usage

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

-- What ends a server, and its status then: a service is stopped by TERM.
local STOPPED = { HUP = status.INTERRUPTED, INT = status.INTERRUPTED, TERM = status.DONE }

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
    return fault("the state cannot be written: " .. problem)
  elseif not ended then
    return fault(why)
  end
  return STOPPED[why] or status.DONE
end

local function tenant(args)
  table.insert(args.allow_host, args.host)
  local fine, emulator = pcall(require("graphinvite.emulator").new, {
    clock = "real", profile = args.profile, cloud = args.cloud, strict = args.strict,
    seed = args.seed, replication = args.replication, page_size = args.page_size,
    throttle = args.throttle, identity_header = args.identity_header,
    arc_directory = args.arc_directory, hosts = args.allow_host,
  })
  if not fine then
    return usage((tostring(emulator):gsub("^[^\n]-:%d+: ", "")))
  end
  return emulator
end

local function serve(args)
  local problem = tls_fault(args)
  if problem then
    return usage(problem)
  end
  local emulator, err = tenant(args)
  if not emulator then
    return nil, err
  end
  local found, server = pcall(require, "graphinvite.emulator.server")
  if not found then
    local missing = server:find("module 'graphinvite.httpd' not found", 1, true)
    return fault(missing and NO_HTTPD or server)
  end
  if args.state then
    local opened, damage = require("graphinvite.emulator.state").open(emulator, args.state)
    if not opened then
      return fault(damage)
    end
  end
  local signals = require("graphinvite.sys").signals { "HUP", "INT", "TERM" }
  local tls, why = certificate_of(args)
  if tls == nil then
    signals:close()
    return fault(why)
  end
  return run_server(server, {
    signals = signals, emulator = emulator, host = args.host, port = args.port,
    until_eof = args.until_eof, tls = tls or nil, own_links = args.redeem_links == "emulator",
  })
end

M.summary = "An emulated tenant."

M.commands = {
  {
    name = "emulator serve", run = serve, summary = "Serve an emulated tenant over HTTP.",
    options = {
      { "--port", "TCP port; 0 picks one that is free.", default = "0",
        convert = convert.whole(0, 65535), argname = "PORT" },
      { "--host", "Address to listen on; unless given only this machine gets in.",
        default = "127.0.0.1", argname = "ADDRESS" },
      { "--allow-host",
        "A further name under which controls and pages answer; may be repeated.", count = "*",
        argname = "NAME" },
      { "--redeem-links",
        "Where they lead: to a page of the emulator, or to the service's address.",
        choices = { "emulator", "service" }, default = "emulator" },
      { "--until-eof", "Stop when standard input ends.", flag = true },
      { "--profile", "What exists.", choices = { "modelled", "live" },
        env = "GRAPHINVITE_PROFILE" },
      { "--cloud", "Which national cloud it is.", choices = CLOUDS, env = "GRAPHINVITE_CLOUD" },
      { "--strict", "Refuse read-only properties in a body.", flag = true },
      { "--seed", "Where ids and chance begin.", convert = convert.whole(0, 2 ^ 53 - 1),
        argname = "N" },
      { "--replication", "Seconds until a new guest is seen.", convert = convert.seconds,
        argname = "SECONDS" },
      { "--page-size", "Items of a page.", convert = convert.whole(1, 2 ^ 53 - 1), argname = "N" },
      { "--state",
        "File that keeps the tenant: read at the start, written at the end and at a snapshot.",
        argname = "FILE" },
      { "--throttle", "Throttle as documented.", choices = { "documented" } },
      { "--identity-header", "The X-IDENTITY-HEADER of App Service.", argname = "TEXT" },
      { "--arc-directory", "Where Azure Arc's key files are written: it is an Arc machine.",
        argname = "DIRECTORY" },
      { "--tls", "Serve HTTPS with a certificate made at start.", flag = true },
      { "--tls-directory", "Where that certificate is written.", argname = "DIRECTORY" },
      { "--cert", "File with a certificate (PEM): serve HTTPS.", convert = convert.file,
        argname = "FILE" },
      { "--key", "File with the certificate's key (PEM).", convert = convert.file,
        argname = "FILE" },
    },
    examples = {
      "graphinvite emulator serve --port 8080 --replication 2",
      "graphinvite emulator serve --tls --state tenant.json",
    },
  },
}

return M
