/* base64.c - RFC 4648: base64, and base64url without padding. */
#include "gi.h"

static const char digits[2][65] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

/* Writes the text of len bytes to out, which has room for GI_BASE64_ROOM(len), and
 * returns its length. */
size_t gi_base64_encode(char *out, const void *bytes, size_t len, int url)
{
    const unsigned char *in = bytes;
    const char *digit = digits[url != 0];
    char *p = out;
    for (; len >= 3; in += 3, len -= 3) {
        *p++ = digit[in[0] >> 2];
        *p++ = digit[(in[0] & 3) << 4 | in[1] >> 4];
        *p++ = digit[(in[1] & 15) << 2 | in[2] >> 6];
        *p++ = digit[in[2] & 63];
    }
    if (len > 0) {
        *p++ = digit[in[0] >> 2];
        *p++ = digit[(in[0] & 3) << 4 | (len > 1 ? in[1] >> 4 : 0)];
        if (len > 1)
            *p++ = digit[(in[1] & 15) << 2];
        else if (!url)
            *p++ = '=';
        if (!url)
            *p++ = '=';
    }
    return (size_t)(p - out);
}

/* Six bits of a digit of either alphabet, or -1. */
static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Writes the bytes of a text of either alphabet, padded or not, to out, which has room
 * for three bytes of each four characters begun. Returns NULL, or what is wrong. */
const char *gi_base64_decode(unsigned char *out, size_t *n, const char *text, size_t len)
{
    size_t padding = 0, i;
    uint32_t bits = 0;
    int held = 0, value;
    *n = 0;
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
        padding++;
    if ((padding > 0 && len % 4 != 0) || (len - padding) % 4 == 1)
        return "not base64: no text of this length is";
    for (i = 0; i < len - padding; i++) {
        if ((value = value_of((unsigned char)text[i])) < 0)
            return "not base64: it has a character that base64 does not have";
        bits = bits << 6 | (uint32_t)value;
        if ((held += 6) >= 8) {
            held -= 8;
            out[(*n)++] = (unsigned char)(bits >> held);
        }
    }
    return NULL;
}

/* core.base64_encode(bytes, url|nil) -> text      url: base64url, without padding */
int Lgi_base64_encode(lua_State *L)
{
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    int url = lua_toboolean(L, 2);
    char *text = lua_newuserdata(L, GI_BASE64_ROOM(len) + 1);
    lua_pushlstring(L, text, gi_base64_encode(text, bytes, len, url));
    return 1;
}

/* core.base64_decode(text) -> bytes | nil, why      either alphabet, padded or not */
int Lgi_base64_decode(lua_State *L)
{
    size_t len, n;
    const char *text = luaL_checklstring(L, 1, &len), *why;
    unsigned char *bytes = lua_newuserdata(L, len + 1);
    if ((why = gi_base64_decode(bytes, &n, text, len)) != NULL)
        return gi_fail(L, why);
    lua_pushlstring(L, (const char *)bytes, n);
    return 1;
}
