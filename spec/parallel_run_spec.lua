local graphinvite = require "graphinvite"
local guests = require "spec.support.guests"
local helper = require "spec.helper"
local raw = require "spec.support.raw_server"

local collect, count_to, invite = guests.collect, guests.count_to, guests.invite

helper.over_every_transport(function(open, place)
  describe("a run of parallel", function()
    it("goes on side by side with another of the same client", function()
      local client, emulator = open()
      local runs = { client:parallel(count_to(9), invite), client:parallel(count_to(9), invite) }
      for _ = 1, 9 do
        for _, run in ipairs(runs) do
          assert.is_truthy(select(2, run:step()))
        end
      end
      for _, run in ipairs(runs) do
        assert.is_nil(run:step())
        assert.is_true(run:done())
      end
      assert.equal(18, #emulator:invitations())
    end)

    -- inside nginx there is nothing to watch: nginx does
    local outside = place ~= "over cosockets" and it or function() end
    outside("tells a loop of the program's own what to wait for", function()
      local client = open()
      local run = client:parallel({ 1, 2 }, function(i, with)
        with.transport.sleep(5)
        return invite(i, with)
      end)
      assert.equal(0, select(2, run:fds())) -- nothing has begun
      assert.is_nil(run:step(0))
      assert.equal(5, select(2, run:fds()))
      client.transport.sleep(5)
      assert.equal(0, select(2, run:fds()))
      for _ = 1, 2 do
        assert.is_false(run:done())
        assert.is_truthy(select(2, run:step()))
      end
      assert.is_true(run:done())
    end)
  end)
end)

-- On libcurl alone: in process there is nothing to close, and cosockets are nginx's own.
local describe_outside = rawget(_G, "ngx") and function() end or describe
describe_outside("parallel on a client that is closed meanwhile", function()
  it("makes errors of the items under way and of those that follow", function()
    local server = raw.start { "keep:" } -- never answers
    finally(function() server:stop() end)
    local client = graphinvite.new { base_url = server.url .. "/v1.0", retry = false }
    local results = collect(client:parallel(count_to(8), function(i, with)
      if i == 4 then
        client:close()
      end
      return invite(i, with)
    end, { concurrency = 5 }))
    assert.equal(8, #results)
    for _, result in ipairs(results) do
      assert.equal("aborted", result.err.reason)
    end
  end)
end)
