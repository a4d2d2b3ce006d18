--- Program: graphinvite.httpd with a handler that tells what it got. Prints its port first.
-- Arguments are options of httpd.listen, such as max_body=1000; tls=DIR reads DIR/cert and DIR/key.
local httpd = require "graphinvite.httpd"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local options = {}
for _, word in ipairs(arg) do
  local name, value = word:match "^([%w_]+)=(.*)$"
  if name == "tls" then
    value = { cert = read(value .. "/cert"), key = read(value .. "/key") }
  end
  options[name] = tonumber(value) or value
end

-- By path: what is answered. All other paths tell what came.
local ANSWERS = {
  ["/created"] = { status = 201, headers = { Location = "/x", ["X-Two"] = "b" }, body = "{}" },
  ["/empty"] = { status = 204 },
  ["/refused"] = { status = 200, headers = { ["X-Bad"] = "a\r\nInjected: 1" } },
  ["/close"] = { status = 200, headers = { Connection = "close" }, body = "bye" },
}

local reached = 0 -- requests that came as far as here

local function tell(request)
  local lines = { request.method .. " " .. request.url }
  for name, value in pairs(request.headers) do
    lines[#lines + 1] = name .. ": " .. value
  end
  table.sort(lines, function(a, b) return a < b end)
  lines[#lines + 1] = "body " .. (request.body and #request.body or "none")
  lines[#lines + 1] = #(request.body or "") < 100 and request.body or nil
  return { status = 200, body = table.concat(lines, "\n") .. "\n" }
end

-- Files that this process has open: its connections and a few more.
local function open_files()
  local pipe = io.popen "ls /proc/$PPID/fd | wc -l"
  local count = pipe:read "*n"
  pipe:close()
  return { status = 200, body = ("%d"):format(count) }
end

local function answer(request)
  local size = request.url:match "^/big%?(%d+)$"
  if request.url == "/reached" then
    return { status = 200, body = tostring(reached) }
  elseif request.url == "/files" then
    return open_files()
  end
  reached = reached + 1
  return size and { status = 200, body = ("x"):rep(tonumber(size)) } or ANSWERS[request.url]
    or tell(request)
end

local server = assert(httpd.listen(options))
print(server:port())
io.stdout:flush()
local request, why
repeat
  request, why = server:step(60)
  if request then
    server:answer(request.id, answer(request))
  end
until why
print(why)
