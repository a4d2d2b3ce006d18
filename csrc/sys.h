/* sys.h - what the files of graphinvite.sys share. */
#ifndef GI_SYS_H
#define GI_SYS_H

#include "gi.h"

#pragma GCC visibility push(hidden)

/* files.c */
int Lgi_write_private(lua_State *L);
int Lgi_draft(lua_State *L);
int Lgi_mode(lua_State *L);
int Lgi_lock(lua_State *L);
void gi_files_register(lua_State *L);

#pragma GCC visibility pop

#endif
