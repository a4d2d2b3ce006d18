/* sys.h - what the files of graphinvite.sys share. */
#ifndef GI_SYS_H
#define GI_SYS_H

#include "gi.h"

#define GI_LONGEST 1e9 /* seconds; some thirty years, and safe to add to any clock */

#pragma GCC visibility push(hidden)

/* files.c */
int Lgi_write_private(lua_State *L);
int Lgi_draft(lua_State *L);
int Lgi_mode(lua_State *L);
int Lgi_lock(lua_State *L);
void gi_files_register(lua_State *L);

/* signals.c */
int Lgi_signals(lua_State *L);
void gi_signals_register(lua_State *L);

/* terminal.c */
int Lgi_terminal(lua_State *L);
int Lgi_read_secret(lua_State *L);

#pragma GCC visibility pop

#endif
