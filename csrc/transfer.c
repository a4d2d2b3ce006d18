/* transfer.c - one exchange over libcurl: what comes in, and the response record made of
 * it. libcurl's callbacks are here; none of them calls Lua. */
#include "transfer.h"
#include <stdlib.h>
#include <string.h>

/* A line of a head, or of the trailer. Only the headers of the final answer are kept:
 * each status line starts anew, and after the blank line of the last one they are
 * complete. */
static size_t on_head(char *p, size_t size, size_t n, void *ud)
{
    gi_transfer *t = ud;
    size_t len = size * n;
    if (t->head_done)
        return len;
    if (len >= 5 && memcmp(p, "HTTP/", 5) == 0) {
        t->head.len = 0;
        return len;
    }
    if (t->head.len + len > GI_MAX_HEAD) {
        t->too_large = GI_LARGE_HEAD;
        return 0;
    }
    if (len > 0 && (p[0] == '\r' || p[0] == '\n')) {
        long status = 0;
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        t->head_done = status >= 200;
        return len;
    }
    return gi_buf_add(&t->head, p, len) == 0 ? len : 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *ud)
{
    gi_transfer *t = ud;
    size_t len = size * n;
    if (len > t->max_body - t->body.len) {
        t->too_large = GI_LARGE_BODY;
        return 0;
    }
    return gi_buf_add(&t->body, p, len) == 0 ? len : 0;
}

/* Has all of the answer come in? One whose end only the connection's end could tell never
 * has, as far as this knows. */
int gi_transfer_whole(const gi_transfer *t)
{
    long status = 0;
    const char *method = NULL;
    curl_off_t announced = -1, received = 0;
    if (!t->head_done)
        return 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_METHOD, &method);
    if (status == 204 || status == 304 || (method && strcmp(method, "HEAD") == 0))
        return 1;
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &received); /* still packed */
    return announced == received;
}

/* libcurl calls this before each sending. It would repeat a request whose connection dies
 * before the first byte of an answer; what is not safe to repeat stops here instead. */
static int on_sending(void *ud, char *peer, char *local, int peer_port, int local_port)
{
    gi_transfer *t = ud;
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    return t->sendings++ > 0 && !t->safe ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* A transfer with the options of model. Returns NULL when memory is out. */
gi_transfer *gi_transfer_new(CURL *model, int route, int http1)
{
    gi_transfer *t = calloc(1, sizeof(*t));
    CURL *e;
    if (t == NULL)
        return NULL;
    t->route = route;
    t->http1 = http1;
    if ((e = t->easy = curl_easy_duphandle(model)) == NULL ||
        (t->url = curl_url()) == NULL ||
        curl_easy_setopt(e, CURLOPT_PRIVATE, t) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_head) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_HEADERDATA, t) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_WRITEDATA, t) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_sending) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_PREREQDATA, t) != CURLE_OK) {
        gi_transfer_free(t);
        return NULL;
    }
    return t;
}

/* The easy handle must not be part of a multi handle any more. */
void gi_transfer_free(gi_transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_url_cleanup(t->url);
    free(t->lines);
    free(t->nodes);
    gi_buf_free(&t->out);
    gi_buf_free(&t->post);
    gi_buf_free(&t->head);
    gi_buf_free(&t->body);
    free(t);
}

/* Pushes the table that the pool's methods have as an upvalue. */
void gi_transfer_words(lua_State *L)
{
    static const char *const words[] = {
        [GI_URL] = "url",      [GI_METHOD] = "method", [GI_HEADERS] = "headers",
        [GI_BODY] = "body",    [GI_OP] = "op",         [GI_IS_SAFE] = "safe",
        [GI_STATUS] = "status"};
    int i;
    lua_createtable(L, GI_STATUS, 0);
    for (i = GI_URL; i <= GI_STATUS; i++) {
        lua_pushstring(L, words[i]);
        lua_rawseti(L, -2, i);
    }
}

/* Pushes the response record of a transfer that gi_fault_of finds no fault in; see
 * gi_response_push. Its URL is the request's, since no redirect is followed: the string
 * at index url, if not 0. */
int gi_transfer_response(lua_State *L, gi_transfer *t, int spare, int url)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    gi_response_push(L, spare, (int)status, &t->head, t->body.p, t->body.len);
    lua_rawgeti(L, GI_WORDS_AT, GI_URL);
    if (url != 0)
        lua_pushvalue(L, url);
    else
        lua_pushstring(L, t->out.p);
    lua_rawset(L, -3);
    return 1;
}
