/* SPDX-License-Identifier: MIT */
/* The types of tensors, and the calls for each, as one table: all types are then tested by it. */
#ifndef SIMDROP_TESTS_TYPES_H
#define SIMDROP_TESTS_TYPES_H

#include "../src/types.h"

#include <simdrop/dropout.h>

#include <stdlib.h>
#include <string.h>

/* What defines a type's numbers, with their size: the bits of fraction below exponent and sign. */
enum { f32_FRACTION = 23, f64_FRACTION = 52, bf16_FRACTION = 7, f16_FRACTION = 10 };

struct type {
    const char *name;
    size_t size;
    int fraction;
    simdrop_status (*train)(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                            const void *x, void *y);
    simdrop_status (*infer)(const simdrop_dropout *dropout, size_t n, const void *x, void *y);
};

#define CALLS(type, c_type, ...)                                                                   \
    static inline simdrop_status train_##type(const simdrop_dropout *dropout, uint64_t offset,     \
                                              size_t n, const void *x, void *y) {                  \
        return simdrop_dropout_##type(dropout, offset, n, x, y);                                   \
    }                                                                                              \
    static inline simdrop_status infer_##type(const simdrop_dropout *dropout, size_t n,            \
                                              const void *x, void *y) {                            \
        return simdrop_dropout_infer_##type(dropout, n, x, y);                                     \
    }
SIMDROP_TYPES(CALLS, )
#undef CALLS

#define ROW(type, c_type, ...) {#type, sizeof(c_type), type##_FRACTION, train_##type, infer_##type},
static const struct type types[] = {SIMDROP_TYPES(ROW, )};
#undef ROW

/* SIMDROP_TEST_WITHOUT=f16 leaves out a type, for an emulator that rounds it wrongly. */
static inline int type_is_tested(enum simdrop_type type) {
    const char *without = getenv("SIMDROP_TEST_WITHOUT");
    return !without || strcmp(without, types[type].name) != 0;
}
#define FOR_EACH_TYPE(type)                                                                        \
    for (enum simdrop_type type = 0; type < SIMDROP_TYPE_COUNT; ++type)                            \
        if (type_is_tested(type))

/* Element i, as a bit pattern; x and y need no alignment. */
static inline uint64_t element(enum simdrop_type type, const void *x, size_t i) {
    uint64_t bits = 0;
    memcpy(&bits, (const char *)x + types[type].size * i, types[type].size);
    return bits;
}
static inline void set_element(enum simdrop_type type, void *y, size_t i, uint64_t bits) {
    memcpy((char *)y + types[type].size * i, &bits, types[type].size);
}

#endif
