/* fuzz_json.c - libFuzzer on the JSON reader and writer: what is taken and refused, and
 * that what was read can be written back. */
#include "fuzz_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_round(NULL, (const char *)data, size, 0);
    return 0;
}
