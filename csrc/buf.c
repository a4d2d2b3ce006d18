/* buf.c - growable bytes. A buffer always lives inside a userdata, so __gc frees it
 * whichever way the call ends. */
#include "gi.h"
#include <stdlib.h>
#include <string.h>

#define KEEP 65536 /* what a released buffer keeps of its memory */

/* Makes room for n more bytes. Returns 0, or -1 when memory is out. */
int gi_buf_reserve(gi_buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : 256;
    char *p;
    if (n <= b->cap - b->len)
        return 0;
    if (n > SIZE_MAX / 2 - b->len)
        return -1;
    while (cap - b->len < n)
        cap *= 2;
    if ((p = realloc(b->p, cap)) == NULL)
        return -1;
    b->p = p;
    b->cap = cap;
    return 0;
}

/* Appends n bytes. Returns 0, or -1 when memory is out. */
int gi_buf_add(gi_buf *b, const void *p, size_t n)
{
    if (gi_buf_reserve(b, n) != 0)
        return -1;
    if (n > 0)
        memcpy(b->p + b->len, p, n);
    b->len += n;
    return 0;
}

int gi_buf_puts(gi_buf *b, const char *s)
{
    return gi_buf_add(b, s, strlen(s));
}

void gi_buf_free(gi_buf *b)
{
    free(b->p);
    b->p = NULL;
    b->len = b->cap = 0;
}

static int Lgi_buf_gc(lua_State *L)
{
    gi_buf_free(lua_touserdata(L, 1));
    return 0;
}

void gi_buf_register(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__gc", Lgi_buf_gc}, {NULL, NULL}};
    gi_class(L, GI_BUFFER, methods);
}

/* Pushes a userdata that owns a new, empty buffer. */
gi_buf *gi_buf_new(lua_State *L)
{
    gi_buf *b = lua_newuserdata(L, sizeof(*b));
    memset(b, 0, sizeof(*b));
    gi_setmetatable(L, GI_BUFFER);
    return b;
}

/* Returns own, emptied, or a fresh buffer when own is in use because a finalizer has
 * called us meanwhile. Always pushes one value, which keeps a fresh buffer alive. */
gi_buf *gi_borrow(lua_State *L, gi_buf *own)
{
    gi_buf *b = own;
    if (own->busy)
        b = gi_buf_new(L);
    else
        lua_pushnil(L);
    b->busy = 1;
    b->len = 0;
    return b;
}

/* Ends gi_borrow. A raise skips this: later calls then take fresh buffers. */
int gi_release(gi_buf *b)
{
    int large = b->cap > KEEP;
    b->busy = 0;
    if (large)
        gi_buf_free(b);
    return large;
}

/* Returns nil and a message to Lua. */
int gi_fail(lua_State *L, const char *message)
{
    lua_pushnil(L);
    lua_pushstring(L, message);
    return 2;
}
