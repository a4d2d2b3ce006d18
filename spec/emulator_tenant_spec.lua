local randoms = require "graphinvite.emulator.random"
local tenants = require "graphinvite.emulator.tenant"

describe("tenant", function()
  local tenant

  before_each(function()
    tenant = tenants.new(randoms.new(1), 0)
  end)

  local function add(address)
    local user = { id = "id-of-" .. address:lower(), mail = address, created = 0 }
    tenants.add_user(tenant, user)
    return user
  end

  it("begins with accounts of its own", function()
    assert.equal(3, #tenant.users)
    for _, user in ipairs(tenant.users) do
      assert.equal(user, tenants.find_user(tenant, user.id:upper()))
      assert.equal(user, tenants.find_user(tenant, user.upn:upper()))
      assert.equal(user, tenants.find_user(tenant, user.mail:upper()))
      assert.equal(user.upn, tenants.principal_name(user))
    end
  end)

  it("finds a guest by the name that follows from its address: reference 1.6", function()
    for _, address in ipairs { "a@b.example", "A_b_c@d.example", "o'x.y-z@e-f.example", "_@x" } do
      local user = add(address)
      assert.equal(user, tenants.find_user(tenant, tenants.principal_name(user)))
    end
  end)

  it("finds nobody under what is nobody's", function()
    add("a@b.example")
    for _, key in ipairs {
      "", "x", "#EXT#@contoso.onmicrosoft.com", "a_b.example#EXT#@other.example",
      "b.example#EXT#@contoso.onmicrosoft.com", "a_b.example#EXT#@contoso_onmicrosoft.com",
      "megan_contoso.example#EXT#@contoso.onmicrosoft.com",
    } do
      assert.is_nil(tenants.find_user(tenant, key))
    end
  end)

  it("keeps the places of invitations when one is removed", function()
    local list = {}
    for i = 1, 3 do
      list[i] = { id = "i" .. i, body = {} }
      tenants.add_invitation(tenant, list[i])
    end
    tenants.remove_invitation(tenant, list[2])
    assert.same({ list[1], false, list[3] }, tenant.invitations)
    assert.equal(2, tenant.invitation_count)
    assert.is_nil(tenant.invitation_by_id.i2)
  end)
end)
