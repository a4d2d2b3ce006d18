/* crypto_key.c - keys: PEM, JWK (RFC 7517) and new ones. */
#include "crypto.h"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

/* Pushes a key that is still empty. */
gi_key *gi_key_new(lua_State *L)
{
    gi_key *k = lua_newuserdata(L, sizeof(*k));
    memset(k, 0, sizeof(*k));
    gi_setmetatable(L, GI_KEY);
    return k;
}

static int Lgi_key_gc(lua_State *L)
{
    gi_key *k = luaL_checkudata(L, 1, GI_KEY);
    EVP_PKEY_free(k->pkey);
    k->pkey = NULL;
    return 0;
}

/* The key at index i. Raises for one whose __gc was called by hand. */
gi_key *gi_key_check(lua_State *L, int i)
{
    gi_key *k = luaL_checkudata(L, i, GI_KEY);
    luaL_argcheck(L, k->pkey != NULL, i, "the key is gone");
    return k;
}

/* Tells why a key is none for RS256 and PS256, or NULL. */
const char *gi_key_wrong_for_rsa(const gi_key *k)
{
    int bits = EVP_PKEY_get_bits(k->pkey);
    if (EVP_PKEY_get_id(k->pkey) != EVP_PKEY_RSA) /* unlike _is_a it needs no memory */
        return "not an RSA key: PS256, RS256 and JWK of this module need one";
    if (bits <= 0) /* it was made while memory was out */
        return gi_crypto_why("OpenSSL does not know the size of the key: read it again");
    if (bits < GI_RSA_LEAST)
        return "the RSA key is too short: it must have 2048 bits or more";
    if (bits > GI_RSA_MOST)
        return "the RSA key is too long: it may have 16384 bits";
    return NULL;
}

/* A pem_password_cb that gives what a gi_passphrase has. */
int gi_key_passphrase(char *out, int size, int writing, void *passphrase)
{
    gi_passphrase *p = passphrase;
    (void)writing;
    p->asked = 1;
    if (p->text == NULL || size < 0 || p->len > (size_t)size)
        return -1;
    memcpy(out, p->text, p->len);
    return (int)p->len;
}

static const char *read_private(gi_key *k, const char *pem, size_t len, gi_passphrase *p)
{
    BIO *in;
    if (len > GI_PEM_MOST)
        return "not a private key in PEM: it has more than 1 MiB";
    ERR_clear_error();
    if ((in = BIO_new_mem_buf(pem, (int)len)) != NULL)
        k->pkey = PEM_read_bio_PrivateKey(in, NULL, gi_key_passphrase, p);
    BIO_free(in);
    k->is_private = 1;
    if (k->pkey != NULL)
        return NULL;
    if (p->asked && p->text == NULL)
        return gi_crypto_why("the private key is encrypted: give its passphrase");
    if (p->asked)
        return gi_crypto_why("the passphrase does not open the private key");
    return gi_crypto_why("not a private key in PEM: it needs a part that begins with "
                         "-----BEGIN PRIVATE KEY----- or alike");
}

/* crypto.private_key(pem, passphrase|nil) -> key | nil, why
 * PKCS#1, SEC 1 or PKCS#8, encrypted or not. */
int Lgi_private_key(lua_State *L)
{
    gi_passphrase p = {NULL, 0, 0};
    size_t len;
    const char *pem = luaL_checklstring(L, 1, &len), *why;
    p.text = luaL_optlstring(L, 2, NULL, &p.len);
    why = read_private(gi_key_new(L), pem, len, &p);
    return why == NULL ? 1 : gi_fail(L, why);
}

static const char *read_public(gi_key *k, const char *pem, size_t len)
{
    gi_passphrase none = {NULL, 0, 0};
    X509 *x;
    BIO *in;
    if (len > GI_PEM_MOST)
        return "not a public key in PEM: it has more than 1 MiB";
    ERR_clear_error();
    if ((in = BIO_new_mem_buf(pem, (int)len)) != NULL)
        k->pkey = PEM_read_bio_PUBKEY(in, NULL, gi_key_passphrase, &none);
    BIO_free(in);
    if (k->pkey == NULL && (x = gi_certificate_read(pem, len)) != NULL) {
        k->pkey = X509_get_pubkey(x);
        X509_free(x);
    }
    if (k->pkey != NULL)
        return NULL;
    return gi_crypto_why("not a public key in PEM: it needs a part that begins with "
                         "-----BEGIN PUBLIC KEY----- or -----BEGIN CERTIFICATE-----");
}

/* crypto.public_key(pem) -> key | nil, why      of a public key or of a certificate */
int Lgi_public_key(lua_State *L)
{
    size_t len;
    const char *pem = luaL_checklstring(L, 1, &len), *why;
    why = read_public(gi_key_new(L), pem, len);
    return why == NULL ? 1 : gi_fail(L, why);
}

/* Makes the public key of modulus n and exponent e. */
static const char *make_public(gi_key *k, const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    int ok = build != NULL && c != NULL &&
             OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
             OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
             (params = OSSL_PARAM_BLD_to_param(build)) != NULL &&
             EVP_PKEY_fromdata_init(c) == 1 &&
             EVP_PKEY_fromdata(c, &k->pkey, EVP_PKEY_PUBLIC_KEY, params) == 1;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(c);
    return ok ? NULL : gi_crypto_why("OpenSSL makes no key of this n and e");
}

typedef struct number {
    const char *text; /* base64url, big-endian */
    size_t len;
} number;

static const char *read_jwk(gi_key *k, const number *n, const number *e)
{
    unsigned char bytes[2][GI_RSA_BYTES + 4];
    size_t len[2];
    const char *why;
    BIGNUM *modulus, *exponent;
    ERR_clear_error();
    if (n->len > (sizeof(bytes[0])) / 3 * 4 || e->len > (sizeof(bytes[1])) / 3 * 4)
        return "n or e of the JWK is too long: the key may have 16384 bits";
    if (gi_base64_decode(bytes[0], &len[0], n->text, n->len) != NULL)
        return "n of the JWK is not base64url";
    if (gi_base64_decode(bytes[1], &len[1], e->text, e->len) != NULL)
        return "e of the JWK is not base64url";
    modulus = BN_bin2bn(bytes[0], (int)len[0], NULL);
    exponent = BN_bin2bn(bytes[1], (int)len[1], NULL);
    if (modulus == NULL || exponent == NULL)
        why = gi_crypto_why("out of memory");
    else if (BN_num_bits(modulus) < GI_RSA_LEAST)
        why = "the key of the JWK is too short: n must have 2048 bits or more";
    else if (BN_num_bits(modulus) > GI_RSA_MOST)
        why = "the key of the JWK is too long: n may have 16384 bits";
    else if (!BN_is_odd(modulus) || !BN_is_odd(exponent) || BN_is_one(exponent) ||
             BN_num_bits(exponent) > 64)
        why = "the JWK is no RSA key: n and e must be odd, and e from 3 to 64 bits";
    else
        why = make_public(k, modulus, exponent);
    BN_free(modulus);
    BN_free(exponent);
    return why;
}

/* Pushes a member of the table at 1 and reads it. Returns whether it is a text. */
static int member(lua_State *L, const char *name, number *out)
{
    lua_pushstring(L, name);
    lua_rawget(L, 1);
    out->text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &out->len) : NULL;
    return out->text != NULL;
}

/* crypto.jwk{ kty = "RSA", n =, e = } -> key | nil, why      other members are not read
 */
int Lgi_jwk(lua_State *L)
{
    number kty, n, e;
    const char *why;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (!member(L, "kty", &kty) || kty.len != 3 || memcmp(kty.text, "RSA", 3) != 0)
        return gi_fail(L, "the JWK has another kty than RSA: no such key is read here");
    if (!member(L, "n", &n) || !member(L, "e", &e))
        return gi_fail(L, "the JWK lacks n or e: both must be texts of base64url");
    why = read_jwk(gi_key_new(L), &n, &e);
    return why == NULL ? 1 : gi_fail(L, why);
}

/* crypto.generate(bits) -> a new RSA key | nil, why */
int Lgi_generate(lua_State *L)
{
    double bits = luaL_checknumber(L, 1);
    gi_key *k;
    luaL_argcheck(L, bits >= GI_RSA_LEAST && bits <= GI_RSA_MOST, 1,
                  "must be 2048 to 16384");
    k = gi_key_new(L);
    k->is_private = 1;
    ERR_clear_error();
    if ((k->pkey = EVP_RSA_gen((size_t)bits)) == NULL)
        return gi_fail(L, gi_crypto_why("OpenSSL makes no RSA key of so many bits"));
    return 1;
}

/* Writes a number of an RSA key as base64url. Returns the length, or 0. */
static size_t encode_number(const gi_key *k, const char *name,
                            char out[GI_BASE64_ROOM(GI_RSA_BYTES)])
{
    unsigned char bytes[GI_RSA_BYTES];
    BIGNUM *n = NULL;
    size_t len = 0;
    if (EVP_PKEY_get_bn_param(k->pkey, name, &n) == 1 && BN_num_bytes(n) <= GI_RSA_BYTES)
        len = gi_base64_encode(out, bytes, (size_t)BN_bn2bin(n, bytes), 1);
    BN_free(n);
    return len;
}

/* key:jwk() -> { kty = "RSA", n =, e = }, the public half | nil, why */
static int Lgi_key_jwk(lua_State *L)
{
    const gi_key *k = gi_key_check(L, 1);
    const char *why = gi_key_wrong_for_rsa(k);
    char n[GI_BASE64_ROOM(GI_RSA_BYTES)], e[GI_BASE64_ROOM(GI_RSA_BYTES)];
    size_t n_len, e_len;
    if (why != NULL)
        return gi_fail(L, why);
    ERR_clear_error();
    n_len = encode_number(k, OSSL_PKEY_PARAM_RSA_N, n);
    e_len = encode_number(k, OSSL_PKEY_PARAM_RSA_E, e);
    if (n_len == 0 || e_len == 0)
        return gi_fail(L, gi_crypto_why("OpenSSL does not tell the numbers of the key"));
    lua_createtable(L, 0, 3);
    lua_pushliteral(L, "RSA");
    lua_setfield(L, -2, "kty");
    lua_pushlstring(L, n, n_len);
    lua_setfield(L, -2, "n");
    lua_pushlstring(L, e, e_len);
    lua_setfield(L, -2, "e");
    return 1;
}

/* key:pem() -> the public half in PEM | nil, why */
static int Lgi_key_pem(lua_State *L)
{
    const gi_key *k = gi_key_check(L, 1);
    gi_scratch *s = gi_crypto_scratch(L);
    ERR_clear_error();
    if ((s->out[0] = BIO_new(BIO_s_mem())) == NULL ||
        PEM_write_bio_PUBKEY(s->out[0], k->pkey) != 1)
        return gi_fail(L, gi_crypto_why("OpenSSL does not write this key"));
    gi_crypto_push_out(L, &s->out[0]);
    return 1;
}

/* Writes PKCS#8 in PEM to a new *out, which the caller frees whatever comes of it. */
const char *gi_key_write_private(EVP_PKEY *pkey, BIO **out)
{
    if ((*out = BIO_new(BIO_s_mem())) != NULL &&
        PEM_write_bio_PKCS8PrivateKey(*out, pkey, NULL, NULL, 0, NULL, NULL) == 1)
        return NULL;
    return gi_crypto_why("OpenSSL does not write this private key");
}

/* key:private_pem() -> PKCS#8 in PEM, not encrypted | nil, why */
static int Lgi_key_private_pem(lua_State *L)
{
    const gi_key *k = gi_key_check(L, 1);
    gi_scratch *s;
    const char *why;
    if (!k->is_private)
        return gi_fail(L, "this is a public key: it has no private half");
    s = gi_crypto_scratch(L);
    ERR_clear_error();
    if ((why = gi_key_write_private(k->pkey, &s->out[0])) != NULL)
        return gi_fail(L, why);
    gi_crypto_push_out(L, &s->out[0]);
    return 1;
}

void gi_key_register(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"__gc", Lgi_key_gc}, {"jwk", Lgi_key_jwk},
        {"pem", Lgi_key_pem}, {"private_pem", Lgi_key_private_pem},
        {NULL, NULL},
    };
    gi_class(L, GI_KEY, methods);
}
