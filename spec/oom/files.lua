--- Private files and locks.
local frame = ...
local case, always, faults = frame.case, frame.always, frame.faults

case("a private file is written under a lock", function()
  return always(function()
    local sys = require "graphinvite.sys"
    local path = ("%s/graphinvite-oom-%d"):format(os.getenv "TMPDIR" or "/tmp", sys.pid())
    return function()
      collectgarbage() -- the lock of an attempt that failed
      local lock, why = sys.lock(path .. ".lock", 0)
      if not lock then
        return nil, why
      end
      local second, refusal = sys.lock(path .. ".lock", 0)
      local written = sys.write_private(path, "bytes")
      local mode = sys.mode(path)
      lock:release()
      os.remove(path)
      os.remove(path .. ".lock")
      return second == nil, refusal, written, mode
    end
  end)
end)

case("a private file grows", function()
  return always(function()
    local sys = require "graphinvite.sys"
    local path = ("%s/graphinvite-oom-draft-%d"):format(os.getenv "TMPDIR" or "/tmp", sys.pid())
    return function()
      local draft, why = sys.draft(path)
      if not draft then
        return nil, why
      end
      local written = draft:write "bytes" and draft:write(("x"):rep(100))
      local committed = draft:commit()
      os.remove(path)
      return written, committed, sys.draft(path) ~= nil
    end
  end)
end)

case("files that are refused", function()
  return always(function()
    local sys = require "graphinvite.sys"
    return faults {
      { sys.write_private, "spec", "bytes" }, { sys.write_private, "spec/nothing/file", "bytes" },
      { sys.lock, "spec", 0 }, { sys.lock, "spec/nothing/file", 0 }, { sys.mode, "spec/nothing" },
      { sys.draft, "spec" }, { sys.draft, "spec/nothing/file" },
    }
  end)
end)

case("signals are held, and refused twice", function()
  return always(function()
    local sys = require "graphinvite.sys"
    return function()
      collectgarbage() -- those of an attempt that failed
      local signals = sys.signals { "HUP", "TERM" }
      local fine, why = pcall(sys.signals, { "INT" })
      local caught = signals:caught()
      signals:close()
      return not fine, why, caught, sys.terminal(1000)
    end
  end)
end)
