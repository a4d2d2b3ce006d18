--- Program: fills the emulator's tenant in process. Prints seconds for one create among the first
--- and among the last ten thousand, for a page of 100, and KiB of memory that the guests take.
local emulator = require "graphinvite.emulator"

-- A block is long enough for whole cycles of the collector: where a thousand creates are timed, one
-- cycle falls into them or none, and they cost three times as much or not.
local COUNT, BLOCK, PAGES = 100000, 10000, 200
local BODY = '{"invitedUserEmailAddress":"guest.%d@fabrikam.example",'
  .. '"inviteRedirectUrl":"https://myapp.contoso.com"}'

local tenant = emulator.new()

local function call(method, url, body)
  local response = tenant:handle {
    method = method,
    url = url,
    headers = { authorization = "Bearer emulator", ["content-type"] = "application/json" },
    body = body,
  }
  assert(response.status == 200 or response.status == 201, response.body)
end

local function resident()
  for line in io.lines "/proc/self/status" do
    local size = line:match "^VmRSS:%s*(%d+)"
    if size then
      return tonumber(size)
    end
  end
end

local before, blocks = resident(), {}
for first = 1, COUNT, BLOCK do
  local start = os.clock()
  for i = first, first + BLOCK - 1 do
    call("POST", "/v1.0/invitations", BODY:format(i))
  end
  blocks[#blocks + 1] = (os.clock() - start) / BLOCK
end
local memory = resident() - before
local start = os.clock()
for _ = 1, PAGES do
  call("GET", "/v1.0/invitations?$top=100")
end
print(blocks[1], blocks[#blocks], (os.clock() - start) / PAGES, memory)
