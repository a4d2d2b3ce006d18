/* fuzz_decode.c - libFuzzer on decoding by type. The first byte of an input chooses the
 * type, the second one whether a page of it is meant, and the options. */
#include "fuzz_codec.h"
#include <stdio.h>

enum { PAGE = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *type;
    char page[128];
    if (size < 2)
        return 0;
    type = fuzz_type(data[0] % fuzz_types());
    if (data[1] & PAGE) {
        snprintf(page, sizeof(page), "Collection(%s)", type);
        type = page;
    }
    fuzz_round(type, (const char *)data + 2, size - 2,
               data[1] & (FUZZ_INT64_STRING | FUZZ_STATUS_SCHEMA));
    return 0;
}
