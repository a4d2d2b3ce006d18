local randoms = require "graphinvite.emulator.random"
local tenants = require "graphinvite.emulator.tenant"

describe("tenant", function()
  local tenant

  before_each(function()
    tenant = tenants.new(randoms.new(1), 0)
  end)

  local function add(address)
    return tenants.user(tenant, tenants.add_user(tenant, { mail = address, created = 0 }))
  end

  it("begins with accounts of its own", function()
    assert.equal(3, tenant.users.count)
    for place = 1, 3 do
      local user = tenants.user(tenant, place)
      assert.same(user, tenants.find_user(tenant, user.id:upper()))
      assert.same(user, tenants.find_user(tenant, user.upn:upper()))
      assert.same(user, tenants.find_user(tenant, user.mail:upper()))
      assert.equal(user.upn, tenants.principal_name(user))
    end
  end)

  it("finds a guest by the name that follows from its address: reference 1.6", function()
    for _, address in ipairs { "a@b.example", "A_b_c@d.example", "o'x.y-z@e-f.example", "_@x" } do
      local user = add(address)
      assert.same(user, tenants.find_user(tenant, tenants.principal_name(user)))
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

  it("keeps what is saved, and nothing else", function()
    local user = add("a@b.example")
    user.state, user.past = "Accepted", { [0] = true }
    assert.is_nil(tenants.user(tenant, user.place).state)
    local place, id = user.place, user.id
    tenants.save_user(tenant, user)
    user = tenants.user(tenant, place)
    assert.equal("Accepted", user.state)
    assert.equal(id, user.id)
    assert.equal(place, user.place)
  end)

  it("finds invitations by the ids that they have, and by no others", function()
    for place, chosen in ipairs { false, "Named", false } do
      assert.equal(place, tenants.add_invitation(tenant, {
        id = chosen or nil, user = 1,
        body = { invitedUserEmailAddress = "a@b.example", x = place > 1 },
      }))
      local id = chosen or tenants.invitation_id(tenant, place)
      assert.equal(id, tenants.find_invitation(tenant, id).id)
    end
    assert.same({ invitedUserEmailAddress = "a@b.example", x = true },
      tenants.find_invitation(tenant, "Named").body)
    local own, none = tenants.invitation_id(tenant, 2), tenants.invitation_id(tenant, 4)
    for _, id in ipairs { own, "named", "", none } do
      assert.is_nil(tenants.find_invitation(tenant, id))
    end
    tenants.remove_invitation(tenant, tenants.find_invitation(tenant, "Named"))
    assert.is_nil(tenants.find_invitation(tenant, "Named"))
    assert.is_nil(tenants.invitation(tenant, 2))
    assert.equal(3, tenants.invitation(tenant, 3).place)
    assert.equal(2, tenant.invitations.count)
  end)
end)
