/* SPDX-License-Identifier: MIT */
/* What the drivers share: ranges of positions, and the words of a range of blocks. */
#ifndef SIMDROP_WORDS_H
#define SIMDROP_WORDS_H

#include "kernels.h"

/* Whether positions [offset, offset + n) end by 2^64, and n elements of `size` bytes by SIZE_MAX. */
static inline int simdrop_range_is_valid(uint64_t offset, size_t n, size_t size) {
    return n <= SIZE_MAX / size && (n == 0 || n - 1 <= UINT64_MAX - offset);
}

/* out[0 .. 4 * blocks) = blocks [first, first + blocks) mod 2^64, of any number and at any place. */
void simdrop_fill(uint32_t *out, size_t blocks, uint64_t first,
                  const struct simdrop_kernels *kernels, const struct simdrop_philox *philox);

#endif
