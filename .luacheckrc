std = "min"
max_line_length = 100
exclude_files = { "build" }
files["spec"] = { std = "max+busted" } -- a spec may ask which Lua it runs on
files["spec/nginx"] = { std = "ngx_lua+busted" }
files["lua/graphinvite/transport/ngx.lua"] = { read_globals = { "ngx" } }
files["lua/graphinvite/emulator/nginx.lua"] = { globals = { "ngx" } }
files["lua/graphinvite/meta.lua"] = { ignore = { "" } }
files["lua/graphinvite/meta"] = { ignore = { "" } }
