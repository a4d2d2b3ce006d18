/* loop.c - the bare libcurl loops that a create is measured against: no Lua, no JSON.
 *   loop URL BODY HEADER...
 * It reads commands "create N" (one easy handle) and "parallel N" (32 of them) from
 * standard input. The answer to each is one line: calls completed, CPU seconds, seconds.
 */
#define _GNU_SOURCE /* getrandom */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define IN_FLIGHT 32
#define ID_HEADER "client-request-id: "
#define ID_LENGTH 36

typedef struct bytes {
    char *p;
    size_t len, cap;
} bytes;

typedef struct call {
    CURL *easy;
    struct curl_slist *headers;
    char *id; /* the digits in the last header */
    bytes head, body;
    char error[CURL_ERROR_SIZE];
} call;

static const char *url, *request_body;
static char **header_lines;

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "loop: %s: %s\n", what, why);
    exit(1);
}

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t collect(char *p, size_t size, size_t n, void *ud)
{
    bytes *b = ud;
    size_t len = size * n;
    if (len > b->cap - b->len) {
        b->cap = 2 * (b->cap + len);
        if ((b->p = realloc(b->p, b->cap)) == NULL)
            stop("memory", "out");
    }
    memcpy(b->p + b->len, p, len);
    b->len += len;
    return len;
}

/* Gives the next request an id of its own and forgets the last answer. */
static void renew(call *c)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char r[16];
    char *at = c->id;
    int i;
    if (getrandom(r, sizeof(r), 0) != sizeof(r))
        stop("getrandom", "failed");
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    for (i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = hex[r[i] >> 4];
        *at++ = hex[r[i] & 15];
    }
    c->head.len = c->body.len = 0;
}

/* The HTTP options are those of csrc/curl_options.c. */
static void prepare(call *c)
{
    CURL *e = c->easy = curl_easy_init();
    char id[sizeof(ID_HEADER) + ID_LENGTH];
    char **line;
    for (line = header_lines; *line != NULL; line++)
        c->headers = curl_slist_append(c->headers, *line);
    memset(id, '0', sizeof(id));
    memcpy(id, ID_HEADER, sizeof(ID_HEADER) - 1);
    id[sizeof(id) - 1] = '\0';
    c->headers = curl_slist_append(c->headers, id);
    for (struct curl_slist *last = c->headers; last != NULL; last = last->next)
        c->id = last->data + sizeof(ID_HEADER) - 1;
    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NOPROXY, "");
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, request_body);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)strlen(request_body));
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_NONE);
    curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->error);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, collect);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, &c->head);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, &c->body);
    curl_easy_setopt(e, CURLOPT_PRIVATE, c);
}

static void verify(call *c, CURLcode code)
{
    long status = 0;
    if (code != CURLE_OK)
        stop(curl_easy_strerror(code), c->error);
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 201 || c->body.len == 0 || c->head.len == 0)
        stop("answer", "not the one that was expected");
}

static void create(long n)
{
    static call one;
    if (one.easy == NULL)
        prepare(&one);
    while (n-- > 0) {
        renew(&one);
        verify(&one, curl_easy_perform(one.easy));
    }
}

static void add(CURLM *multi, call *c)
{
    renew(c);
    if (curl_multi_add_handle(multi, c->easy) != CURLM_OK)
        stop("curl_multi_add_handle", "failed");
}

static void parallel(long n)
{
    static CURLM *multi;
    static call calls[IN_FLIGHT];
    long begun = 0, ended = 0;
    int running, left;
    if (multi == NULL) {
        multi = curl_multi_init();
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)IN_FLIGHT);
        for (int i = 0; i < IN_FLIGHT; i++)
            prepare(&calls[i]);
    }
    for (; begun < n && begun < IN_FLIGHT; begun++)
        add(multi, &calls[begun]);
    while (ended < n) {
        CURLMsg *m;
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            stop("curl_multi_perform", "failed");
        while ((m = curl_multi_info_read(multi, &left)) != NULL) {
            char *private = NULL;
            call *c;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
            c = (call *)(void *)private;
            verify(c, m->data.result);
            curl_multi_remove_handle(multi, c->easy);
            ended++;
            if (begun < n) {
                add(multi, c);
                begun++;
            }
        }
        if (ended < n && curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK)
            stop("curl_multi_poll", "failed");
    }
}

int main(int argc, char **argv)
{
    char command[16];
    long n;
    if (argc < 3)
        stop("usage", "loop URL BODY HEADER...");
    url = argv[1];
    request_body = argv[2];
    header_lines = argv + 3;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    while (scanf("%15s %ld", command, &n) == 2) {
        double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        if (strcmp(command, "create") == 0)
            create(n);
        else
            parallel(n);
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        printf("%ld %.9f %.9f\n", n, cpu, now(CLOCK_MONOTONIC) - wall);
        fflush(stdout);
    }
    return 0;
}
