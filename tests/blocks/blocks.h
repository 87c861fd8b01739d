/* SPDX-License-Identifier: MIT */
/* Operations of src/body/block.h on whole rows, compiled for each set that has lanes, for tests. */
#ifndef SIMDROP_TESTS_BLOCKS_H
#define SIMDROP_TESTS_BLOCKS_H

#include "../../src/types.h"

#include <stddef.h>
#include <stdint.h>

/* X(name, whether NaN that it makes may differ in sign and payload). */
#define OPERATIONS(X)                                                                              \
    X(SAME, 0)                                                                                     \
    X(NEG, 0)                                                                                      \
    X(ABS, 0)                                                                                      \
    X(MIN, 0)                                                                                      \
    X(MAX, 0)                                                                                      \
    X(IF_LESS, 0) /* x < y ? -x : y */                                                             \
    X(KEEP, 0)                                                                                     \
    X(DEAD, 0) /* LANES_OF_DEAD, of which those from n on are 7 */                                 \
    X(ADD, 1)                                                                                      \
    X(SUB, 1)                                                                                      \
    X(MUL, 1)                                                                                      \
    X(DIV, 1)                                                                                      \
    X(SQRT, 1)                                                                                     \
    X(SUM, 1)                                                                                      \
    X(MAX_OF, 0)                                                                                   \
    X(EXP, 1)                                                                                      \
    X(NORMAL_CDF, 1)                                                                               \
    X(NORMAL_DENSITY, 1)
#define OPERATION(name, ...) name,
enum operation { OPERATIONS(OPERATION) OPERATION_COUNT };
#undef OPERATION

enum { LANES_OF_DEAD = 16 };

/* Of a row of n elements of type `from`, its results as type `to`; SUM and MAX_OF have one result,
   in the type that is computed in. Without SLEEF, EXP and
   what follows are SAME in f64. */
struct row {
    enum operation operation;
    enum simdrop_type from, to;
    void *out;
    const void *x, *y;
    size_t n;
    uint32_t bits; /* of KEEP */
};
typedef void row_fn(const struct row *row);

#define ROW_NAME(real, set) simdrop_test_row_##real##_##set
#define ROW_FUNCTION(real, set) ROW_NAME(real, set)

#endif
