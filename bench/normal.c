/* SPDX-License-Identifier: MIT */
/* Normal numbers as a careful programmer makes them from a block of Philox and libm. */
#include "normal.h"

#include <math.h>

void bench_normal_f32(float *y, size_t n, uint64_t first_block,
                      const struct simdrop_philox *philox) {
    for (size_t i = 0; i < n; i += 4) {
        uint32_t words[4];
        simdrop_philox_block(words, first_block + i / 4, philox);
        for (size_t j = 0; j < 4; j += 2) {
            const float u = (float)(words[j] >> 1 | 1) * 0x1p-31f;
            const float angle = (float)(int32_t)words[j + 1] * (0x1p-31f * 3.14159265f);
            const float r = sqrtf(-2 * logf(u));
            y[i + j] = r * cosf(angle);
            y[i + j + 1] = r * sinf(angle);
        }
    }
}
