/* SPDX-License-Identifier: MIT */
/* The random stream and dropout as their specification says them, one element at a time. */
#ifndef SIMDROP_TESTS_DEFINITION_H
#define SIMDROP_TESTS_DEFINITION_H

#include "types.h"

void defined_philox(int rounds, const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Draw number `index`, of `width` bits (8, 16 or 32), of a stream. */
uint32_t defined_draw(uint64_t seed, uint64_t stream, int rounds, int width, uint64_t index);

/* What a configuration comes to. */
struct defined {
    int32_t bits;
    uint64_t threshold;
    double realized_prob, train_scale, infer_scale;
};
struct defined defined_by(const simdrop_dropout_config *config);

/* The number that a bit pattern of a type is, NaN too; the pattern of a number, rounded to nearest,
   ties to even, or of a quiet NaN; and that of a NaN that has been computed with. */
double defined_number(enum simdrop_type type, uint64_t bits);
uint64_t defined_bits(enum simdrop_type type, double x);
uint64_t defined_quiet(enum simdrop_type type, uint64_t nan);

/* x * s as a kept element becomes, s rounded first; x and the result as bit patterns. */
uint64_t defined_product(enum simdrop_type type, uint64_t x, double s);

/* The results of the functions of the same names. `mask` is the one of the range; x and y need no
   alignment. */
void defined_mask_bits(const simdrop_dropout_config *config, uint64_t offset, size_t n,
                       uint8_t *mask);
void defined_dropout(const simdrop_dropout_config *config, enum simdrop_type type,
                     const uint8_t *mask, size_t n, const void *x, void *y);
void defined_infer(const simdrop_dropout_config *config, enum simdrop_type type, size_t n,
                   const void *x, void *y);

#endif
