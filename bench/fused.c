/* SPDX-License-Identifier: MIT */
/* Dropout as a careful programmer writes it without intrinsics: a block, its 8 draws, select. */
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

void BENCH_JOIN(bench_fused, BENCH_BUILD)(float *restrict y, const float *restrict x, size_t n,
                                          const struct simdrop_philox *philox, uint32_t threshold,
                                          float scale) {
    const struct simdrop_philox p = *philox;
    for (size_t i = 0; i < n; i += 8) {
        uint32_t w[4] = {(uint32_t)(i / 8), (uint32_t)(i / 8 >> 32), (uint32_t)p.stream,
                         (uint32_t)(p.stream >> 32)};
        for (int r = 0; r < 10; ++r)
            simdrop_philox_round(w, (uint32_t)p.key[2 * r], (uint32_t)p.key[2 * r + 1]);
        for (size_t j = 0; j < 8; ++j) {
            const uint32_t draw = w[j / 2] >> (16 * (j % 2)) & 0xffff;
            y[i + j] = select(draw, threshold, x[i + j] * scale);
        }
    }
}
