std = "min"
max_line_length = 100
exclude_files = { "build" }
files["spec"] = { std = "max+busted" } -- a spec may ask which Lua it runs on
files["spec/nginx"] = { std = "ngx_lua+busted" }
files["lua/graphinvite/transport/ngx.lua"] = { read_globals = { "ngx" } }
files["lua/graphinvite/transport/ngx_connection.lua"] = { read_globals = { "ngx" } }
files["bench/sides/nginx.lua"] = { globals = { "ngx" } }
files["spec/support/worker.lua"] = { read_globals = { "ngx" } }
files["spec/support/light_clock.lua"] = { read_globals = { "ngx" } }
files["lua/graphinvite/light.lua"] = { read_globals = { "ngx" } }
files["lua/graphinvite/dictionary.lua"] = { read_globals = { "ngx" } }
files["lua/graphinvite/auth/shared.lua"] = { read_globals = { "ngx" } }
files["lua/graphinvite/emulator/nginx_courier.lua"] = { read_globals = { "ngx" } }
files["lua/graphinvite/emulator/nginx.lua"] = { globals = { "ngx" } }
files["examples/nginx"] = { std = "ngx_lua" }
files["lua/graphinvite/meta.lua"] = { ignore = { "" } }
files["lua/graphinvite/meta"] = { ignore = { "" } }
