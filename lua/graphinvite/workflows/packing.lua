--- How the requests of a batch are put into envelopes. Pure.
local M = {}

-- Numbers the nodes so that each comes after those it depends on, the given order kept where
-- it can be. nil where they depend on each other in a circle.
local function in_order(nodes, depends_on)
  local order, state = {}, {}
  local function visit(node)
    if state[node] == "open" then
      return false
    end
    if not state[node] then
      state[node] = "open"
      for _, before in ipairs(depends_on[node]) do
        if not visit(before) then
          return false
        end
      end
      state[node] = "done"
      order[#order + 1] = node
    end
    return true
  end
  for _, node in ipairs(nodes) do
    if not visit(node) then
      return nil
    end
  end
  return order
end

--- Parts of a dependency graph that hang together, each in dependency order.
---@param nodes integer[] in the caller's order
---@param depends_on table<integer, integer[]> only nodes of the first list
---@return integer[][]? components nil where there is a circle
function M.components(nodes, depends_on)
  local order = in_order(nodes, depends_on)
  if not order then
    return nil
  end
  local parent = {}
  local function root(node)
    while parent[node] do
      node = parent[node]
    end
    return node
  end
  for _, node in ipairs(order) do
    for _, before in ipairs(depends_on[node]) do
      local a, b = root(node), root(before)
      if a ~= b then
        parent[a] = b
      end
    end
  end
  local components, of = {}, {}
  for _, node in ipairs(order) do
    local r = root(node)
    if not of[r] then
      of[r] = {}
      components[#components + 1] = of[r]
    end
    table.insert(of[r], node)
  end
  return components
end

local function by_size(components)
  local sorted = {}
  for i, component in ipairs(components) do
    sorted[i] = { component, i }
  end
  table.sort(sorted, function(a, b)
    if #a[1] ~= #b[1] then
      return #a[1] > #b[1]
    end
    return a[2] < b[2]
  end)
  return sorted
end

local function first_fit(envelopes, n, size)
  for _, envelope in ipairs(envelopes) do
    if #envelope + n <= size then
      return envelope
    end
  end
  local envelope = {}
  envelopes[#envelopes + 1] = envelope
  return envelope
end

--- Packs components, the largest first, each where it first fits. One that is larger than an
--- envelope is cut in its order: what is left over waits for the next round.
---@param components integer[][]
---@param size integer requests in one envelope, at the most
---@param apart boolean? a component of several shares its envelope with no other
---@return integer[][] envelopes
function M.pack(components, size, apart)
  local shared, alone = {}, {}
  for _, entry in ipairs(by_size(components)) do
    local component = entry[1]
    local n = math.min(#component, size)
    local envelope
    if apart and n > 1 then
      envelope = {}
      alone[#alone + 1] = envelope
    else
      envelope = first_fit(shared, n, size)
    end
    for i = 1, n do
      envelope[#envelope + 1] = component[i]
    end
  end
  for _, envelope in ipairs(shared) do
    alone[#alone + 1] = envelope
  end
  return alone
end

return M
