--- Keys, certificates and PKCS#12 files made for one run, by the openssl command.
local process = require "spec.support.process"

local M = {}

local keys = {}
keys.__index = keys

local MAKE = [[
cd %s
exec > log 2>&1
openssl genrsa -out rsa.pem 2048
openssl rsa -in rsa.pem -traditional -out rsa-pkcs1.pem
openssl pkcs8 -topk8 -in rsa.pem -passout pass:sesame -out rsa-encrypted.pem
openssl rsa -in rsa.pem -traditional -aes256 -passout pass:sesame -out rsa-pkcs1-encrypted.pem
openssl rsa -in rsa.pem -pubout -out rsa.pub
openssl genrsa -out other.pem 2048
openssl rsa -in other.pem -pubout -out other.pub
openssl genrsa -out short.pem 1024
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.pem
openssl ecparam -genkey -name prime256v1 -noout -out ec.pem
openssl req -x509 -key rsa.pem -utf8 -subj '/C=DE/O=Contoso, "Ltd"/CN=Käthe' -days 3 -out rsa.crt
openssl req -x509 -key other.pem -subj /CN=authority -days 3 -out other.crt
cat rsa.crt other.crt rsa.pem > bundle.pem
export="openssl pkcs12 -export -passout pass:sesame"
$export -in rsa.crt -inkey rsa.pem -certfile other.crt -out chain.p12
$export -in rsa.crt -inkey rsa.pem -legacy -out legacy.p12
$export -in rsa.crt -nokeys -out keyless.p12
$export -inkey rsa.pem -nocerts -out bare.p12
openssl pkcs12 -export -in rsa.crt -inkey rsa.pem -passout pass: -out open.p12
]]

--- Makes, in a new directory: the RSA key rsa.pem in many shapes (-pkcs1, -encrypted,
--- -pkcs1-encrypted: the passphrase is "sesame"; rsa.pub, rsa.crt); other.pem, other.pub and
--- other.crt; short.pem (1024 bits), pss.pem, ec.pem; bundle.pem (rsa.crt, other.crt, rsa.pem); and
--- .p12 files: chain (all of them), legacy, keyless, bare (no certificate), open (no password).
---@return table keys with directory
function M.make()
  local self = setmetatable({ directory = process.directory() }, keys)
  process.output(MAKE:format(self.directory))
  return self
end

---@param name string
---@return string bytes of a file
function keys:read(name)
  local file = assert(io.open(self.directory .. "/" .. name, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

---@param name string
---@param bytes string
function keys:write(name, bytes)
  local file = assert(io.open(self.directory .. "/" .. name, "wb"))
  file:write(bytes)
  file:close()
end

--- Runs a command in the directory.
---@param command string
---@return string what it prints, errors as well, without the last line end
function keys:run(command)
  return process.output(("cd %s; { %s; } 2>&1"):format(self.directory, command))
end

function keys:remove()
  os.execute("rm -rf " .. self.directory)
end

return M
