/* crypto_sign.c - PS256 and RS256 (RFC 7518, 3.3 and 3.5). */
#include "crypto.h"
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

/* Tells why the key cannot be used with the algorithm, or NULL. Sets the padding. */
static const char *choose(const char *alg, const gi_key *k, int *padding)
{
    if (strcmp(alg, "PS256") == 0)
        *padding = RSA_PKCS1_PSS_PADDING;
    else if (strcmp(alg, "RS256") == 0)
        *padding = RSA_PKCS1_PADDING;
    else
        return "the algorithm must be PS256 or RS256";
    return gi_key_wrong_for_rsa(k);
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
    const char *alg = luaL_checkstring(L, 1), *data, *why;
    const gi_key *k = gi_key_check(L, 2);
    unsigned char signature[GI_RSA_BYTES];
    size_t len, n = sizeof(signature);
    int padding;
    data = luaL_checklstring(L, 3, &len);
    if ((why = choose(alg, k, &padding)) != NULL)
        return gi_fail(L, why);
    if (!k->is_private)
        return gi_fail(L, "this is a public key: the private key signs");
    if ((why = sign(k, padding, data, len, signature, &n)) != NULL)
        return gi_fail(L, why);
    lua_pushlstring(L, (const char *)signature, n);
    return 1;
}

/* crypto.verify("PS256"|"RS256", key, data, signature) -> true | false | nil, why */
int Lgi_verify(lua_State *L)
{
    const char *alg = luaL_checkstring(L, 1), *data, *signature, *why;
    const gi_key *k = gi_key_check(L, 2);
    size_t len, n;
    int padding, good;
    data = luaL_checklstring(L, 3, &len);
    signature = luaL_checklstring(L, 4, &n);
    if ((why = choose(alg, k, &padding)) != NULL)
        return gi_fail(L, why);
    if ((why = verify(k, padding, data, len, signature, n, &good)) != NULL)
        return gi_fail(L, why);
    lua_pushboolean(L, good);
    return 1;
}
