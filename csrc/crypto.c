/* crypto.c - module graphinvite.crypto: signatures, keys and certificates, by OpenSSL. */
#include "crypto.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

#define SCRATCH "graphinvite.crypto_scratch"
#define RANDOM_MOST (1 << 20)
#define PROBE 4096

/* Tells why a call of OpenSSL has failed: that memory is out, or else the given text.
 * Empties OpenSSL's queue of errors, where not every lack of memory is told. */
const char *gi_crypto_why(const char *otherwise)
{
    void *probe = OPENSSL_malloc(PROBE);
    int lacking = probe == NULL;
    unsigned long code;
    OPENSSL_free(probe);
    while ((code = ERR_get_error()) != 0)
        lacking |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    return lacking ? "out of memory" : otherwise;
}

static int Lgi_scratch_gc(lua_State *L)
{
    gi_scratch *s = lua_touserdata(L, 1);
    EVP_PKEY_free(s->pkey);
    X509_free(s->x);
    sk_X509_pop_free(s->chain, X509_free);
    GENERAL_NAMES_free(s->names);
    BIO_free(s->out[0]);
    BIO_free(s->out[1]);
    memset(s, 0, sizeof(*s));
    return 0;
}

/* Pushes a userdata that owns whatever is put into it. */
gi_scratch *gi_crypto_scratch(lua_State *L)
{
    gi_scratch *s = lua_newuserdata(L, sizeof(*s));
    memset(s, 0, sizeof(*s));
    gi_setmetatable(L, SCRATCH);
    return s;
}

/* The text at index i, which OpenSSL takes as a C string. Raises for a NUL inside. */
const char *gi_crypto_check_text(lua_State *L, int i)
{
    size_t len;
    const char *s = luaL_checklstring(L, i, &len);
    luaL_argcheck(L, strlen(s) == len, i, "must be a text without NUL");
    return s;
}

const EVP_MD *gi_crypto_check_digest(lua_State *L, int i)
{
    static const char *const names[] = {"sha256", "sha1", NULL};
    return luaL_checkoption(L, i, NULL, names) == 0 ? EVP_sha256() : EVP_sha1();
}

/* Pushes what was written to *out, and frees it. */
void gi_crypto_push_out(lua_State *L, BIO **out)
{
    char *p = NULL;
    long len = BIO_get_mem_data(*out, &p);
    lua_pushlstring(L, len > 0 ? p : "", len > 0 ? (size_t)len : 0);
    BIO_free(*out);
    *out = NULL;
}

/* crypto.random(n) -> n bytes | nil, why */
static int Lgi_random(lua_State *L)
{
    double n = luaL_checknumber(L, 1);
    unsigned char *bytes;
    luaL_argcheck(L, n >= 0 && n <= RANDOM_MOST, 1, "must be 0 to 1048576");
    bytes = lua_newuserdata(L, (size_t)n + 1);
    ERR_clear_error();
    if (RAND_bytes(bytes, (int)n) != 1)
        return gi_fail(L, gi_crypto_why("the system has no random bytes"));
    lua_pushlstring(L, (const char *)bytes, (size_t)n);
    OPENSSL_cleanse(bytes, (size_t)n);
    return 1;
}

/* crypto.digest("sha256"|"sha1", data) -> bytes | nil, why */
static int Lgi_digest(lua_State *L)
{
    const EVP_MD *md = gi_crypto_check_digest(L, 1);
    size_t len;
    const char *data = luaL_checklstring(L, 2, &len);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    ERR_clear_error();
    if (EVP_Digest(data, len, digest, &n, md, NULL) != 1)
        return gi_fail(L, gi_crypto_why("this OpenSSL does not have the digest"));
    lua_pushlstring(L, (const char *)digest, n);
    return 1;
}

GI_EXPORT int luaopen_graphinvite_crypto(lua_State *L);

GI_EXPORT int luaopen_graphinvite_crypto(lua_State *L)
{
    static const luaL_Reg scratch[] = {{"__gc", Lgi_scratch_gc}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"private_key", Lgi_private_key},
        {"public_key", Lgi_public_key},
        {"jwk", Lgi_jwk},
        {"generate", Lgi_generate},
        {"sign", Lgi_sign},
        {"verify", Lgi_verify},
        {"certificate", Lgi_certificate},
        {"pkcs12", Lgi_pkcs12},
        {"self_signed", Lgi_self_signed},
        {"random", Lgi_random},
        {"digest", Lgi_digest},
        {NULL, NULL},
    };
    gi_class(L, SCRATCH, scratch);
    gi_key_register(L);
    gi_certificate_register(L);
    lua_createtable(L, 0, (int)GI_COUNT(functions) - 1);
    gi_setfuncs(L, functions, 0);
    return 1;
}
