rockspec_format = "3.0"
package = "graphinvite-crypto"
version = "scm-1"
source = { url = "git+file://." } -- a checkout: run `luarocks make` in it
description = {
  summary = "Signatures and certificates for graphinvite, by OpenSSL",
  license = "MIT",
}
dependencies = { "lua >= 5.1, < 5.5", "graphinvite" }
external_dependencies = { CRYPTO = { library = "crypto" } }
build = {
  type = "builtin",
  modules = {
    ["graphinvite.crypto"] = {
      sources = {
        "csrc/crypto.c", "csrc/crypto_key.c", "csrc/crypto_sign.c",
        "csrc/crypto_certificate.c", "csrc/crypto_issue.c", "csrc/base64.c", "csrc/buf.c",
      },
      libraries = { "crypto" },
      incdirs = { "$(CRYPTO_INCDIR)" },
      libdirs = { "$(CRYPTO_LIBDIR)" },
    },
  },
}
