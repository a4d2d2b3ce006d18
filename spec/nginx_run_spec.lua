local nginx = require "spec.support.nginx"
local process = require "spec.support.process"

-- Runs a file of specs in nginx. Returns what was printed, without nginx's own words, and the
-- status.
local function run(text)
  local directory = process.directory()
  local file = assert(io.open(directory .. "/planted.lua", "w"))
  file:write(text)
  file:close()
  local said = process.output(("LUA_CPATH=%s';;' LUA_PATH='lua/?.lua;lua/?/init.lua;./?.lua;;'"
    .. " luajit spec/nginx/run.lua %s/planted.lua 2>&1; echo $?"):format(
    process.quote(nginx.modules() .. ";"), directory))
  os.execute("rm -r " .. directory)
  return said:match "^(.-)%s*(%d+)$"
end

-- what happens in a spec, what is printed, the status
local PLANTED = {
  { "that passes", "it('is good', function() end)", "^ok 1 %- is good\n1%.%.1$", "0" },
  { "that waits as nginx does", [[it("is good", function()
      ngx.sleep(0.001)
      assert.equal("timer", ngx.get_phase())
    end)]], "^ok 1 %- is good\n1%.%.1$", "0" },
  { "that fails", "it('is bad', function() assert.equal(1, 2) end)", "^not ok 1 %- is bad", "1" },
  { "that raises", "it('is bad', function() error('so') end)", "^not ok 1 %- is bad", "1" },
  { "that cannot be read", "it(", "^not ok 1 ", "1" },
  { "that would end nginx", "it('is bad', function() os.exit(0) end)", "^not ok 1 %- is bad.*"
    .. "a spec would have ended nginx", "1" },
  { "that kills its worker", [[it("is bad", function()
      io.popen("kill -9 $PPID"):close()
    end)]], "^$", "1" },
}

describe("busted inside nginx", function()
  for _, row in ipairs(PLANTED) do
    local name, text, printed, status = row[1], row[2], row[3], row[4]
    it("tells of a spec " .. name, function()
      local said, ended = run(text)
      assert.matches(printed, said)
      assert.equal(status, ended)
    end)
  end

  it("ends with the program that has started it, even in a spec that never ends", function()
    local said, status = run [==[it("is endless", function()
      io.write("nginx is ", io.open("/proc/self/stat"):read "*n", "\n")
      io.flush()
      os.execute [=[up=$PPID
        while [ "$(cat /proc/$up/comm)" != luajit ]; do up=$(cut -d ' ' -f 4 /proc/$up/stat); done
        kill -9 $up]=]
      while true do end
    end)]==]
    assert.equal("137", status)
    local pid = assert(said:match "nginx is (%d+)", said)
    os.execute("while kill -0 " .. pid .. " 2> /dev/null; do :; done")
  end)
end)
