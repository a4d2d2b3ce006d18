/* curl_options.c - the options of a libcurl pool: read, checked, set on its model. */
#include "transfer.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define CA_DIRECTORY "/etc/ssl/certs"

/* clang-format off */
#define ROW(name, type) { #name, type, offsetof(gi_curl_options, name) }
/* clang-format on */

static const struct {
    const char *name;
    int type;
    size_t at;
} rows[] = {
    ROW(ca, LUA_TSTRING),     ROW(cert, LUA_TSTRING),        ROW(key, LUA_TSTRING),
    ROW(proxy, LUA_TSTRING),  ROW(unix_socket, LUA_TSTRING), ROW(verify, LUA_TBOOLEAN),
    ROW(http1, LUA_TBOOLEAN),
};

static void refuse_unknown(lua_State *L, int table)
{
    size_t i;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        for (i = 0; i < GI_COUNT(rows) && strcmp(rows[i].name, name) != 0; i++)
            continue;
        if (i == GI_COUNT(rows))
            luaL_error(L, "unknown option '%s'", name);
    }
}

/* Reads the table at index 1, or nil. Raises where an option is unknown or has a wrong
 * type. Pushes the values, which keeps the texts alive. */
void gi_curl_options_read(lua_State *L, gi_curl_options *o)
{
    size_t i, len;
    memset(o, 0, sizeof(*o));
    o->verify = 1;
    if (lua_isnil(L, 1))
        return;
    luaL_checktype(L, 1, LUA_TTABLE);
    refuse_unknown(L, 1);
    for (i = 0; i < GI_COUNT(rows); i++) {
        char *field = (char *)o + rows[i].at;
        int type;
        lua_pushstring(L, rows[i].name);
        lua_rawget(L, 1);
        if ((type = lua_type(L, -1)) == LUA_TNIL)
            continue;
        if (type != rows[i].type)
            luaL_error(L, "option '%s': %s expected, got %s", rows[i].name,
                       lua_typename(L, rows[i].type), lua_typename(L, type));
        if (type == LUA_TBOOLEAN) {
            *(int *)(void *)field = lua_toboolean(L, -1);
        } else {
            const char *text = lua_tolstring(L, -1, &len);
            if (strlen(text) != len)
                luaL_error(L, "option '%s': has a NUL byte", rows[i].name);
            *(const char **)(void *)field = text;
        }
    }
}

/* The way to a server. Where the environment has no proxy when the pool is made, libcurl
 * need not look there at each call. */
int gi_curl_options_route(const gi_curl_options *o)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                        "all_proxy", "ALL_PROXY"};
    size_t i;
    if (o->unix_socket != NULL)
        return GI_LOCAL;
    if (o->proxy != NULL)
        return o->proxy[0] != '\0' ? GI_PROXIED : GI_DIRECT;
    for (i = 0; i < GI_COUNT(names); i++)
        if (getenv(names[i]) != NULL)
            return GI_PROXIED;
    return GI_DIRECT;
}

static int check_file(const char *name, const char *path, gi_fault *f)
{
    struct stat s;
    if (path == NULL || stat(path, &s) == 0)
        return 0;
    gi_fault_set(f, "other", "option %s: %.200s: %s", name, path, strerror(errno));
    return -1;
}

/* Returns 0, or -1 and the fault when a file is missing or the options do not fit. */
int gi_curl_options_check(const gi_curl_options *o, gi_fault *f)
{
    const struct sockaddr_un *address = NULL;
    if (check_file("ca", o->ca, f) != 0 || check_file("cert", o->cert, f) != 0 ||
        check_file("key", o->key, f) != 0)
        return -1;
    if (o->key != NULL && o->cert == NULL) {
        gi_fault_set(f, "other", "option key: needs the option cert as well");
        return -1;
    }
    if (o->unix_socket != NULL && strlen(o->unix_socket) >= sizeof(address->sun_path)) {
        gi_fault_set(f, "other",
                     "option unix_socket: longer than the path of a socket may be");
        return -1;
    }
    return 0;
}

/* Does the directory have OpenSSL's links, such as 4042bcee.0? */
static int has_hashed_links(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;
    int found = 0;
    if (d == NULL)
        return 0;
    while (!found && (entry = readdir(d)) != NULL)
        found = strspn(entry->d_name, "0123456789abcdef") == 8 &&
                strcmp(entry->d_name + 8, ".0") == 0;
    closedir(d);
    return found;
}

/* A bundle is parsed whole at the first call; of a directory, what a chain needs. Given
 * one of them, libcurl must forget its own default for the other. */
static CURLcode set_authorities(CURL *e, const char *ca)
{
    struct stat s;
    CURLcode rc;
    if (ca == NULL) {
        if (!has_hashed_links(CA_DIRECTORY) ||
            curl_easy_setopt(e, CURLOPT_CAPATH, CA_DIRECTORY) != CURLE_OK)
            return CURLE_OK; /* what libcurl was built with */
        return curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
    }
    if (stat(ca, &s) == 0 && S_ISDIR(s.st_mode)) {
        rc = curl_easy_setopt(e, CURLOPT_CAPATH, ca);
        return rc != CURLE_OK ? rc : curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
    }
    rc = curl_easy_setopt(e, CURLOPT_CAINFO, ca);
    return rc != CURLE_OK ? rc : curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
}

/* Opens a socket that no child of the program inherits. */
static curl_socket_t open_socket(void *ud, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)ud;
    (void)purpose;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static CURLcode set_numbers(CURL *e, const gi_curl_options *o)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
#if LIBCURL_VERSION_NUM >= 0x075700
        {CURLOPT_NOSIGNAL, 1},   /* older ones could then raise SIGPIPE in TLS */
        {CURLOPT_QUICK_EXIT, 1}, /* a hanging DNS server must not hold up a time limit */
#endif
        {CURLOPT_PATH_AS_IS, 1},
        {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_SSL_VERIFYPEER, o->verify},
        {CURLOPT_SSL_VERIFYHOST, o->verify ? 2 : 0},
    };
    CURLcode rc = CURLE_OK;
    size_t i;
    for (i = 0; i < GI_COUNT(numbers) && rc == CURLE_OK; i++)
        rc = curl_easy_setopt(e, numbers[i].option, numbers[i].value);
    return rc;
}

static CURLcode set_texts(CURL *e, const gi_curl_options *o)
{
    int proxied = gi_curl_options_route(o) == GI_PROXIED;
    const struct {
        CURLoption option;
        const char *value;
    } texts[] = {
        {CURLOPT_ACCEPT_ENCODING, ""}, /* all that libcurl can unpack */
        {CURLOPT_SSLCERT, o->cert},
        {CURLOPT_SSLKEY, o->key},
        {CURLOPT_PROXY, proxied ? o->proxy : ""},
        {CURLOPT_NOPROXY, proxied ? NULL : ""},
        {CURLOPT_UNIX_SOCKET_PATH, o->unix_socket},
    };
    CURLcode rc = CURLE_OK;
    size_t i;
    for (i = 0; i < GI_COUNT(texts) && rc == CURLE_OK; i++)
        rc = curl_easy_setopt(e, texts[i].option, texts[i].value);
    return rc;
}

/* Sets the options on an easy handle. Returns 0, or -1 and the fault. */
int gi_curl_options_set(const gi_curl_options *o, CURL *easy, gi_fault *f)
{
    CURLcode rc = set_numbers(easy, o);
    if (rc == CURLE_OK)
        rc = set_texts(easy, o);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (rc == CURLE_OK)
        rc = set_authorities(easy, o->ca);
    if (rc == CURLE_OK)
        return 0;
    gi_fault_set(f, "other", "this libcurl cannot be set up: %s", curl_easy_strerror(rc));
    return -1;
}
