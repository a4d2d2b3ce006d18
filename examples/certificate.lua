-- Signs in with a certificate and counts the users of a tenant.
--
--   lua certificate.lua TENANT CLIENT_ID FILE [PASSPHRASE]
--
-- FILE is PEM with certificate and key, or PKCS#12. GRAPHINVITE_CLOUD says which cloud.
local graphinvite = require "graphinvite"

local tenant, client_id, file, passphrase = arg[1], arg[2], arg[3], arg[4]
if not file then
  io.stderr:write("usage: lua certificate.lua TENANT CLIENT_ID FILE [PASSPHRASE]\n")
  os.exit(2)
end

local client = graphinvite.new {
  cloud = os.getenv "GRAPHINVITE_CLOUD",
  auth = graphinvite.auth.certificate {
    tenant = tenant, client_id = client_id, certificate = file, passphrase = passphrase,
  },
}

local count, err = client.users:count()
if not count then
  io.stderr:write(tostring(err), "\n")
  os.exit(err.kind == "auth" and 3 or 1)
end
print(("The tenant has %d users."):format(count))
