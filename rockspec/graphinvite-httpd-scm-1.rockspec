rockspec_format = "3.0"
package = "graphinvite-httpd"
version = "scm-1"
source = { url = "git+file://." } -- a checkout: run `luarocks make` in it
description = {
  summary = "The HTTP server of graphinvite's emulator",
  license = "MIT",
}
dependencies = { "lua >= 5.1, < 5.5", "graphinvite" }
external_dependencies = { MICROHTTPD = { library = "microhttpd" } }
build = {
  type = "builtin",
  modules = {
    ["graphinvite.httpd"] = {
      sources = {
        "csrc/httpd.c", "csrc/intake.c", "csrc/peer.c", "csrc/httphead.c", "csrc/buf.c",
      },
      libraries = { "microhttpd" },
      incdirs = { "$(MICROHTTPD_INCDIR)" },
      libdirs = { "$(MICROHTTPD_LIBDIR)" },
    },
  },
}
