local bulk = require "graphinvite.workflows.bulk.store"
local guests = require "spec.support.bulk_rows"
local postgresql = require "spec.support.postgresql"
local process = require "spec.support.process"

local NOW = 1767225600

local jobs = 0

-- name; where a fresh job is; whether it lasts when its store is closed; whether workers share it
local STORES = {
  { "memory", function() return ":memory:" end },
  { "SQLite", function(directory) return directory .. "/job.db" end, lasts = true },
  {
    "PostgreSQL",
    function()
      jobs = jobs + 1
      return postgresql.url("store" .. jobs)
    end,
    lasts = true, shared = true,
  },
}

for _, kind in ipairs(STORES) do
  describe("a job in " .. kind[1], function()
    local directory, where, store

    before_each(function()
      directory = process.directory()
      where = kind[2](directory)
      store = bulk.open(where)
    end)

    after_each(function()
      store.close()
      os.execute("rm -rf " .. directory)
    end)

    local function lease(state, given)
      given = given or {}
      return assert((given.of or store).lease {
        state = state, count = given.count or 100, now = given.now or NOW,
        seconds = given.seconds or 60, settle = given.settle or 60,
      })
    end

    local function counts(of)
      return assert((of or store).report())
    end

    local function lines(rows)
      local list = {}
      for i, row in ipairs(rows) do
        list[i] = row.line
      end
      return list
    end

    local function settle(rows, state, fields, of)
      for _, row in ipairs(rows) do
        row.state = state
        for name, value in pairs(fields or {}) do
          row[name] = value
        end
      end
      assert((of or store).settle(rows))
    end

    -- Rows 1 to n, planned.
    local function planned(n, given)
      assert(store.plan(guests.rows(n), given))
      settle(lease "new", "planned")
    end

    local function mark(rows, now, of)
      for _, row in ipairs(rows) do
        row.sends, row.sent_at = row.sends + 1, now or NOW
      end
      return assert((of or store).sent(rows, (now or NOW) + 60))
    end

    it("has no rows before it is planned", function()
      local nothing, err = store.plan(nil, {})
      assert.is_nil(nothing)
      assert.equal("model", err.kind)
      assert.is_nil((store.report()))
    end)

    it("keeps every field of a row", function()
      local full = {
        line = 7, address = "Ann@B.example", redirect = "https://c.example/ü", send = true,
        message = "Dear \"Ann\",\nwelcome; it's 5 o'clock", name = "Ann",
      }
      assert(store.plan(guests.iterate { full }))
      local row = lease("new")[1]
      for name, value in pairs(full) do
        assert.equal(value, row[name])
      end
      assert.is_false(row.guest)
      assert.equal(0, row.sends)
      local results = {
        state = "failed", guest = true, sends = 2, reason = "no; 'tis", code = "Forbidden",
        user_id = "u", request_id = "r", link = "https://l.example",
      }
      settle({ row }, "failed", results)
      local _, each = store.report()
      local kept = each()
      for name, value in pairs(results) do
        assert.equal(value, kept[name])
      end
      assert.is_nil(each())
    end)

    it("skips an address that comes again, in whatever case", function()
      assert(store.plan(guests.iterate {
        guests.row(1, "a@b.example"), guests.row(2, "A@b.Example"), guests.row(3, "c@b.example"),
        guests.row(4, "a@b.example"),
      }))
      assert.same({ 1, 3 }, lines(lease "new"))
      assert.equal(2, counts().duplicates)
      assert.equal(2, counts().skipped)
      assert.equal(4, counts().total)
    end)

    it("is not changed by the same rows again", function()
      planned(3)
      settle(lease("planned", { count = 1 }), "done")
      assert.is_true(store.plan(guests.rows(3)).resumed)
      assert.equal(1, counts().done)
      assert.equal(2, counts().planned)
      assert.is_true(store.plan(nil).resumed)
    end)

    -- what another input has
    local OTHERS = {
      { "fewer rows", function() return guests.rows(2) end, 3 },
      { "more rows", function() return guests.rows(4) end, 4 },
      { "another address", function()
        return guests.iterate { guests.row(1), guests.row(2, "other@b.example"), guests.row(3) }
      end, 2 },
      { "another message", function()
        local row = guests.row(3)
        row.message = "hi"
        return guests.iterate { guests.row(1), guests.row(2), row }
      end, 3 },
    }
    for _, other in ipairs(OTHERS) do
      it("refuses " .. other[1] .. ", and names the line", function()
        planned(3)
        local nothing, err = store.plan(other[2]())
        assert.is_nil(nothing)
        assert.equal(other[3], err.line)
        assert.equal(3, counts().planned)
      end)
    end

    it("is not planned when its input breaks off", function()
      local given = guests.rows(3)
      assert.has_error(function()
        store.plan(function()
          local row = given()
          return row and row.line < 3 and row or error("torn", 0)
        end)
      end, "torn")
      assert.is_nil((store.report()))
      assert.is_false(store.plan(guests.rows(2)).resumed)
      assert.equal(2, counts().total)
    end)

    it("leases in order, and nothing twice", function()
      planned(5)
      assert.same({ 1, 2 }, lines(lease("planned", { count = 2 })))
      assert.same({ 3, 4, 5 }, lines(lease "planned"))
      assert.same({}, lease "planned")
    end)

    it("leases again what nobody has marked until the lease's end", function()
      planned(2)
      lease "planned"
      assert.same({}, lease("planned", { now = NOW + 59.9 }))
      assert.same({ 1, 2 }, lines(lease("planned", { now = NOW + 60 })))
    end)

    it("makes a marked row unknown when its lease ends", function()
      planned(2)
      mark(lease("planned", { count = 1 }))
      assert.equal(1, counts().sent)
      lease("planned", { now = NOW + 59.9 })
      assert.equal(1, counts().sent)
      lease("planned", { now = NOW + 60 })
      assert.equal(1, counts().unknown)
      assert.near(NOW, counts().due, 0.001)
    end)

    it("gives an unknown row out only when its last POST is old enough", function()
      planned(1)
      settle(mark(lease "planned", NOW + 10), "unknown")
      assert.same({}, lease("unknown", { now = NOW + 69.9 }))
      local row = lease("unknown", { now = NOW + 70 })[1]
      assert.equal(1, row.sends)
      assert.near(NOW + 10, row.sent_at, 0.001)
    end)

    it("never gives out an unknown row whose address was a guest before", function()
      planned(1)
      settle(mark(lease "planned"), "unknown", { guest = true })
      assert.same({}, lease("unknown", { now = NOW + 1000 }))
      assert.equal(1, counts().untold)
      assert.is_nil(counts().due)
    end)

    it("notes how late a POST may have left", function()
      planned(1)
      settle(mark(lease "planned", NOW), "unknown", { sent_at = NOW + 30 })
      assert.near(NOW + 30, counts().due, 0.001)
      assert.same({}, lease("unknown", { now = NOW + 89 }))
      assert.equal(1, #lease("unknown", { now = NOW + 90 }))
    end)

    it("plans failed rows again when asked to", function()
      planned(3)
      settle(mark(lease("planned", { count = 2 })), "failed", { reason = "no", code = "x" })
      assert(store.plan(nil, { retry_failed = true }))
      assert.equal(3, counts().planned)
      local row = lease("planned")[1]
      assert.equal(0, row.sends)
      assert.is_nil(row.reason)
    end)

    it("plans guests again when they are to be invited anyway, duplicates never", function()
      assert(store.plan(guests.iterate {
        guests.row(1), guests.row(2), guests.row(3, "GUEST2@fabrikam.example"),
      }))
      settle(lease "new", "skipped", { reason = "guest" })
      assert.equal(2, counts().guests)
      assert(store.plan(nil, { reinvite = true }))
      local rows = lease "planned"
      assert.same({ 1, 2 }, lines(rows))
      assert.is_true(rows[1].guest)
      assert.equal(1, counts().duplicates)
    end)

    it("tells all rows, however many", function()
      planned(1201)
      local _, each = store.report()
      local n = 0
      for row in each do
        n = n + 1
        assert.equal(n, row.line)
      end
      assert.equal(1201, n)
    end)

    it("keeps the numbers of the pace", function()
      planned(1)
      assert.equal("x", store.pace(NOW, function(state)
        state.next, state.rate = 1767225600.125, 29.75
        return "x"
      end))
      store.pace(NOW, function(state)
        assert.equal(1767225600.125, state.next)
        assert.equal(29.75, state.rate)
      end)
    end)

    if kind.lasts then
      it("tells when its rows cannot be read to the end", function()
        planned(600)
        local _, each = store.report()
        for _ = 1, 500 do
          assert(each())
        end
        store.close() -- what it reads from is gone
        local row, err = each()
        assert.is_false(row)
        assert.is_true(err.store)
        assert.is_nil(each())
        store = bulk.open(where)
      end)

      it("lasts when its store is closed", function()
        planned(3)
        mark(lease("planned", { count = 1 }))
        store.close()
        store = bulk.open(where)
        assert.equal(1, counts().sent)
        assert.equal(2, counts().planned)
      end)
    end

    if kind.shared then
      it("is worked on by several", function()
        planned(6)
        local other = bulk.open(where)
        assert.same({ 1, 2 }, lines(lease("planned", { count = 2 })))
        assert.same({ 3, 4, 5, 6 }, lines(lease("planned", { of = other })))
        other.close()
      end)

      it("is changed only by who has the lease", function()
        planned(2)
        local other = bulk.open(where)
        local mine = lease("planned", { count = 1 })
        local theirs = lease("planned", { of = other, count = 1, now = NOW + 60 })
        assert.same({ 1 }, lines(theirs))
        assert.same({}, mark(mine, NOW + 61)) -- too late
        settle(mine, "failed")
        assert.equal(2, counts().planned)
        assert.same({ 1 }, lines(mark(theirs, NOW + 61, other)))
        settle(theirs, "done", nil, other)
        assert.equal(1, counts().done)
        other.close()
      end)

      it("is planned by one, and the others join it", function()
        local other = bulk.open(where)
        assert.is_false(store.plan(guests.rows(3)).resumed)
        assert.is_true(other.plan(guests.rows(3)).resumed)
        assert.is_nil((other.plan(guests.rows(2))))
        other.close()
      end)
    elseif kind.lasts then
      it("is run by one at a time; others may look", function()
        planned(2)
        local other = bulk.open(where)
        local nothing, err = other.plan(guests.rows(2))
        assert.is_nil(nothing)
        assert.matches("another process runs this job", err.message)
        assert.equal(2, counts(other).planned)
        other.close()
      end)

      it("is free at once when its worker is gone", function()
        planned(2)
        mark(lease("planned", { count = 1 }))
        store.close()
        store = bulk.open(where)
        assert(store.plan(nil))
        assert.same({ 2 }, lines(lease "planned"))
        assert.equal(1, counts().unknown)
      end)

      it("is for its owner alone", function()
        planned(1)
        local modes = process.output(("stat -c %%a %s/*"):format(directory))
        assert.equal("600\n600\n600", modes)
        store.close()
        os.execute("chmod 640 " .. where)
        store = bulk.open(where)
        local nothing, err = store.report()
        assert.is_nil(nothing)
        assert.matches("chmod 600", err.hint)
      end)
    end
  end)
end

describe("the store of a job", function()
  it("tells that a database cannot be reached, without the password", function()
    -- in a process of its own, for LuaDBI loses the memory of a connection that fails
    local text = process.elsewhere('ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"', [[
      local bulk = require "graphinvite.workflows.bulk.store"
      local store = bulk.open "postgres://me:secret@/nowhere?host=/nonexistent"
      local nothing, err = store.report()
      print(nothing, err.kind, err.store, err)
    ]])
    assert.matches("^nil%s+transport%s+true%s+transport: the job in PostgreSQL: ", text)
    assert.is_nil(text:find("secret", 1, true))
  end)

  for name, where in pairs { ["an empty text"] = "", ["a number"] = 7, ["a job's bad name"] =
    "postgres:///x?job=a-b" } do
    it("is not named by " .. name, function()
      assert.has_error(function() bulk.open(where) end)
    end)
  end

  it("that blocks is refused inside nginx", function()
    rawset(_G, "ngx", {})
    local refused = {}
    for i, where in ipairs { "job.db", "postgres:///x" } do
      refused[i] = not pcall(bulk.open, where)
    end
    local fine = pcall(bulk.check, bulk.open ":memory:")
    local _, why = pcall(bulk.check, setmetatable({ blocks = true }, { __index = bulk.open() }))
    rawset(_G, "ngx", nil)
    assert.same({ true, true }, refused)
    assert.is_true(fine)
    assert.matches("nginx", why)
  end)
end)
