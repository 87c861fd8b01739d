/* SPDX-License-Identifier: MIT */
/* random.h: words of the stream. */
#include "fuzz.h"

static void block(struct fuzz *fuzz) {
    const int32_t rounds = (int32_t)take(fuzz, 1) - 4;
    uint32_t *const out = result(fuzz, 4 * sizeof *out, 1);
    const int same = (int)take(fuzz, 1) % 4;
    uint32_t *const counter = input(fuzz, 4 * sizeof *counter, 1);
    uint32_t *const key = input(fuzz, 2 * sizeof *key, 1);
    CALL(fuzz, simdrop_philox4x32, rounds, same == 1 ? out : counter, same == 2 ? out : key, out);
}

void fuzz_random(struct fuzz *fuzz) {
    block(fuzz);
    const uint64_t a = take(fuzz, 8), b = take(fuzz, 4), c = take(fuzz, 8);
    const size_t n = take_count(fuzz, sizeof(uint32_t));
    const uint64_t offset = take_offset(fuzz, n);
    uint32_t *const out = result(fuzz, sizeof *out, n);
    CALL(fuzz, simdrop_random_u32, a, b, offset, n, out);
    const uint64_t derived = simdrop_stream_derive(a, b, c);
    record(fuzz, &derived, sizeof derived);
}
