/* fault.c - what to tell a person when libcurl has given up. A text names scheme, host
 * and port, never a path, a query or a header's value. */
#include "transfer.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define AUTHORITY 300 /* bytes of "scheme://host:port" that are shown */

typedef struct row {
    int code;
    const char *reason, *text; /* where %s stands, the server is named */
} row;

/* What happened before the request could leave, where that reads otherwise. */
static const row UNSENT[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "resolve",
     "no address was found for %s: check the name and this machine's DNS"},
    {CURLE_COULDNT_RESOLVE_PROXY, "resolve",
     "no address was found for the proxy on the way to %s: check the option proxy, or "
     "http_proxy and https_proxy in the environment"},
    {CURLE_OPERATION_TIMEDOUT, "timeout",
     "no connection to %s in the time allowed: check the network, or raise the timeout"},
    {CURLE_PROXY, "connect",
     "the proxy did not let us through to %s: check the option proxy and its password"},
    {CURLE_COULDNT_CONNECT, "connect",
     "%s does not accept connections: check that the server runs, and that a firewall or "
     "proxy lets this machine through"},
    {CURLE_RECV_ERROR, "connect",
     "no connection to %s: the other side, or a proxy in between, broke it off"},
    {CURLE_SEND_ERROR, "connect",
     "no connection to %s: the other side, or a proxy in between, broke it off"},
};

static const row FAULTS[] = {
    {CURLE_OPERATION_TIMEDOUT, "timeout",
     "%s took the request but did not answer in the time allowed: raise the timeout, or "
     "ask "
     "the server what it did"},
    {CURLE_ABORTED_BY_CALLBACK, "closed",
     "%s closed the connection without an answer; the request may have been carried out, "
     "so "
     "it was not repeated"},
    {CURLE_GOT_NOTHING, "closed",
     "%s closed the connection without an answer; the request may have been carried out"},
    {CURLE_RECV_ERROR, "closed",
     "the connection to %s broke before the answer was complete; the request may have "
     "been "
     "carried out"},
    {CURLE_SEND_ERROR, "closed",
     "the connection to %s broke while the request was being sent; it may have been "
     "carried "
     "out"},
    {CURLE_PARTIAL_FILE, "closed",
     "the answer of %s ended before its announced length; the request may have been "
     "carried "
     "out"},
    {CURLE_HTTP2, "closed",
     "the HTTP/2 connection to %s failed: try again, or force HTTP/1.1"},
    {CURLE_HTTP2_STREAM, "closed",
     "%s broke the answer off (HTTP/2 stream reset); the request may have been carried "
     "out"},
    {CURLE_FILESIZE_EXCEEDED, "too_large",
     "the answer of %s is larger than max_body allows: raise max_body, or ask for less"},
    {CURLE_URL_MALFORMAT, "malformed",
     "the request's URL is not one that can be called: check base_url"},
    {CURLE_LOGIN_DENIED, "malformed",
     "the request's URL carries a user name: take it out, and use the option auth or "
     "headers"},
    {CURLE_UNSUPPORTED_PROTOCOL, "malformed",
     "%s does not answer in HTTP/1.1 or HTTP/2: check that host and port are those of "
     "the API"},
    {CURLE_BAD_FUNCTION_ARGUMENT, "malformed",
     "the answer of %s is not valid HTTP: check that host and port are those of the API"},
    {CURLE_WEIRD_SERVER_REPLY, "malformed",
     "the answer of %s is not valid HTTP: check that host and port are those of the API"},
    {CURLE_BAD_CONTENT_ENCODING, "malformed",
     "the compressed answer of %s cannot be unpacked: something on the way damages it"},
    {CURLE_OUT_OF_MEMORY, "memory",
     "out of memory while calling %s, or its answer has a header longer than 100 KiB"},
    {CURLE_SSL_CERTPROBLEM, "tls",
     "the client certificate for %s cannot be used: check the options tls.cert and "
     "tls.key"},
    {CURLE_SSL_CACERT_BADFILE, "tls",
     "the certificates that %s is checked with cannot be read: check the option tls.ca"},
    {CURLE_SSL_CIPHER, "tls", "%s and this machine share no TLS cipher"},
};

/* OpenSSL's verdict on the chain; libcurl compares the name itself and leaves 0 or 1. */
static const row VERDICTS[] = {
    {0, "tls", "the certificate of %s is for another host name: check the URL"},
    {1, "tls", "the certificate of %s is for another host name: check the URL"},
    {9, "tls", "the certificate of %s is not valid yet: check this machine's clock"},
    {10, "tls",
     "the certificate of %s has expired: the server needs a new one (or check this "
     "machine's "
     "clock)"},
    {18, "tls",
     "the certificate of %s is self-signed, its issuer is unknown: name it in the option "
     "tls.ca"},
    {19, "tls",
     "the certificate of %s comes from an unknown issuer: name the issuer's certificate "
     "in the "
     "option tls.ca"},
    {20, "tls",
     "the certificate of %s comes from an unknown issuer: name the issuer's certificate "
     "in the "
     "option tls.ca, or install ca-certificates"},
    {21, "tls",
     "the certificate of %s comes from an unknown issuer: name the issuer's certificate "
     "in the "
     "option tls.ca, or install ca-certificates"},
};

static const row *find(const row *rows, size_t n, int code)
{
    size_t i;
    for (i = 0; i < n; i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

/* Writes "scheme://host:port" of a URL, without a user name or password. */
static void server_of(char out[AUTHORITY], const char *url)
{
    const char *host = strstr(url, "://"), *p;
    size_t scheme, n;
    host = host != NULL ? host + 3 : url;
    scheme = (size_t)(host - url);
    n = strcspn(host, "/?#\\");
    for (p = host + n; p > host && p[-1] != '@'; p--)
        continue;
    n -= (size_t)(p - host);
    if (scheme > 8)
        scheme = 8; /* nothing longer than "https://" is sent */
    if (n > AUTHORITY - 1 - scheme)
        n = AUTHORITY - 1 - scheme;
    memcpy(out, url, scheme);
    memcpy(out + scheme, p, n);
    out[scheme + n] = '\0';
}

/* What is wrong with TLS, or NULL when the fault is of another kind. */
static const row *tls_row(const gi_transfer *t)
{
    static const row plain = {0, "tls",
                              "%s does not speak TLS: check the port, or call http://"};
    static const row refused = {
        0, "tls",
        "%s refused this client in the TLS handshake: it may want a client certificate "
        "(options tls.cert and tls.key)"};
    static const row untrusted = {0, "tls", "the certificate of %s was not accepted"};
    static const row failed = {0, "tls", "the TLS handshake with %s failed"};
    long server = 0, proxy = 0;
    const row *r;
    switch (t->code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &server);
        curl_easy_getinfo(t->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &proxy);
        r = find(VERDICTS, GI_COUNT(VERDICTS), (int)(proxy != 0 ? proxy : server));
        return r != NULL ? r : &untrusted;
    case CURLE_SSL_CONNECT_ERROR:
        if (strstr(t->error, "wrong version number") ||
            strstr(t->error, "http request") ||
            strstr(t->error, "packet length too long"))
            return &plain;
        return strstr(t->error, "alert") != NULL ? &refused : &failed;
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
        return &failed;
    case CURLE_RECV_ERROR: /* TLS 1.3: the refusal comes after our side of the handshake
                            */
        return strstr(t->error, "alert") != NULL ? &refused : NULL;
    default:
        return NULL;
    }
}

/* Sets reason and text; sent is 0. */
void gi_fault_set(gi_fault *f, const char *reason, const char *format, ...)
{
    va_list args;
    f->reason = reason;
    f->sent = 0;
    va_start(args, format);
    vsnprintf(f->text, sizeof(f->text), format, args);
    va_end(args);
}

/* For a request that has not been sent. Returns -1. */
int gi_fault_no_memory(gi_fault *f)
{
    gi_fault_set(f, "memory", "out of memory before the request could be sent");
    return -1;
}

/* What stands against the code of a transfer, or NULL. */
static const row *explain(const gi_transfer *t, CURLcode code)
{
    static const row local = {
        0, "connect",
        "nothing listens at the path of the option unix_socket on the "
        "way to %s: check the path, and that the server runs"};
    static const row long_head = {
        0, "too_large", "the headers of the answer of %s are longer than 128 KiB"};
    const row *r = NULL;
    if (t->route == GI_LOCAL && code == CURLE_COULDNT_CONNECT)
        return &local;
    if (t->too_large == GI_LARGE_HEAD)
        return &long_head;
    if (t->sendings == 0)
        r = find(UNSENT, GI_COUNT(UNSENT), (int)code);
    if (r == NULL)
        r = tls_row(t);
    return r != NULL ? r : find(FAULTS, GI_COUNT(FAULTS), (int)code);
}

/* Is a code only about what came after the answer? A connection may break, or its time
 * be over, while the rest of the request is sent; an HTTP/2 server resets the stream of a
 * request that it has answered and need not read on (RFC 9113, 8.1). */
static int is_late(const gi_transfer *t, CURLcode code)
{
    switch (code) {
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
        return gi_transfer_whole(t);
    default:
        return 0;
    }
}

/* Explains why a transfer that has ended has no response. Returns -1; or 0, and leaves f
 * alone, when it has one. */
int gi_fault_of(const gi_transfer *t, gi_fault *f)
{
    char server[AUTHORITY];
    CURLcode code = t->code;
    const row *r;
    if ((code == CURLE_OK && t->head_done) || is_late(t, code))
        return 0;
    if (code == CURLE_OK)
        code = CURLE_GOT_NOTHING;
    if (code == CURLE_WRITE_ERROR)
        code = t->too_large != 0 ? CURLE_FILESIZE_EXCEEDED : CURLE_OUT_OF_MEMORY;
    server_of(server, t->out.p);
    if ((r = explain(t, code)) != NULL)
        gi_fault_set(f, r->reason, r->text, server);
    else
        gi_fault_set(f, "other", "the call to %s failed: %s", server,
                     curl_easy_strerror(code));
    f->sent = t->sendings > 0;
    return -1;
}

/* Pushes nil, text, reason, sent. */
int gi_fault_push(lua_State *L, const gi_fault *f)
{
    lua_pushnil(L);
    lua_pushstring(L, f->text);
    lua_pushstring(L, f->reason);
    lua_pushboolean(L, f->sent);
    return 4;
}
