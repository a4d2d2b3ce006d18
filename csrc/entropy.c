/* entropy.c - random bytes of the system, fetched many at a time. */
#define _DEFAULT_SOURCE
#include "gi.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BATCH 256 /* bytes: the most that getentropy gives */

/* Lies in a page that a fork gives the child as zeros: the two must not give the same. */
struct gi_entropy {
    size_t left;
    unsigned char bytes[BATCH];
};

/* Returns a source that is empty; NULL where the system has no such pages. */
gi_entropy *gi_entropy_new(void)
{
#ifdef MADV_WIPEONFORK
    void *page = mmap(NULL, sizeof(gi_entropy), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, sizeof(gi_entropy), MADV_WIPEONFORK) == 0)
        return page;
    munmap(page, sizeof(gi_entropy));
#endif
    return NULL;
}

void gi_entropy_free(gi_entropy *e)
{
    if (e != NULL)
        munmap(e, sizeof(*e));
}

/* Fills out with n bytes, at most BATCH; e may be NULL. Returns 0, or -1: the system has
 * none. */
int gi_entropy_take(gi_entropy *e, void *out, size_t n)
{
    if (e == NULL)
        return getentropy(out, n);
    if (e->left < n) {
        if (getentropy(e->bytes, BATCH) != 0)
            return -1;
        e->left = BATCH;
    }
    e->left -= n;
    memcpy(out, e->bytes + e->left, n);
    memset(e->bytes + e->left, 0, n);
    return 0;
}
