/* SPDX-License-Identifier: MIT */
/* What public functions ask of their arguments. */
#ifndef SIMDROP_CHECK_H
#define SIMDROP_CHECK_H

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

/* The elements [offset, offset + n), of `size` bytes, from x to y. */
static inline int simdrop_call_is_valid(const struct simdrop_plan *plan, uint64_t offset, size_t n,
                                        const void *x, const void *y, size_t size) {
    return plan && simdrop_range_is_valid(offset, n, size) &&
           (n == 0 || simdrop_buffers_are_valid(x, y, n * size));
}

/* y = x bit for bit. */
static inline void simdrop_copy(void *y, const void *x, size_t bytes) {
    if (x != y) memcpy(y, x, bytes);
}

#endif
