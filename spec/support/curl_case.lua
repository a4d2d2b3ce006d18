--- What the specs of the curl module share: peers, pools and records, and their end.
local curl = require "graphinvite.curl"
local raw = require "spec.support.raw_server"

local M = {}

M.SAFE, M.UNSAFE = { safe = true }, { safe = false }
M.OK = raw.response("200 OK", "fine")
M.LIMIT = 20 -- seconds; no spec comes near it

local servers, pools = {}, {}

--- Closes and stops what the last spec has opened: for after_each.
function M.finish()
  for _, pool in ipairs(pools) do
    pool:close()
  end
  for _, server in ipairs(servers) do
    server:stop()
  end
  servers, pools = {}, {}
end

--- Has a server stopped at the end of the spec.
function M.keep(server)
  servers[#servers + 1] = server
  return server
end

--- Starts a server of raw bytes (raw_server.lua).
function M.serve(answers, listen)
  return M.keep(raw.start(answers, listen))
end

--- Opens a pool.
function M.open(options)
  local pool = assert(curl.pool(options))
  pools[#pools + 1] = pool
  return pool
end

function M.get(url)
  return { method = "GET", url = url, headers = {}, op = M.SAFE }
end

function M.post(url, body)
  return { method = "POST", url = url, headers = {}, body = body or "{}", op = M.UNSAFE }
end

--- Asserts how a call failed; its message must match every pattern.
function M.failed(reason, sent, patterns, response, message, got_reason, got_sent)
  assert(response == nil, "the call did not fail")
  local got = ("%s, sent = %s: %s"):format(got_reason, tostring(got_sent), message)
  assert(got_reason == reason and got_sent == sent, got)
  for _, pattern in ipairs(patterns) do
    assert(message:find(pattern), ("%q lacks %s"):format(message, pattern))
  end
end

return M
