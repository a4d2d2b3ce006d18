---@meta graphinvite.crypto -- spec/crypto_spec.lua compares the names

---@class graphinvite.Key
local key = {}

---@return { kty: string, n: string, e: string }? jwk the public half of an RSA key
---@return string? why
function key:jwk() end

---@return string? pem the public half
---@return string? why
function key:pem() end

---@return string? pem PKCS#8, not encrypted
---@return string? why
function key:private_pem() end

---@class graphinvite.Certificate
local certificate = {}

---@return string? bytes
---@return string? why
function certificate:der() end

---@return string? text
---@return string? why
function certificate:pem() end

---@param digest "sha256"|"sha1"
---@return string? bytes of its DER
---@return string? why
function certificate:thumbprint(digest) end

---@return graphinvite.Key?
---@return string? why
function certificate:public_key() end

---@return integer? seconds since 1970
---@return string? why
function certificate:not_before() end

---@return integer? seconds since 1970
---@return string? why
function certificate:not_after() end

---@return string? text as in RFC 2253
---@return string? why
function certificate:subject() end

local crypto = {}

---@param pem string PKCS#1, SEC 1 or PKCS#8
---@param passphrase? string
---@return graphinvite.Key?
---@return string? why
function crypto.private_key(pem, passphrase) end

---@param pem string a public key or a certificate
---@return graphinvite.Key?
---@return string? why
function crypto.public_key(pem) end

---@param jwk { kty: string, n: string, e: string } an RSA key of 2048 bits or more
---@return graphinvite.Key?
---@return string? why
function crypto.jwk(jwk) end

---@param bits integer 2048 to 16384
---@return graphinvite.Key? key a new RSA key
---@return string? why
function crypto.generate(bits) end

---@param algorithm "PS256"|"RS256"
---@param key graphinvite.Key an RSA key of 2048 bits or more
---@param data string
---@return string? signature
---@return string? why
function crypto.sign(algorithm, key, data) end

---@param algorithm "PS256"|"RS256"
---@param key graphinvite.Key
---@param data string
---@param signature string
---@return boolean? good nil when it cannot be told
---@return string? why
function crypto.verify(algorithm, key, data, signature) end

---@param pem string
---@return graphinvite.Certificate? certificate the first of the text
---@return string? why
function crypto.certificate(pem) end

---@class graphinvite.Pkcs12
---@field key graphinvite.Key
---@field certificate graphinvite.Certificate
---@field chain graphinvite.Certificate[]

---@param bytes string of a .pfx or .p12 file
---@param password? string
---@return graphinvite.Pkcs12?
---@return string? why
function crypto.pkcs12(bytes, password) end

---@class graphinvite.SelfSigned
---@field names string[] host names and IP addresses
---@field days number how long it is valid
---@field now? number seconds since 1970: when that begins
---@field kind? "ec"|"rsa" preset: ec, on P-256
---@field common_name? string preset: the first of the names

---@param options graphinvite.SelfSigned
---@return { certificate: string, key: string }? pem
---@return string? why
function crypto.self_signed(options) end

---@param n integer
---@return string? bytes
---@return string? why
function crypto.random(n) end

---@param algorithm "sha256"|"sha1"
---@param data string
---@return string? bytes
---@return string? why
function crypto.digest(algorithm, data) end

return crypto
