/* SPDX-License-Identifier: MIT */
/* Ranges of the stream: which there are, and the words of any of them. */
#ifndef SIMDROP_WORDS_H
#define SIMDROP_WORDS_H

#include "kernels.h"

/* Whether positions [offset, offset + n) end by 2^64, and n elements of `size` bytes by SIZE_MAX. */
static inline int simdrop_range_is_valid(uint64_t offset, size_t n, size_t size) {
    return n <= SIZE_MAX / size && (n == 0 || n - 1 <= UINT64_MAX - offset);
}

/*
 * Kernels see no carry out of the low 32 bits of the block number. How many of `count` units, from
 * unit `first` on, one call may have; a unit is some power of two of blocks.
 */
static inline size_t simdrop_run_length(uint64_t first, size_t count, unsigned blocks) {
    const uint64_t period = UINT64_C(1) << (32 - __builtin_ctz(blocks));
    const uint64_t room = period - (first & (period - 1));
    return count < room ? count : (size_t)room;
}

/* out[0 .. 4 * blocks) = blocks [first, first + blocks) mod 2^64, of any number and at any place. */
void simdrop_fill(uint32_t *out, size_t blocks, uint64_t first,
                  const struct simdrop_kernels *kernels, const struct simdrop_philox *philox);

/* The same, of each word its upper 24 bits times `scale`. */
void simdrop_fill_scaled(float *out, size_t blocks, uint64_t first,
                         const struct simdrop_kernels *kernels, const struct simdrop_philox *philox,
                         float scale);

#endif
