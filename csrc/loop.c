/* loop.c - drives a libcurl multi handle: waits for its sockets and its timer. libcurl is
 * told which socket is ready, so it need not look at every transfer at each step. */
#include "transfer.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define NEVER 1e300
#define KEPT 256L /* connections that stay open for later calls */

/* Monotonic seconds. */
double gi_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Tells l->epoll, if there is one, of what is waited for. Returns 0 or -1. */
static int tell(const gi_loop *l, int op, const struct pollfd *p)
{
    struct epoll_event e = {0};
    e.events =
        (p->events & POLLIN ? EPOLLIN : 0u) | (p->events & POLLOUT ? EPOLLOUT : 0u);
    return l->epoll < 0 ? 0 : epoll_ctl(l->epoll, op, p->fd, &e);
}

/* libcurl says what it waits for on a socket. Returns -1 when memory is out. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ud, void *own)
{
    gi_loop *l = ud;
    int op = EPOLL_CTL_MOD;
    nfds_t i;
    (void)easy;
    (void)own;
    for (i = 0; i < l->nfds && l->fds[i].fd != fd; i++)
        continue;
    if (what == CURL_POLL_REMOVE) {
        if (i < l->nfds) {
            tell(l, EPOLL_CTL_DEL, &l->fds[i]);
            l->fds[i] = l->fds[--l->nfds];
        }
        return 0;
    }
    if (i == l->nfds) {
        if (l->nfds == l->max_fds) {
            nfds_t max = l->max_fds > 0 ? 2 * l->max_fds : 8;
            struct pollfd *fds = realloc(l->fds, max * sizeof(*fds));
            if (fds == NULL)
                return -1;
            l->fds = fds;
            l->max_fds = max;
        }
        l->nfds++;
        op = EPOLL_CTL_ADD;
        l->fds[i].fd = fd;
        l->fds[i].revents = 0;
    }
    l->fds[i].events = (short)((what & CURL_POLL_IN ? POLLIN : 0) |
                               (what & CURL_POLL_OUT ? POLLOUT : 0));
    return tell(l, op, &l->fds[i]);
}

static int on_timer(CURLM *multi, long ms, void *ud)
{
    gi_loop *l = ud;
    (void)multi;
    l->due = ms < 0 ? NEVER : ms == 0 ? 0 : gi_now() + (double)ms / 1000;
    return 0;
}

/* Makes the multi handle of l, which is all zeros. Returns 0, or -1: memory is out. */
int gi_loop_open(gi_loop *l)
{
    l->due = NEVER;
    l->epoll = -1;
    if ((l->multi = curl_multi_init()) == NULL)
        return -1;
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
    /* unless told, it keeps four for each handle: few between two crowds of calls */
    curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, KEPT);
    return 0;
}

/* No easy handle may be left in it. Harmless the second time. */
void gi_loop_close(gi_loop *l)
{
    curl_multi_cleanup(l->multi);
    free(l->fds);
    if (l->epoll >= 0)
        close(l->epoll);
    l->multi = NULL;
    l->fds = NULL;
    l->nfds = l->max_fds = 0;
    l->epoll = -1;
    l->due = NEVER;
}

/* Seconds until libcurl wants a call even if no socket is ready; negative: never. */
double gi_loop_due(const gi_loop *l)
{
    double left = l->due - gi_now();
    return l->due >= NEVER ? -1 : left > 0 ? left : 0;
}

/* A descriptor that is readable when a socket is ready; always the same one, and closed
 * with l. Returns -1 and errno when there can be none. */
int gi_loop_watch(gi_loop *l)
{
    nfds_t i;
    int rc = 0;
    if (l->epoll >= 0 || (l->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
        return l->epoll;
    for (i = 0; i < l->nfds && rc == 0; i++)
        rc = tell(l, EPOLL_CTL_ADD, &l->fds[i]);
    if (rc != 0) {
        close(l->epoll);
        l->epoll = -1;
    }
    return l->epoll;
}

static int milliseconds(double seconds)
{
    return seconds < 1e6 ? (int)(seconds * 1000) + 1 : 1000000000;
}

/* Tells libcurl of every socket that poll() found ready. */
static CURLMcode act(gi_loop *l)
{
    CURLMcode rc = CURLM_OK;
    int running;
    nfds_t i = 0;
    while (i < l->nfds && rc == CURLM_OK) {
        int fd = l->fds[i].fd, events = l->fds[i].revents, bits = 0;
        if (events == 0) {
            i++;
            continue;
        }
        l->fds[i].revents = 0;
        if (events & (POLLIN | POLLHUP))
            bits |= CURL_CSELECT_IN;
        if (events & POLLOUT)
            bits |= CURL_CSELECT_OUT;
        if (events & (POLLERR | POLLNVAL))
            bits |= CURL_CSELECT_ERR;
        rc = curl_multi_socket_action(l->multi, fd, bits, &running); /* may change fds */
    }
    return rc;
}

/* Waits for at most so many seconds until something can be done, and does it: what ready
 * sockets ask for, or else what the time asks for. */
CURLMcode gi_loop_step(gi_loop *l, double seconds)
{
    double left;
    int running;
    if (l->due > 0 && (left = l->due - gi_now()) > 0) {
        if (seconds < left)
            left = seconds;
        if (poll(l->fds, l->nfds, left > 0 ? milliseconds(left) : 0) > 0)
            return act(l);
        if (gi_now() < l->due)
            return CURLM_OK;
    }
    l->due = NEVER; /* libcurl calls on_timer when it wants another one */
    return curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}
