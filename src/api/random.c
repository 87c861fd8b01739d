/* SPDX-License-Identifier: MIT */
/* The stream as words. */
#include "core/words.h"

#include <simdrop/random.h>

#include <string.h>

simdrop_status simdrop_philox4x32(int32_t rounds, const uint32_t counter[4], const uint32_t key[2],
                                  uint32_t out[4]) {
    if (rounds < 1 || rounds > 16 || !counter || !key || !out) return SIMDROP_ERR_INVALID_ARGUMENT;
    uint32_t x[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k0 = key[0], k1 = key[1];
    for (int32_t r = 0; r < rounds; ++r) {
        simdrop_philox_round(x, k0, k1);
        k0 += SIMDROP_PHILOX_W0;
        k1 += SIMDROP_PHILOX_W1;
    }
    memcpy(out, x, sizeof x);
    return SIMDROP_OK;
}

/* Copies words [from, from + count) of one block. */
static void copy_part(uint32_t *out, uint64_t block, size_t from, size_t count,
                      const struct simdrop_philox *philox) {
    uint32_t words[4];
    simdrop_philox_block(words, block, philox);
    memcpy((char *)out, words + from, count * sizeof *words);
}

simdrop_status simdrop_random_u32(uint64_t seed, uint64_t stream, uint64_t offset, size_t n,
                                  uint32_t *out) {
    if (n == 0) return SIMDROP_OK;
    if (!out || !simdrop_range_is_valid(offset, n, sizeof *out))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    struct simdrop_philox philox;
    simdrop_philox_init(&philox, seed, stream, 10);
    uint64_t block = offset / 4;
    if (offset % 4) {
        const size_t from = offset % 4, count = n < 4 - from ? n : 4 - from;
        copy_part(out, block++, from, count, &philox);
        out += count, n -= count;
    }
    const size_t blocks = n / 4;
    simdrop_fill(out, blocks, block, simdrop_kernels(), &philox);
    if (n % 4) copy_part(out + 4 * blocks, block + blocks, 0, n % 4, &philox);
    return SIMDROP_OK;
}

uint64_t simdrop_stream_derive(uint64_t a, uint64_t b, uint64_t c) {
    struct simdrop_philox philox;
    uint32_t words[4];
    simdrop_philox_init(&philox, c, b, 10);
    simdrop_philox_block(words, a, &philox);
    return words[0] | (uint64_t)words[1] << 32;
}
