--- Certificates made for one run, by the openssl command.
local process = require "spec.support.process"

local M = {}

local MAKE = [[
cd %s
exec > log 2>&1
key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
issue() { # name, subject alternative name, days
  openssl req $key -keyout $1.key -out $1.csr -subj "/CN=$1"
  echo "subjectAltName=$2" > $1.ext
  openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -days $3 -extfile $1.ext -out $1.pem
}
mkdir authorities
openssl req -x509 $key -keyout ca.key -out ca.pem -subj "/CN=spec authority" -days 2
openssl req -x509 $key -keyout alone.key -out alone.pem -subj "/CN=alone" -days 2 \
  -addext subjectAltName=DNS:graph.example
issue good DNS:graph.example 2
issue other DNS:other.example 2
issue expired DNS:graph.example -1
issue client DNS:client.example 2
cp ca.pem authorities
openssl rehash authorities
]]

--- Makes, in a new directory: ca.pem, the directory authorities with it and its hashed link, and
--- NAME.pem with NAME.key for good (graph.example), other (another name), expired, client and
--- alone (self-signed).
---@return string directory
function M.make()
  local directory = process.directory()
  process.output(MAKE:format(directory))
  return directory
end

return M
