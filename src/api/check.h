/* SPDX-License-Identifier: MIT */
/* What public functions ask of their arguments. */
#ifndef SIMDROP_CHECK_H
#define SIMDROP_CHECK_H

#include "core/layout.h"
#include "core/plan.h"
#include "core/words.h"
#include "types.h"

#include <string.h>

#define SIMDROP_SIZE_OF(name, c_type, ...) sizeof(c_type),
static const size_t simdrop_size_of[] = {SIMDROP_TYPES(SIMDROP_SIZE_OF, )};
#undef SIMDROP_SIZE_OF

/* Buffers of `bytes` bytes are usable if they are there and are the same one or apart. */
static inline int simdrop_buffers_are_valid(const void *x, const void *y, size_t bytes) {
    const uintptr_t a = (uintptr_t)x, b = (uintptr_t)y;
    return a && b && (a == b || (a < b ? b - a : a - b) >= bytes);
}

/* Whether no byte is in both. */
static inline int simdrop_buffers_are_apart(const void *x, size_t x_bytes, const void *y,
                                            size_t y_bytes) {
    const uintptr_t a = (uintptr_t)x, b = (uintptr_t)y;
    return a < b ? b - a >= x_bytes : a - b >= y_bytes;
}

/* The elements [offset, offset + n), of `size` bytes, from x to y. */
static inline int simdrop_call_is_valid(const struct simdrop_plan *plan, uint64_t offset, size_t n,
                                        const void *x, const void *y, size_t size) {
    return plan && simdrop_range_is_valid(offset, n, size) &&
           (n == 0 || simdrop_buffers_are_valid(x, y, n * size));
}

/* What an argument takes of memory: rows of `bytes` bytes, `pitch` bytes apart. */
struct simdrop_region {
    const void *at; /* or NULL: it isn't there */
    size_t rows, bytes, pitch;
    int is_tensor, is_written;
};
static inline struct simdrop_region simdrop_tensor(const void *at,
                                                   const struct simdrop_layout *layout, size_t ld,
                                                   size_t size, int is_written) {
    return (struct simdrop_region){at, layout->rows, layout->cols * size, ld * size, 1, is_written};
}
static inline struct simdrop_region simdrop_vector(const void *at, size_t bytes, int is_written) {
    return (struct simdrop_region){at, 1, bytes, bytes, 0, is_written};
}
static inline struct simdrop_region simdrop_stored_mask(const void *at,
                                                        const struct simdrop_layout *layout) {
    const size_t n = layout->rows * layout->cols;
    return simdrop_vector(at, n / 8 + (n % 8 != 0), 0);
}

/* Whether each of them that is written is apart from all others, or a tensor and the same as
   another that is only read. The layout has elements. */
int simdrop_regions_are_valid(const struct simdrop_region *regions, size_t count);

/* The type that a type's values are computed in. */
#define SIMDROP_SIZE_OF_REAL(name, c_type, real, ...) [SIMDROP_##name] = sizeof(real),
static const size_t simdrop_real_size_of[] = {SIMDROP_REAL_TYPES(SIMDROP_SIZE_OF_REAL, )};
#undef SIMDROP_SIZE_OF_REAL

/* The bytes that n bits take. */
static inline size_t simdrop_bytes_of_bits(size_t n) { return n / 8 + (n % 8 != 0); }

/* A mask of n bits that are all the same, padded with 0. */
static inline void simdrop_fill_bits(uint8_t *mask, size_t n, int keeps) {
    memset(mask, keeps ? 0xff : 0, simdrop_bytes_of_bits(n));
    if (keeps && n % 8) mask[n / 8] = (uint8_t)((1u << n % 8) - 1);
}

/* y = x bit for bit. */
static inline void simdrop_copy(void *y, const void *x, size_t bytes) {
    if (x != y) memcpy(y, x, bytes);
}

#endif
