--- The loop of a run inside nginx: its tasks are light threads. Whatever waits in one of them, a
--- call of ours or any other, yields to nginx, and nginx lets the others go on.
local M = {}

local LONG = 3600 -- seconds; a task ends before

-- The phases in which nginx lets a thread wait.
local WAITS = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true,
  ssl_cert = true, ssl_session_fetch = true, ssl_client_hello = true,
}

local Light = {}
Light.__index = Light

--- Makes a task, which run begins. finished(value, err) is called when it has ended; an error that
--- was raised in it is then err.
---@param work fun(item: any): any, any
---@param finished fun(value: any, err: any)
---@return table task
function Light:spawn(work, finished) -- luacheck: no self
  return { work = work, finished = finished }
end

-- nginx keeps a thread that has ended until its parent has taken notice.
local function reap(self)
  local parent = coroutine.running()
  for i = #self.ended, 1, -1 do
    if self.ended[i].parent == parent then
      ngx.thread.wait(table.remove(self.ended, i).thread)
    end
  end
end

local function work_on(task, item)
  local ok, value, err = pcall(task.work, item)
  if ok then
    task.finished(value, err)
  else
    task.finished(nil, value == nil and "nil was raised" or value)
  end
end

--- Begins a task. It runs until it has to wait.
---@param task table
---@param item any what its work gets
function Light:run(task, item)
  if not self.semaphore then
    return work_on(task, item)
  end
  reap(self)
  local entry = { parent = coroutine.running() }
  entry.thread = ngx.thread.spawn(function()
    work_on(task, item)
    self.ended[#self.ended + 1] = entry
    self.semaphore:post(1)
  end)
end

--- A task does not outlive its item: nginx would wait for it before it ends the request.
function Light.rest() end

--- Waits until a task has ended.
---@param limit number? seconds that it may wait at the most
---@return boolean moved false when nothing came of the wait
function Light:step(limit)
  return (self.semaphore:wait(limit or LONG)) == true
end

--- There is nothing to watch: nginx does.
function Light.fds()
  return {}, nil
end

--- Tells whether threads can be begun and wait here. Where they cannot, no call can be made.
---@return boolean
function M.can_wait()
  return WAITS[ngx.get_phase()] == true
end

--- A loop; where nothing can wait a task of it is done when it has begun.
---@return table loop
function M.new()
  return setmetatable({
    semaphore = M.can_wait() and require("ngx.semaphore").new() or nil, ended = {},
  }, Light)
end

return M
