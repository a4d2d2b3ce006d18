--- What a PATCH does to an entity: members that are absent stay, null clears, a collection is
-- replaced, an object is merged (reference 3.3, OData 4.0).

-- Tells whether two values are both objects. An empty table may be either kind.
local function objects(a, b)
  return type(a) == "table" and type(b) == "table"
    and a[1] == nil and b[1] == nil and not getmetatable(a) and not getmetatable(b)
end

---@param old table stays as it is
---@param changes table
---@return table new
local function merge(old, changes)
  local new = {}
  for name, value in pairs(old) do
    new[name] = value
  end
  for name, value in pairs(changes) do
    new[name] = objects(old[name], value) and merge(old[name], value) or value
  end
  return new
end

return merge
