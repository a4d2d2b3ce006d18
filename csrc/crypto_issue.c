/* crypto_issue.c - certificates that sign themselves: for a server, and as what its
 * clients trust. */
#include "crypto.h"
#include <arpa/inet.h>
#include <math.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#define RSA_BITS 2048
#define SERIAL_BITS 127 /* the most that is positive in 16 bytes */
#define DAYS_MOST 36500
#define NOW_MOST 2.5e11 /* in the year 9892: X.509 ends with 9999 */
#define DNS_MOST 253
#define LABEL_MOST 63

typedef struct wish {
    const char *common_name;
    double days, now;
    int rsa;
} wish;

/* Whether the text can stand in a certificate as a DNS name; *. may come first. */
static int is_dns_name(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_";
    size_t n;
    if (strlen(s) > DNS_MOST)
        return 0;
    if (s[0] == '*' && s[1] == '.')
        s += 2;
    for (;;) {
        n = strspn(s, letters);
        if (n == 0 || n > LABEL_MOST)
            return 0;
        if (s[n] == '\0')
            return 1;
        if (s[n] != '.')
            return 0;
        s += n + 1;
    }
}

static const char *add_name(GENERAL_NAMES *names, const char *s)
{
    unsigned char address[16];
    int len = inet_pton(AF_INET, s, address) == 1    ? 4
              : inet_pton(AF_INET6, s, address) == 1 ? 16
                                                     : 0;
    GENERAL_NAME *name;
    ASN1_STRING *value;
    int ok;
    if (len == 0 && !is_dns_name(s))
        return "names: each must be a host name or an IP address; write others as in "
               "DNS (xn--...)";
    name = GENERAL_NAME_new();
    value = ASN1_STRING_type_new(len > 0 ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    ok = name != NULL && value != NULL &&
         (len > 0 ? ASN1_STRING_set(value, address, len) : ASN1_STRING_set(value, s, -1));
    if (ok) {
        GENERAL_NAME_set0_value(name, len > 0 ? GEN_IPADD : GEN_DNS, value);
        value = NULL;
        if ((ok = sk_GENERAL_NAME_push(names, name) > 0))
            name = NULL;
    }
    ASN1_STRING_free(value);
    GENERAL_NAME_free(name);
    return ok ? NULL : gi_crypto_why("OpenSSL makes no name of the certificate");
}

static int add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX c;
    X509_EXTENSION *e;
    int ok;
    X509V3_set_ctx_nodb(&c);
    X509V3_set_ctx(&c, x, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
    ok = e != NULL && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static int set_serial(X509 *x)
{
    BIGNUM *n = BN_new();
    int ok = n != NULL &&
             BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
             BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
    BN_free(n);
    return ok;
}

static int set_subject(X509 *x, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(x); /* belongs to x */
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)common_name, -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(x, name) == 1;
}

static int set_times(X509 *x, double now, double days)
{
    time_t from = (time_t)now, to = (time_t)(now + floor(days * 86400));
    return ASN1_TIME_set(X509_getm_notBefore(x), from) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x), to) != NULL;
}

/* Makes key and certificate of a wish, with the names that are in s. */
static const char *issue(gi_scratch *s, const wish *w)
{
    const char *usage = w->rsa ? "critical,digitalSignature,keyEncipherment,keyCertSign"
                               : "critical,digitalSignature,keyCertSign";
    s->pkey = w->rsa ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
    if (s->pkey == NULL || (s->x = X509_new()) == NULL)
        return gi_crypto_why("OpenSSL makes no key");
    if (!set_times(s->x, w->now, w->days))
        return gi_crypto_why("now or days: no certificate can be dated so");
    if (!set_subject(s->x, w->common_name))
        return gi_crypto_why("common_name: must be UTF-8 of 1 to 64 characters");
    if (X509_set_version(s->x, X509_VERSION_3) == 1 && set_serial(s->x) &&
        X509_set_pubkey(s->x, s->pkey) == 1 &&
        X509_add1_ext_i2d(s->x, NID_subject_alt_name, s->names, 0, 0) == 1 &&
        add_extension(s->x, NID_basic_constraints, "critical,CA:TRUE") &&
        add_extension(s->x, NID_key_usage, usage) &&
        add_extension(s->x, NID_ext_key_usage, "serverAuth") &&
        add_extension(s->x, NID_subject_key_identifier, "hash") &&
        X509_sign(s->x, s->pkey, EVP_sha256()) > 0)
        return NULL;
    return gi_crypto_why("OpenSSL makes no certificate");
}

static const char *write_both(gi_scratch *s)
{
    if ((s->out[0] = BIO_new(BIO_s_mem())) == NULL ||
        PEM_write_bio_X509(s->out[0], s->x) != 1)
        return gi_crypto_why("OpenSSL does not write the certificate");
    return gi_key_write_private(s->pkey, &s->out[1]);
}

/* Raises unless the value on the top is a text without NUL. */
static const char *need_text(lua_State *L, const char *name)
{
    size_t len = 0;
    const char *s = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
    if (s == NULL || strlen(s) != len)
        luaL_error(L, "%s: must be a text", name);
    return s;
}

/* Raises unless the value on the top is a number in that range. */
static double need_number(lua_State *L, double least, double most, const char *message)
{
    double v = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
    if (!(v >= least && v <= most))
        luaL_error(L, "%s", message);
    return v;
}

/* Stores the option whose name is at -2 and whose value is at -1; names stays at 3. */
static void read_option(lua_State *L, wish *w)
{
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?", *kind;
    if (strcmp(name, "names") == 0) {
        lua_pushvalue(L, -1);
        lua_replace(L, 3);
    } else if (strcmp(name, "days") == 0) {
        w->days = need_number(L, 1.0 / 86400, DAYS_MOST,
                              "days: must be more than 0 and at most 36500");
    } else if (strcmp(name, "now") == 0) {
        w->now = floor(
            need_number(L, 0, NOW_MOST, "now: must be a number of seconds since 1970"));
    } else if (strcmp(name, "common_name") == 0) {
        w->common_name = need_text(L, name);
    } else if (strcmp(name, "kind") == 0) {
        kind = need_text(L, name);
        w->rsa = strcmp(kind, "rsa") == 0;
        if (!w->rsa && strcmp(kind, "ec") != 0)
            luaL_error(L, "kind: must be ec or rsa");
    } else {
        luaL_error(L, "unknown option: %s", name);
    }
}

/* Reads the table at 1. Leaves names at 3; the table keeps all texts. */
static void read_options(lua_State *L, wish *w)
{
    size_t i;
    lua_pushnil(L); /* names */
    lua_pushnil(L);
    for (; lua_next(L, 1) != 0; lua_pop(L, 1))
        read_option(L, w);
    if (w->days == 0)
        luaL_error(L, "days: must be given");
    if (!lua_istable(L, 3) || gi_rawlen(L, 3) == 0)
        luaL_error(L, "names: must be a table of host names or IP addresses");
    for (i = gi_rawlen(L, 3); i > 0; i--, lua_pop(L, 1)) {
        lua_rawgeti(L, 3, (int)i);
        need_text(L, "names");
        if (i == 1 && w->common_name == NULL)
            w->common_name = lua_tostring(L, -1);
    }
}

/* crypto.self_signed{ names, days, now, kind, common_name }
 *   -> { certificate = PEM, key = PEM } | nil, why
 * names: host names and IP addresses; days: how long it is valid; now: when that begins,
 * in seconds since 1970; kind: "ec", the default, or "rsa"; common_name: default the
 * first of the names. */
int Lgi_self_signed(lua_State *L)
{
    wish w = {NULL, 0, (double)time(NULL), 0};
    const char *why = NULL;
    gi_scratch *s;
    size_t i, n;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    s = gi_crypto_scratch(L);
    /* until the certificate is made Lua allocates nothing, so no finalizer takes a text
     */
    read_options(L, &w);
    ERR_clear_error();
    if ((s->names = GENERAL_NAMES_new()) == NULL)
        return gi_fail(L, gi_crypto_why("OpenSSL makes no names"));
    for (i = 1, n = gi_rawlen(L, 3); i <= n && why == NULL; i++, lua_pop(L, 1)) {
        lua_rawgeti(L, 3, (int)i);
        why = add_name(s->names, lua_tostring(L, -1));
    }
    if (why == NULL)
        why = issue(s, &w);
    if (why == NULL)
        why = write_both(s);
    if (why != NULL)
        return gi_fail(L, why);
    lua_createtable(L, 0, 2);
    gi_crypto_push_out(L, &s->out[0]);
    lua_setfield(L, -2, "certificate");
    gi_crypto_push_out(L, &s->out[1]);
    lua_setfield(L, -2, "key");
    return 1;
}
