local lfs = require "lfs"
local process = require "spec.support.process"
local sys = require "graphinvite.sys"

local LIMIT = 30 -- seconds; nothing here comes near it

-- Holds the lock on its argument until its end.
local HOLDER = [[
local sys = require "graphinvite.sys"
local lock = assert(sys.lock(%q, 0))
print(sys.pid())
io.stdout:flush()
sys.sleep(3600)
lock:release()
]]

-- Adds to the number in a file, many times, each under a lock.
local ADDER = [[
local sys = require "graphinvite.sys"
local path = %q
for _ = 1, 200 do
  local lock = assert(sys.lock(path .. ".lock", 30))
  local file = io.open(path)
  local number = tonumber(file:read "*a")
  file:close()
  assert(sys.write_private(path, tostring(number + 1)))
  lock:release()
end
]]

describe("files", function()
  local directory

  before_each(function()
    directory = process.directory()
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  local function path(name)
    return directory .. "/" .. name
  end

  local function write(name, text)
    local file = assert(io.open(path(name), "wb"))
    file:write(text)
    file:close()
    return path(name)
  end

  local function read(name)
    local file = assert(io.open(path(name), "rb"))
    local text = file:read "*a"
    file:close()
    return text
  end

  local function names()
    local list = {}
    for name in lfs.dir(directory) do
      if name ~= "." and name ~= ".." then
        list[#list + 1] = name
      end
    end
    table.sort(list)
    return table.concat(list, " ")
  end

  -- A command that runs code with the modules of this program.
  local function command(code, name)
    local cpath = ("package.cpath = %q\n"):format(package.cpath)
    return process.lua(write(name or "code.lua", cpath .. code))
  end

  local function hold()
    local code = HOLDER:format(path "lock")
    return process.spawn(command(code, "holder.lua"), process.directory())
  end

  describe("write_private", function()
    it("makes a file that only its owner reads, whatever the umask", function()
      local code = ("require('graphinvite.sys').write_private(%q, 'x\\0y')"):format(path "made")
      for _, umask in ipairs { "000", "022", "777" } do
        process.output(("umask %s; "):format(umask) .. command(code))
        assert.equal("x\0y", read "made")
        assert.equal("600", process.output("stat -c %a " .. path "made"))
        os.remove(path "made")
      end
    end)

    it("replaces a file as a whole and takes other people's rights", function()
      write("old", ("long"):rep(10000))
      os.execute("chmod 644 " .. path "old")
      local opened = assert(io.open(path "old", "rb"))
      assert.is_true(sys.write_private(path "old", "new"))
      assert.equal(("long"):rep(10000), opened:read "*a") -- another file than the new one
      opened:close()
      assert.equal("new", read "old")
      assert.equal(tonumber("600", 8), sys.mode(path "old"))
      assert.equal("old", names())
    end)

    it("writes nothing, and a lot", function()
      for _, text in ipairs { "", ("x"):rep(2 ^ 22) } do
        assert.is_true(sys.write_private(path "file", text))
        assert.equal(text, read "file")
      end
    end)

    it("writes a path without a directory", function()
      local code = "assert(require('graphinvite.sys').write_private('here', 'x'))"
      process.output(("cd %s; "):format(directory) .. command(code))
      assert.equal("x", read "here")
    end)

    local REFUSED = {
      { "a symbolic link", "ln -s target name",
        "is a symbolic link: give the path of the file itself" },
      { "a symbolic link to nothing", "ln -s nothing name", "is a symbolic link" },
      { "a directory", "mkdir name", "is no regular file: give another path" },
      { "a pipe", "mkfifo name", "is no regular file: give another path" },
    }
    for _, row in ipairs(REFUSED) do
      it("refuses " .. row[1], function()
        write("target", "kept")
        os.execute(("cd %s && %s"):format(directory, row[2]))
        local done, why = sys.write_private(path "name", "x")
        assert.is_nil(done)
        assert.equal(1, why:find(path "name" .. ": " .. row[3], 1, true), why)
        assert.equal("kept", read "target")
        assert.equal("name target", names())
      end)
    end

    it("tells what is missing", function()
      local done, why = sys.write_private(path "no/file", "x")
      assert.is_nil(done)
      assert.equal(path "no/file" .. ": no such file or directory: make it first", why)
      done, why = sys.write_private(path(("n"):rep(300)), "x")
      assert.is_nil(done)
      assert.matches("name too long", why)
    end)

    it("leaves the old file and nothing else where there is no room", function()
      write("full", "kept")
      local code = "print(require('graphinvite.sys').write_private(%q, ('x'):rep(1e6)))"
      local limit = "trap '' XFSZ; ulimit -f 10; "
      local said = process.output(limit .. command(code:format(path "full")))
      assert.equal("nil\t" .. path "full" .. ": File too large", said)
      os.remove(path "code.lua")
      assert.equal("kept", read "full")
      assert.equal("full", names())
    end)
  end)

  describe("draft", function()
    it("takes the place of a file only when it is complete", function()
      write("old", "old")
      os.execute("chmod 644 " .. path "old")
      local draft = assert(sys.draft(path "old"))
      for _, text in ipairs { "a", "", ("x"):rep(2 ^ 20), "\0z" } do
        assert.is_true(draft:write(text))
        assert.equal("old", read "old")
      end
      assert.equal("600", process.output(("stat -c %%a %s/old.*"):format(directory)))
      assert.is_true(draft:commit())
      draft:discard()
      assert.equal("a" .. ("x"):rep(2 ^ 20) .. "\0z", read "old")
      assert.equal(tonumber("600", 8), sys.mode(path "old"))
      assert.equal("old", names())
    end)

    it("leaves nothing where it is thrown away, or nobody refers to it", function()
      write("old", "old")
      local draft = assert(sys.draft(path "old"))
      draft:write "new"
      draft:discard()
      draft:discard()
      assert(sys.draft(path "old")):write "new"
      collectgarbage()
      collectgarbage()
      assert.equal("old", names())
      assert.equal("old", read "old")
    end)

    it("cannot be written when it is closed", function()
      local draft = assert(sys.draft(path "new"))
      assert(draft:commit())
      for _, name in ipairs { "write", "commit" } do
        local ok, message = pcall(draft[name], draft, "x")
        assert.is_false(ok)
        assert.matches("is written already, or thrown away", message, 1, true)
      end
    end)

    for _, row in ipairs {
      { "a symbolic link", "touch target; ln -s target name", "is a symbolic link" },
      { "a directory", "mkdir name", "is no regular file: give another path" },
      { "a pipe", "mkfifo name", "is no regular file: give another path" },
      { "a file in no directory", "true", "make it first", "no/name" },
    } do
      it("refuses " .. row[1], function()
        os.execute(("cd %s && { %s; }"):format(directory, row[2]))
        local before = names()
        local draft, why = sys.draft(path(row[4] or "name"))
        assert.is_nil(draft)
        assert.matches(row[3], why, 1, true)
        assert.equal(before, names())
      end)
    end

    it("is thrown away where there is no room", function()
      write("full", "kept")
      local code = ([[
        local draft = assert(require("graphinvite.sys").draft(%q))
        print(draft:write(("x"):rep(1e6)))
        print(pcall(draft.commit, draft))
      ]]):format(path "full")
      local said = process.output("trap '' XFSZ; ulimit -f 10; " .. command(code))
      assert.equal(1, said:find("nil\t" .. path "full" .. ": File too large\nfalse", 1, true), said)
      os.remove(path "code.lua")
      assert.equal("kept", read "full")
      assert.equal("full", names())
    end)

    it("keeps the file where another stands by then", function()
      local draft = assert(sys.draft(path "name"))
      os.execute("mkdir " .. path "name")
      local done, why = draft:commit()
      assert.is_nil(done)
      assert.matches("Is a directory", why)
      assert.equal("name", names())
    end)
  end)

  describe("mode", function()
    it("tells the permission bits", function()
      write("file", "")
      for _, mode in ipairs { "600", "644", "000", "4755" } do
        os.execute(("chmod %s %s"):format(mode, path "file"))
        assert.equal(tonumber(mode, 8), sys.mode(path "file"))
      end
    end)

    it("tells that there is no such file", function()
      local mode, why = sys.mode(path "nothing")
      assert.is_nil(mode)
      assert.matches("no such file", why)
    end)
  end)

  describe("lock", function()
    it("keeps others out until it is released", function()
      local lock = assert(sys.lock(path "lock", 0))
      assert.equal(tonumber("600", 8), sys.mode(path "lock"))
      local other, why = sys.lock(path "lock", 0)
      assert.is_nil(other)
      assert.equal(path "lock" .. ": is locked by another process: try again later", why)
      lock:release()
      lock:release()
      assert(sys.lock(path "lock", 0)):release()
    end)

    it("waits as long as it is told", function()
      local lock = assert(sys.lock(path "lock", 0))
      local before = sys.wall()
      assert.is_nil((sys.lock(path "lock", 0.05)))
      assert.is_true(sys.wall() - before >= 0.049)
      lock:release()
    end)

    it("is released when nobody refers to it", function()
      assert(sys.lock(path "lock", 0))
      collectgarbage()
      collectgarbage()
      assert(sys.lock(path "lock", 0)):release()
    end)

    it("leaves no file open where it is refused", function()
      local lock = assert(sys.lock(path "lock", 0))
      for _ = 1, 5 do
        sys.lock(path "lock", 0)
      end
      assert.equal("1", process.output("ls -l /proc/$PPID/fd | grep -c " .. path "lock"))
      lock:release()
      assert.equal("0", process.output("ls -l /proc/$PPID/fd | grep -c " .. path "lock"))
    end)

    it("is another one for each path", function()
      local one = assert(sys.lock(path "one", 0))
      assert(sys.lock(path "two", 0)):release()
      one:release()
    end)

    it("is held by one process of two, and goes with its end", function()
      local holder = hold()
      assert.matches("^%d+$", holder.line)
      assert.is_nil((sys.lock(path "lock", 0)))
      holder:stop()
      assert(sys.lock(path "lock", LIMIT)):release()
    end)

    for _, seconds in ipairs { "nil", "30" } do
      it("is had by who waits for it once its holder is killed, seconds = " .. seconds, function()
        local holder = hold()
        local waiter = io.popen(command(([[
          io.write "waits"
          io.stdout:flush()
          io.write(tostring(require("graphinvite.sys").lock(%q, %s) ~= nil))
        ]]):format(path "lock", seconds)))
        assert.equal("waits", waiter:read(5))
        os.execute("kill -KILL " .. holder.line)
        assert.equal("true", waiter:read "*a")
        waiter:close()
        holder:stop()
      end)
    end

    it("is not inherited by programs that run meanwhile", function()
      local lock = assert(sys.lock(path "lock", 0))
      local child = process.spawn("sh -c 'echo started; exec sleep 3600'", process.directory())
      lock:release()
      assert(sys.lock(path "lock", 0)):release()
      child:stop()
    end)

    it("lets two processes change one file in turns", function()
      write("number", "0")
      local run = command(ADDER:format(path "number"))
      process.output(("%s & %s & wait"):format(run, run))
      assert.equal("400", read "number")
    end)

    local REFUSED = {
      { "a symbolic link", "touch target; ln -s target name", "is a symbolic link" },
      { "a directory", "mkdir name", "Is a directory" },
      { "a pipe", "mkfifo name", "is no regular file: give another path" },
      { "a file in no directory", "true", "make it first", "no/name" },
    }
    for _, row in ipairs(REFUSED) do
      it("is none on " .. row[1], function()
        os.execute(("cd %s && { %s; }"):format(directory, row[2]))
        local lock, why = sys.lock(path(row[4] or "name"), 0)
        assert.is_nil(lock)
        assert.matches(row[3], why, 1, true)
      end)
    end
  end)

  local MISTAKES = {
    { "write_private" }, { "write_private", "" , "x" }, { "write_private", "a\0b", "x" },
    { "write_private", "/nothing/x" }, { "write_private", "/nothing/x", {} },
    { "draft" }, { "draft", "" }, { "draft", "a\0b" },
    { "lock" }, { "lock", "a\0b" }, { "lock", "/nothing/x", -1 }, { "lock", "/nothing/x", 0 / 0 },
    { "lock", "/nothing/x", "long" }, { "mode" }, { "mode", "" },
  }
  for i, row in ipairs(MISTAKES) do
    it(("raises for mistake %d of %s"):format(i, row[1]), function()
      local ok, message = pcall(sys[row[1]], row[2], row[3])
      assert.is_false(ok)
      assert.matches("bad argument #%d", message)
    end)
  end
end)
