local outcomes = require "graphinvite.emulator.outcomes"

describe("outcomes", function()
  it("are rows with a time, an end and a source: reference 6.1, 6.4", function()
    for name, row in pairs(outcomes.ROWS) do
      assert.is_true(row[1] > 0 and row[1] <= 60, name)
      assert.is_true(row[2] == "Completed" or row[2] == "Failed", name)
      assert.truthy(row.source:find("^6%.%d"), name)
      assert.equal(row[2] == "Failed", outcomes.get(name).result ~= nil, name)
    end
    assert.equal("Completed", outcomes.get(outcomes.USUAL).status)
  end)

  it("can come at another time", function()
    assert.equal(60, outcomes.get("no_answer").after)
    assert.equal(0, outcomes.get("no_answer", 0).after)
  end)
end)
