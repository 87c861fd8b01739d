/* SPDX-License-Identifier: MIT */
/* Words of any range, in runs without a carry. */
#include "core/words.h"

void simdrop_fill(uint32_t *out, size_t blocks, uint64_t first,
                  const struct simdrop_kernels *kernels, const struct simdrop_philox *philox) {
    for (size_t run; blocks; out += 4 * run, first += run, blocks -= run) {
        run = simdrop_run_length(first, blocks, 1);
        kernels->fill_u32(out, run, first, philox);
    }
}

void simdrop_fill_scaled(float *out, size_t blocks, uint64_t first,
                         const struct simdrop_kernels *kernels, const struct simdrop_philox *philox,
                         float scale) {
    for (size_t run; blocks; out += 4 * run, first += run, blocks -= run) {
        run = simdrop_run_length(first, blocks, 1);
        kernels->fill_f32(out, run, first, philox, scale);
    }
}
