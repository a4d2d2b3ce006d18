--- A headless Chromium for the specs of pages, driven over WebDriver: HTTP and JSON.
local core = require "graphinvite.core"
local process = require "spec.support.process"

local M = {}
local Browser = {}
Browser.__index = Browser

local LIMIT = 60 -- seconds of one command; a busy machine takes its time to start a browser
local PATIENCE = 20 -- seconds until what is waited for has come
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf" -- of the W3C's WebDriver
M.KEYS = { tab = "\238\128\132", enter = "\238\128\135", space = " " }

-- Chromium ends when the pipe to its driver does, so none outlives a driver that was killed.
local ARGUMENTS = {
  "--headless=new", "--remote-debugging-pipe", "--disable-dev-shm-usage", "--disable-gpu",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  "--disable-crash-reporter", "--disable-background-networking", "--no-first-run",
  "--no-sandbox", -- a sandbox cannot be had by root, nor in many a container
}

-- The least contrast of a page's texts with what is behind them, as WCAG counts it, and whose.
local CONTRAST = [[
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => (c /= 255) <= 0.04045 ? c / 12.92
      : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const numbers = (text) => text.match(/[\d.]+/g).map(Number);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let least = [99, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; text = walker.nextNode();) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility()) continue;
    const a = light(numbers(getComputedStyle(node).color)), b = light(behind(node));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least[0]) least = [contrast, text.data];
  }
  return least;
]]

-- Asks the driver. Returns what it answered; raises what it complains of.
local function ask(self, method, path, fields)
  local response = assert(self.transport.send({
    method = method, url = self.url .. path, headers = { ["Content-Type"] = "application/json" },
    body = fields and assert(core.encode(nil, fields)) or nil,
  }, LIMIT))
  local answer = assert(core.decode(nil, response.body))
  if response.status ~= 200 then
    error(("%s %s: %s"):format(method, path, answer.value.message:match "^[^\n]*"), 0)
  end
  return answer.value
end

-- Starts the driver, which chooses its port. It and the browser write to a directory of their own.
local function start_driver()
  local directory = process.directory()
  local child = process.spawn(("env TMPDIR=%s HOME=%s XDG_CONFIG_HOME=%s XDG_CACHE_HOME=%s"
    .. " chromedriver --port=0"):format(directory, directory, directory, directory), directory)
  local line = child.line
  while line do
    local port = line:match "started successfully on port (%d+)"
    if port then
      return child, "http://127.0.0.1:" .. port
    end
    line = child.out:read "*l"
  end
  child:stop()
  error "chromedriver has not started"
end

--- Starts a browser with a window of its own. Close it.
function M.open()
  local self = setmetatable({}, Browser)
  self.transport = require("graphinvite.transport.curl").new {}
  self.child, self.url = start_driver()
  local session = ask(self, "POST", "/session", { capabilities = { alwaysMatch = {
    browserName = "chrome", unhandledPromptBehavior = "ignore",
    ["goog:loggingPrefs"] = { browser = "ALL" },
    ["goog:chromeOptions"] = { args = core.array(ARGUMENTS) },
    timeouts = { script = PATIENCE * 1000, pageLoad = PATIENCE * 1000 },
  } } })
  self.url = self.url .. "/session/" .. session.sessionId
  self.pid = session.capabilities["goog:processID"]
  return self
end

function Browser:close()
  pcall(ask, self, "DELETE", "")
  self.child:stop()
end

function Browser:go(address)
  ask(self, "POST", "/url", { url = address })
end

--- Waits until it is at an address; there may be nothing to see.
function Browser:arrive(address)
  local finish = core.clock() + PATIENCE
  while ask(self, "GET", "/url") ~= address do
    if core.clock() > finish then
      error("it does not come to " .. address, 2)
    end
    -- The browser does the waiting, and breaks it off when it goes elsewhere.
    pcall(ask, self, "POST", "/execute/async", {
      script = "setTimeout(arguments[0], 50)", args = core.array {},
    })
  end
end

--- Runs the body of a JavaScript function.
---@return any its value
function Browser:run(script, ...)
  return ask(self, "POST", "/execute/sync", { script = script, args = core.array { ... } })
end

-- What there is to know of a page that does not come to what was waited for: its texts, whether it
-- is seen, and its last requests with when they began and ended.
local STATE = [[
  return JSON.stringify({ hidden: document.hidden, now: performance.now(), requests:
    performance.getEntriesByType("resource").slice(-6).map((entry) =>
      [entry.name, entry.startTime, entry.responseEnd, entry.responseStatus]) })
    + "\n" + document.body.innerText ]]

--- Waits until a JavaScript expression is true in the page, looking at each change and frame.
---@return any its value
function Browser:wait(expression)
  local script = [[
    const done = arguments[0];
    const look = () => { const value = EXPRESSION; value ? done(value) : setTimeout(look, 20); };
    look();
  ]]
  script = script:gsub("EXPRESSION", function() return "(" .. expression .. ")" end)
  local fine, value = pcall(ask, self, "POST", "/execute/async", {
    script = script, args = core.array {},
  })
  return fine and value or error(("%s never came: %s\n%s"):format(expression, tostring(value),
    tostring(self:run(STATE))), 2)
end

local function find(self, selector)
  return ask(self, "POST", "/element", { using = "css selector", value = selector })[ELEMENT]
end

--- Clicks as a person would; waits for the page that this leads to.
function Browser:click(selector)
  ask(self, "POST", "/element/" .. find(self, selector) .. "/click", {})
end

--- What a person reads.
function Browser:text(selector)
  return ask(self, "GET", "/element/" .. find(self, selector) .. "/text")
end

--- Role and name of an element for a screen reader.
function Browser:spoken(selector)
  local path = "/element/" .. find(self, selector)
  return ask(self, "GET", path .. "/computedrole"), ask(self, "GET", path .. "/computedlabel")
end

--- Presses a key.
---@param key string a character, or one of KEYS
function Browser:press(key)
  ask(self, "POST", "/actions", { actions = core.array { {
    type = "key", id = "keyboard",
    actions = core.array { { type = "keyDown", value = key }, { type = "keyUp", value = key } },
  } } })
end

--- Answers the question that the page asks in a box, as soon as it does.
function Browser:accept_alert()
  local finish = core.clock() + PATIENCE
  repeat
    local fine, why = pcall(ask, self, "POST", "/alert/accept", {})
    if not fine and core.clock() > finish then
      error(why, 2)
    end
  until fine
end

function Browser:resize(width, height)
  ask(self, "POST", "/goog/cdp/execute", {
    cmd = "Emulation.setDeviceMetricsOverride",
    params = { width = width, height = height, deviceScaleFactor = 1, mobile = false },
  })
end

--- Sets what the person prefers, such as { ["prefers-color-scheme"] = "dark" }.
function Browser:prefer(features)
  local list = core.array {}
  for name, value in pairs(features) do
    list[#list + 1] = { name = name, value = value }
  end
  ask(self, "POST", "/goog/cdp/execute", {
    cmd = "Emulation.setEmulatedMedia", params = { features = list },
  })
end

--- The least contrast of a text with what is behind it.
---@return { [1]: number, [2]: string } contrast and text
function Browser:contrast()
  return self:run(CONTRAST)
end

--- Enters a text where the focus of a field is put.
function Browser:type(selector, text)
  ask(self, "POST", "/element/" .. find(self, selector) .. "/value", { text = text })
end

--- What the console got to say since it was last asked.
---@return string[]
function Browser:console()
  local texts = {}
  for i, entry in ipairs(ask(self, "POST", "/se/log", { type = "browser" })) do
    texts[i] = entry.message
  end
  return texts
end

--- A picture of the page, as base64 of a PNG.
function Browser:screenshot()
  return ask(self, "GET", "/screenshot")
end

return M
