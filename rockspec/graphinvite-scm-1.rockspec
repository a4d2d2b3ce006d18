rockspec_format = "3.0"
package = "graphinvite"
version = "scm-1"
source = { url = "git+file://." } -- a checkout: run `luarocks make` in it
description = {
  summary = "Every invitation of Microsoft Graph: guests, calls, LinkedIn",
  detailed = "Resource models and HTTP calls in C, workflows and an emulator in Lua.",
  license = "MIT",
}
dependencies = { "lua >= 5.1, < 5.5", "lua-cjson >= 2.1.0", "argparse >= 0.7.1" }
external_dependencies = { CURL = { library = "curl" } } -- no header: it may be multiarch
build = {
  type = "builtin",
  modules = {
    ["graphinvite.core"] = {
      "csrc/core.c", "csrc/request.c", "csrc/response.c", "csrc/rules.c", "csrc/operations.c",
      "csrc/model.c", "csrc/decode.c", "csrc/encode.c", "csrc/put.c", "csrc/schema.c",
      "csrc/json.c", "csrc/number.c", "csrc/buf.c",
    },
    ["graphinvite.curl"] = {
      sources = {
        "csrc/curl.c", "csrc/curl_options.c", "csrc/outgoing.c", "csrc/transfer.c",
        "csrc/fault.c", "csrc/buf.c",
      },
      libraries = { "curl" },
      incdirs = { "$(CURL_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)" },
    },
    ["graphinvite.sys"] = { "csrc/sys.c" },
    ["graphinvite"] = "lua/graphinvite/init.lua",
    ["graphinvite.auth"] = "lua/graphinvite/auth.lua",
    ["graphinvite.auth.client_secret"] = "lua/graphinvite/auth/client_secret.lua",
    ["graphinvite.auth.static"] = "lua/graphinvite/auth/static.lua",
    ["graphinvite.auth.token_request"] = "lua/graphinvite/auth/token_request.lua",
    ["graphinvite.client"] = "lua/graphinvite/client.lua",
    ["graphinvite.clouds"] = "lua/graphinvite/clouds.lua",
    ["graphinvite.emulator.body"] = "lua/graphinvite/emulator/body.lua",
    ["graphinvite.emulator.calls"] = "lua/graphinvite/emulator/calls.lua",
    ["graphinvite.emulator.clock"] = "lua/graphinvite/emulator/clock.lua",
    ["graphinvite.emulator.clouds"] = "lua/graphinvite/emulator/clouds.lua",
    ["graphinvite.emulator.collection"] = "lua/graphinvite/emulator/collection.lua",
    ["graphinvite.emulator.errors"] = "lua/graphinvite/emulator/errors.lua",
    ["graphinvite.emulator.filter"] = "lua/graphinvite/emulator/filter.lua",
    ["graphinvite.emulator.invitation"] = "lua/graphinvite/emulator/invitation.lua",
    ["graphinvite.emulator.invitations"] = "lua/graphinvite/emulator/invitations.lua",
    ["graphinvite.emulator.journal"] = "lua/graphinvite/emulator/journal.lua",
    ["graphinvite.emulator.merge"] = "lua/graphinvite/emulator/merge.lua",
    ["graphinvite.emulator.outcomes"] = "lua/graphinvite/emulator/outcomes.lua",
    ["graphinvite.emulator.predicate"] = "lua/graphinvite/emulator/predicate.lua",
    ["graphinvite.emulator.query"] = "lua/graphinvite/emulator/query.lua",
    ["graphinvite.emulator.random"] = "lua/graphinvite/emulator/random.lua",
    ["graphinvite.emulator.redemption"] = "lua/graphinvite/emulator/redemption.lua",
    ["graphinvite.emulator.reply"] = "lua/graphinvite/emulator/reply.lua",
    ["graphinvite.emulator.router"] = "lua/graphinvite/emulator/router.lua",
    ["graphinvite.emulator.rules"] = "lua/graphinvite/emulator/rules.lua",
    ["graphinvite.emulator.tenant"] = "lua/graphinvite/emulator/tenant.lua",
    ["graphinvite.emulator.url"] = "lua/graphinvite/emulator/url.lua",
    ["graphinvite.emulator.users"] = "lua/graphinvite/emulator/users.lua",
    ["graphinvite.errors"] = "lua/graphinvite/errors.lua",
    ["graphinvite.exchange"] = "lua/graphinvite/exchange.lua",
    ["graphinvite.filter"] = "lua/graphinvite/filter.lua",
    ["graphinvite.http_date"] = "lua/graphinvite/http_date.lua",
    ["graphinvite.options"] = "lua/graphinvite/options.lua",
    ["graphinvite.pages"] = "lua/graphinvite/pages.lua",
    ["graphinvite.redact"] = "lua/graphinvite/redact.lua",
    ["graphinvite.resources"] = "lua/graphinvite/resources.lua",
    ["graphinvite.retry"] = "lua/graphinvite/retry.lua",
    ["graphinvite.transport"] = "lua/graphinvite/transport.lua",
    ["graphinvite.transport.curl"] = "lua/graphinvite/transport/curl.lua",
    ["graphinvite.workflows.acceptance"] = "lua/graphinvite/workflows/acceptance.lua",
    ["graphinvite.workflows.operation"] = "lua/graphinvite/workflows/operation.lua",
  },
  install = { bin = { graphinvite = "lua/graphinvite/cli.lua" } },
}
