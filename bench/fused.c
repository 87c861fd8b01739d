/* SPDX-License-Identifier: MIT */
/* Philox words, and dropout by them, as a careful programmer writes it without intrinsics. */
#include "fused.h"

#include <string.h>

/* Dropped or x * scale, without a branch: that would be mispredicted for one element in ten. The
   forms differ in what compilers make of them: vectors of the one, the fastest plain code of the
   other, where a mask would have to move between register files. */
static inline float select(uint32_t draw, uint32_t threshold, float product) {
#if defined(BENCH_AUTOVEC)
    uint32_t bits;
    memcpy(&bits, &product, sizeof bits);
    bits &= 0 - (uint32_t)(draw >= threshold);
    memcpy(&product, &bits, sizeof bits);
    return product;
#else
    const float choice[2] = {product, 0.0f};
    return choice[((uint64_t)draw - threshold) >> 63];
#endif
}

/* Blocks at a time, in arrays, a round of all at once: gcc makes faster vectors of that than of a
   loop over blocks; Clang, and code without vectors, are faster block by block. */
#if defined(BENCH_AUTOVEC) && !defined(__clang__)
enum { LANES = 64 };
#else
enum { LANES = 1 };
#endif

/* w[lanes * j + i] = word j of block first + i. Inlined, so that the compiler knows `lanes`. */
static inline __attribute__((always_inline)) void draw(uint32_t *w, size_t lanes, uint64_t first,
                                                       const struct simdrop_philox *philox) {
    for (size_t i = 0; i < lanes; ++i) {
        w[i] = (uint32_t)(first + i);
        w[lanes + i] = (uint32_t)((first + i) >> 32);
        w[2 * lanes + i] = (uint32_t)philox->stream;
        w[3 * lanes + i] = (uint32_t)(philox->stream >> 32);
    }
    for (int r = 0; r < 10; ++r)
        for (size_t i = 0; i < lanes; ++i) {
            uint32_t x[4] = {w[i], w[lanes + i], w[2 * lanes + i], w[3 * lanes + i]};
            simdrop_philox_round(x, (uint32_t)philox->key[2 * r], (uint32_t)philox->key[2 * r + 1]);
            for (size_t j = 0; j < 4; ++j) w[lanes * j + i] = x[j];
        }
}

static inline __attribute__((always_inline)) void
words(uint32_t *restrict y, size_t lanes, uint64_t first, const struct simdrop_philox *philox) {
    uint32_t w[4 * LANES];
    draw(w, lanes, first, philox);
    for (size_t i = 0; i < lanes; ++i)
        for (size_t j = 0; j < 4; ++j) y[4 * i + j] = w[lanes * j + i];
}

void BENCH_JOIN(bench_words, BENCH_BUILD)(uint32_t *restrict y, size_t n, uint64_t first_block,
                                          const struct simdrop_philox *philox) {
    const struct simdrop_philox p = *philox;
    size_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) words(y + i, LANES, first_block + i / 4, &p);
    for (; i < n; i += 4) words(y + i, 1, first_block + i / 4, &p);
}

static inline __attribute__((always_inline)) void
dropout(float *restrict y, const float *restrict x, size_t lanes, uint64_t first,
        const struct simdrop_philox *philox, uint32_t threshold, float scale) {
    uint32_t w[4 * LANES];
    draw(w, lanes, first, philox);
    for (size_t i = 0; i < lanes; ++i)
        for (size_t j = 0; j < 8; ++j) {
            const uint32_t drawn = w[lanes * (j / 2) + i] >> (16 * (j % 2)) & 0xffff;
            y[8 * i + j] = select(drawn, threshold, x[8 * i + j] * scale);
        }
}

void BENCH_JOIN(bench_fused, BENCH_BUILD)(float *restrict y, const float *restrict x, size_t n,
                                          const struct simdrop_philox *philox, uint32_t threshold,
                                          float scale) {
    const struct simdrop_philox p = *philox;
    size_t i = 0;
    for (; i + 8 * LANES <= n; i += 8 * LANES)
        dropout(y + i, x + i, LANES, i / 8, &p, threshold, scale);
    for (; i < n; i += 8) dropout(y + i, x + i, 1, i / 8, &p, threshold, scale);
}
