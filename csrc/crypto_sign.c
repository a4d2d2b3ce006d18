/* crypto_sign.c - PS256 and RS256 (RFC 7518, 3.3 and 3.5). */
#include "crypto.h"
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

/* Reads the algorithm at 1 and the key at 2. Tells why they do not fit, or NULL. */
static const char *choose(lua_State *L, const gi_key **k, int *padding)
{
    size_t len;
    const char *alg = luaL_checklstring(L, 1, &len);
    *k = gi_key_check(L, 2);
    if (len == 5 && memcmp(alg, "PS256", 5) == 0)
        *padding = RSA_PKCS1_PSS_PADDING;
    else if (len == 5 && memcmp(alg, "RS256", 5) == 0)
        *padding = RSA_PKCS1_PADDING;
    else
        return "the algorithm must be PS256 or RS256";
    return gi_key_wrong_for_rsa(*k);
}

/* PSS by RFC 7518: SHA-256 for both, and a salt as long as the digest, no other. */
static int set_padding(EVP_PKEY_CTX *c, int padding)
{
    if (EVP_PKEY_CTX_set_rsa_padding(c, padding) != 1)
        return 0;
    return padding != RSA_PKCS1_PSS_PADDING ||
           (EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static const char *sign(const gi_key *k, int padding, const char *data, size_t len,
                        unsigned char *signature, size_t *n)
{
    EVP_MD_CTX *c;
    EVP_PKEY_CTX *settings; /* belongs to c */
    int ok;
    ERR_clear_error();
    c = EVP_MD_CTX_new();
    ok = c != NULL &&
         EVP_DigestSignInit(c, &settings, EVP_sha256(), NULL, k->pkey) == 1 &&
         set_padding(settings, padding) &&
         EVP_DigestSign(c, signature, n, (const unsigned char *)data, len) == 1;
    EVP_MD_CTX_free(c);
    return ok ? NULL : gi_crypto_why("OpenSSL does not sign with this key");
}

/* Sets *good where it can tell whether the signature is one of the data. */
static const char *verify(const gi_key *k, int padding, const char *data, size_t len,
                          const char *signature, size_t n, int *good)
{
    EVP_MD_CTX *c;
    EVP_PKEY_CTX *settings; /* belongs to c */
    int ready;
    *good = 0;
    ERR_clear_error();
    c = EVP_MD_CTX_new();
    ready = c != NULL &&
            EVP_DigestVerifyInit(c, &settings, EVP_sha256(), NULL, k->pkey) == 1 &&
            set_padding(settings, padding);
    if (ready)
        *good = EVP_DigestVerify(c, (const unsigned char *)signature, n,
                                 (const unsigned char *)data, len) == 1;
    EVP_MD_CTX_free(c);
    if (*good)
        return NULL;
    return gi_crypto_why(ready ? NULL : "OpenSSL does not verify with this key");
}

/* crypto.sign("PS256"|"RS256", key, data) -> signature | nil, why */
int Lgi_sign(lua_State *L)
{
    unsigned char signature[GI_RSA_BYTES];
    const gi_key *k;
    int padding;
    const char *why = choose(L, &k, &padding), *data;
    size_t len, n = sizeof(signature);
    data = luaL_checklstring(L, 3, &len);
    if (why == NULL && !k->is_private)
        why = "this is a public key: the private key signs";
    if (why == NULL)
        why = sign(k, padding, data, len, signature, &n);
    if (why != NULL)
        return gi_fail(L, why);
    lua_pushlstring(L, (const char *)signature, n);
    return 1;
}

/* crypto.verify("PS256"|"RS256", key, data, signature) -> true | false | nil, why */
int Lgi_verify(lua_State *L)
{
    const gi_key *k;
    int padding, good;
    const char *why = choose(L, &k, &padding), *data, *signature;
    size_t len, n;
    data = luaL_checklstring(L, 3, &len);
    signature = luaL_checklstring(L, 4, &n);
    if (why == NULL)
        why = verify(k, padding, data, len, signature, n, &good);
    if (why != NULL)
        return gi_fail(L, why);
    lua_pushboolean(L, good);
    return 1;
}
