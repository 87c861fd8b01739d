/* SPDX-License-Identifier: MIT */
/* The types of tensors, and the calls for each: what holds for all types is then tested once. */
#ifndef SIMDROP_TESTS_TYPES_H
#define SIMDROP_TESTS_TYPES_H

#include <simdrop/dropout.h>

enum type { F32, F64, TYPES };

static inline const char *name_of(enum type type) { return type == F64 ? "f64" : "f32"; }

static inline size_t size_of(enum type type) { return type == F64 ? 8 : 4; }

static inline simdrop_status train(enum type type, const simdrop_dropout *dropout, uint64_t offset,
                                   size_t n, const void *x, void *y) {
    return type == F64 ? simdrop_dropout_f64(dropout, offset, n, x, y)
                       : simdrop_dropout_f32(dropout, offset, n, x, y);
}

static inline simdrop_status infer(enum type type, const simdrop_dropout *dropout, size_t n,
                                   const void *x, void *y) {
    return type == F64 ? simdrop_dropout_infer_f64(dropout, n, x, y)
                       : simdrop_dropout_infer_f32(dropout, n, x, y);
}

#endif
