/* crypto.h - what the files of graphinvite.crypto share. Their functions that call
 * OpenSSL never call Lua, and answer NULL or a text that says what is wrong and what to
 * do. */
#ifndef GI_CRYPTO_H
#define GI_CRYPTO_H

#include "gi.h"
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#define GI_KEY "graphinvite.key"
#define GI_CERTIFICATE "graphinvite.certificate"

#define GI_RSA_LEAST 2048 /* bits; RFC 7518, 3.3 and 3.5 */
#define GI_RSA_MOST 16384 /* bits; OpenSSL verifies with nothing longer */
#define GI_RSA_BYTES (GI_RSA_MOST / 8)
#define GI_PEM_MOST (1 << 20) /* bytes of a text that is searched for PEM */

typedef struct gi_key {
    EVP_PKEY *pkey;
    int is_private;
} gi_key;

typedef struct gi_certificate {
    X509 *x;
} gi_certificate;

/* What a call holds until its results belong to Lua. */
typedef struct gi_scratch {
    EVP_PKEY *pkey;
    X509 *x;
    STACK_OF(X509) * chain;
    GENERAL_NAMES *names;
    BIO *out[2]; /* memory, wiped when it is freed */
} gi_scratch;

/* The answer to OpenSSL's question for a passphrase; nobody is asked at the terminal. */
typedef struct gi_passphrase {
    const char *text; /* NULL: there is none */
    size_t len;
    int asked;
} gi_passphrase;

#pragma GCC visibility push(hidden)

/* crypto.c */
const char *gi_crypto_why(const char *otherwise);
gi_scratch *gi_crypto_scratch(lua_State *L);
const char *gi_crypto_check_text(lua_State *L, int i);
const EVP_MD *gi_crypto_check_digest(lua_State *L, int i);
void gi_crypto_push_out(lua_State *L, BIO **out);

/* crypto_key.c */
gi_key *gi_key_new(lua_State *L);
gi_key *gi_key_check(lua_State *L, int i);
const char *gi_key_wrong_for_rsa(const gi_key *k);
int gi_key_passphrase(char *out, int size, int writing, void *passphrase);
const char *gi_key_write_private(EVP_PKEY *pkey, BIO **out);
int Lgi_private_key(lua_State *L);
int Lgi_public_key(lua_State *L);
int Lgi_jwk(lua_State *L);
int Lgi_generate(lua_State *L);
void gi_key_register(lua_State *L);

/* crypto_sign.c */
int Lgi_sign(lua_State *L);
int Lgi_verify(lua_State *L);

/* crypto_certificate.c */
X509 *gi_certificate_read(const char *pem, size_t len);
int Lgi_certificate(lua_State *L);
int Lgi_pkcs12(lua_State *L);
void gi_certificate_register(lua_State *L);

/* crypto_issue.c */
int Lgi_self_signed(lua_State *L);

#pragma GCC visibility pop

#endif
