/* SPDX-License-Identifier: MIT */
/* The calls of stored masks as one table for all types, with the two formats told apart by name. */
#ifndef SIMDROP_TESTS_MASKS_H
#define SIMDROP_TESTS_MASKS_H

#include "types.h"

#include <simdrop/masks.h>

enum format { BITS, BYTES, FORMATS };

struct mask_calls {
    simdrop_status (*store[FORMATS])(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                                     const void *x, void *y, uint8_t *mask);
    /* from element `begin` of the mask on */
    simdrop_status (*from[FORMATS])(const simdrop_dropout *dropout, const uint8_t *mask,
                                    size_t begin, size_t n, const void *x, void *y);
};

#define CALLS(type, c_type, ...)                                                                   \
    static inline simdrop_status store_bits_##type(const simdrop_dropout *d, uint64_t offset,      \
                                                   size_t n, const void *x, void *y,               \
                                                   uint8_t *mask) {                                \
        return simdrop_dropout_store_bits_##type(d, offset, n, x, y, mask);                        \
    }                                                                                              \
    static inline simdrop_status store_bytes_##type(const simdrop_dropout *d, uint64_t offset,     \
                                                    size_t n, const void *x, void *y,              \
                                                    uint8_t *mask) {                               \
        return simdrop_dropout_store_bytes_##type(d, offset, n, x, y, mask);                       \
    }                                                                                              \
    static inline simdrop_status from_bits_##type(const simdrop_dropout *d, const uint8_t *mask,   \
                                                  size_t begin, size_t n, const void *x,           \
                                                  void *y) {                                       \
        return simdrop_dropout_from_bits_##type(d, mask, begin, n, x, y);                          \
    }                                                                                              \
    static inline simdrop_status from_bytes_##type(const simdrop_dropout *d, const uint8_t *mask,  \
                                                   size_t begin, size_t n, const void *x,          \
                                                   void *y) {                                      \
        return simdrop_dropout_from_bytes_##type(d, mask ? mask + begin : NULL, n, x, y);          \
    }
SIMDROP_TYPES(CALLS, )
#undef CALLS

#define ROW(type, c_type, ...)                                                                     \
    {{store_bits_##type, store_bytes_##type}, {from_bits_##type, from_bytes_##type}},
static const struct mask_calls mask_calls[] = {SIMDROP_TYPES(ROW, )};
#undef ROW

#endif
