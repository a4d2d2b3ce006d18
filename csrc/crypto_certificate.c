/* crypto_certificate.c - X.509 certificates, alone in PEM or with their key in PKCS#12.
 */
#define _DEFAULT_SOURCE
#include "crypto.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>
#include <time.h>

/* Pushes a certificate that is still empty. */
static gi_certificate *new_certificate(lua_State *L)
{
    gi_certificate *c = lua_newuserdata(L, sizeof(*c));
    c->x = NULL;
    gi_setmetatable(L, GI_CERTIFICATE);
    return c;
}

static int Lgi_certificate_gc(lua_State *L)
{
    gi_certificate *c = luaL_checkudata(L, 1, GI_CERTIFICATE);
    X509_free(c->x);
    c->x = NULL;
    return 0;
}

/* The certificate a method is called on. Raises where __gc was called by hand. */
static X509 *check_certificate(lua_State *L)
{
    gi_certificate *c = luaL_checkudata(L, 1, GI_CERTIFICATE);
    luaL_argcheck(L, c->x != NULL, 1, "the certificate is gone");
    return c->x;
}

/* Reads the first certificate of a PEM text. NULL: OpenSSL has the errors. */
X509 *gi_certificate_read(const char *pem, size_t len)
{
    gi_passphrase none = {NULL, 0, 0};
    BIO *in = BIO_new_mem_buf(pem, (int)len);
    X509 *x = in != NULL ? PEM_read_bio_X509(in, NULL, gi_key_passphrase, &none) : NULL;
    BIO_free(in);
    return x;
}

/* crypto.certificate(pem) -> certificate | nil, why      the first one of the text */
int Lgi_certificate(lua_State *L)
{
    size_t len;
    const char *pem = luaL_checklstring(L, 1, &len);
    gi_certificate *c = new_certificate(L);
    if (len > GI_PEM_MOST)
        return gi_fail(L, "not a certificate in PEM: it has more than 1 MiB");
    ERR_clear_error();
    if ((c->x = gi_certificate_read(pem, len)) == NULL)
        return gi_fail(L, gi_crypto_why("not a certificate in PEM: it needs a part that "
                                        "begins with -----BEGIN CERTIFICATE-----"));
    return 1;
}

/* certificate:der() -> bytes | nil, why */
static int Lgi_certificate_der(lua_State *L)
{
    X509 *x = check_certificate(L);
    gi_scratch *s = gi_crypto_scratch(L);
    ERR_clear_error();
    if ((s->out[0] = BIO_new(BIO_s_mem())) == NULL || i2d_X509_bio(s->out[0], x) != 1)
        return gi_fail(L, gi_crypto_why("OpenSSL does not write this certificate"));
    gi_crypto_push_out(L, &s->out[0]);
    return 1;
}

/* certificate:pem() -> text | nil, why */
static int Lgi_certificate_pem(lua_State *L)
{
    X509 *x = check_certificate(L);
    gi_scratch *s = gi_crypto_scratch(L);
    ERR_clear_error();
    if ((s->out[0] = BIO_new(BIO_s_mem())) == NULL ||
        PEM_write_bio_X509(s->out[0], x) != 1)
        return gi_fail(L, gi_crypto_why("OpenSSL does not write this certificate"));
    gi_crypto_push_out(L, &s->out[0]);
    return 1;
}

/* certificate:thumbprint("sha256"|"sha1") -> bytes | nil, why */
static int Lgi_certificate_thumbprint(lua_State *L)
{
    X509 *x = check_certificate(L);
    const EVP_MD *md = gi_crypto_check_digest(L, 2);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    ERR_clear_error();
    if (X509_digest(x, md, digest, &n) != 1)
        return gi_fail(L, gi_crypto_why("this OpenSSL does not have the digest"));
    lua_pushlstring(L, (const char *)digest, n);
    return 1;
}

/* certificate:public_key() -> key | nil, why */
static int Lgi_certificate_public_key(lua_State *L)
{
    X509 *x = check_certificate(L);
    gi_key *k = gi_key_new(L);
    ERR_clear_error();
    if ((k->pkey = X509_get_pubkey(x)) == NULL)
        return gi_fail(L, gi_crypto_why("the certificate's key is of a kind that OpenSSL "
                                        "does not know"));
    return 1;
}

static int push_time(lua_State *L, const ASN1_TIME *t)
{
    struct tm tm;
    ERR_clear_error();
    if (ASN1_TIME_to_tm(t, &tm) != 1)
        return gi_fail(L, gi_crypto_why("the certificate's date is malformed"));
    lua_pushinteger(L, (lua_Integer)timegm(&tm));
    return 1;
}

/* certificate:not_before() -> seconds since 1970 | nil, why */
static int Lgi_certificate_not_before(lua_State *L)
{
    return push_time(L, X509_get0_notBefore(check_certificate(L)));
}

/* certificate:not_after() -> seconds since 1970 | nil, why */
static int Lgi_certificate_not_after(lua_State *L)
{
    return push_time(L, X509_get0_notAfter(check_certificate(L)));
}

/* certificate:subject() -> text as in RFC 2253 | nil, why */
static int Lgi_certificate_subject(lua_State *L)
{
    X509 *x = check_certificate(L);
    gi_scratch *s = gi_crypto_scratch(L);
    ERR_clear_error();
    if ((s->out[0] = BIO_new(BIO_s_mem())) == NULL ||
        X509_NAME_print_ex(s->out[0], X509_get_subject_name(x), 0, XN_FLAG_RFC2253) < 0)
        return gi_fail(L, gi_crypto_why("the certificate's subject is malformed"));
    gi_crypto_push_out(L, &s->out[0]);
    return 1;
}

/* Tells why PKCS12_parse has failed, by the first error it left. */
static const char *why_not_open(const char *password)
{
    unsigned long first = ERR_peek_error();
    if (ERR_GET_REASON(first) == ERR_R_UNSUPPORTED)
        return gi_crypto_why("the PKCS#12 file is encrypted in a way that OpenSSL 3 does "
                             "not read any more; convert it: openssl pkcs12 -legacy -in "
                             "OLD -out PEM; openssl pkcs12 -export -in PEM -out NEW");
    if (ERR_GET_LIB(first) == ERR_LIB_PKCS12 &&
        ERR_GET_REASON(first) == PKCS12_R_MAC_VERIFY_FAILURE)
        return gi_crypto_why(password == NULL
                                 ? "the PKCS#12 file has a password: give it"
                                 : "the password does not open the PKCS#12 file");
    return gi_crypto_why(
        "the PKCS#12 file is damaged, or its parts are of an unknown kind");
}

static const char *open_pkcs12(gi_scratch *s, const char *bytes, size_t len,
                               const char *password)
{
    const unsigned char *p = (const unsigned char *)bytes;
    PKCS12 *box;
    int ok;
    ERR_clear_error();
    if (len > GI_PEM_MOST || (box = d2i_PKCS12(NULL, &p, (long)len)) == NULL)
        return gi_crypto_why("not PKCS#12: give the bytes of a .pfx or .p12 file");
    ok = PKCS12_parse(box, password, &s->pkey, &s->x, &s->chain);
    PKCS12_free(box);
    if (!ok)
        return why_not_open(password);
    if (s->pkey == NULL)
        return "the PKCS#12 file holds no private key: export it with the key";
    if (s->x == NULL)
        return "the PKCS#12 file holds no certificate of its key: export it with both";
    return NULL;
}

/* Moves what a scratch holds into a new table. */
static void push_contents(lua_State *L, gi_scratch *s)
{
    gi_certificate *c;
    gi_key *k;
    int i;
    lua_createtable(L, 0, 3);
    k = gi_key_new(L);
    k->pkey = s->pkey;
    k->is_private = 1;
    s->pkey = NULL;
    lua_setfield(L, -2, "key");
    c = new_certificate(L);
    c->x = s->x;
    s->x = NULL;
    lua_setfield(L, -2, "certificate");
    lua_newtable(L);
    for (i = 1; sk_X509_num(s->chain) > 0; i++) {
        c = new_certificate(L);
        c->x = sk_X509_shift(s->chain);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "chain");
}

/* crypto.pkcs12(bytes, password|nil) -> { key, certificate, chain = {...} } | nil, why */
int Lgi_pkcs12(lua_State *L)
{
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len), *password = NULL, *why;
    gi_scratch *s;
    if (!lua_isnoneornil(L, 2))
        password = gi_crypto_check_text(L, 2);
    s = gi_crypto_scratch(L);
    if ((why = open_pkcs12(s, bytes, len, password)) != NULL)
        return gi_fail(L, why);
    push_contents(L, s);
    return 1;
}

void gi_certificate_register(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"__gc", Lgi_certificate_gc},
        {"der", Lgi_certificate_der},
        {"pem", Lgi_certificate_pem},
        {"thumbprint", Lgi_certificate_thumbprint},
        {"public_key", Lgi_certificate_public_key},
        {"not_before", Lgi_certificate_not_before},
        {"not_after", Lgi_certificate_not_after},
        {"subject", Lgi_certificate_subject},
        {NULL, NULL},
    };
    gi_class(L, GI_CERTIFICATE, methods);
}
