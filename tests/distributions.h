/* SPDX-License-Identifier: MIT */
/* The distributions with parameters to test them with, and their values as the formulas say. */
#ifndef SIMDROP_TESTS_DISTRIBUTIONS_H
#define SIMDROP_TESTS_DISTRIBUTIONS_H

#include <simdrop/distributions.h>

enum distribution {
    UNIFORM_F32,
    UNIFORM_F64,
    UNIFORM_BF16,
    UNIFORM_F16,
    BERNOULLI_U8,
    UNIFORM_INT_U32,
    NORMAL_F32, /* from here on SLEEF is needed */
    NORMAL_F64,
    NORMAL_BF16,
    NORMAL_F16,
    EXPONENTIAL_F32,
    EXPONENTIAL_F64,
    GUMBEL_F32,
    GUMBEL_F64,
    TRUNCATED_NORMAL_F32
};

/* A distribution with its parameters, in the order of the function's, and the FNV-1a hash of its
   first 10000 values of seed 42 and stream 7, as made with SLEEF 3.5.1. */
struct setting {
    const char *name;
    enum distribution distribution;
    double parameters[4];
    uint64_t hash;
};
extern const struct setting settings[];
extern const size_t setting_count;

int is_built_in(const struct setting *setting);
size_t size_of_value(const struct setting *setting);
uint64_t end_of_positions(const struct setting *setting); /* 2^64 as 0, or 2^63 */

simdrop_status generate(const struct setting *setting, uint64_t seed, uint64_t stream,
                        uint64_t offset, size_t n, void *out);

/* Value i of an array of results. */
double value_at(const struct setting *setting, const void *values, size_t i);

/* Value e by its formula: exactly if is_exact(), else in long double, but with u and v rounded as
   they are specified. */
int is_exact(const struct setting *setting);
long double defined_value(const struct setting *setting, uint64_t seed, uint64_t stream,
                          uint64_t e);

/* The spacing of the type's numbers at x, and x rounded to the type, ties to even. */
double spacing_at(const struct setting *setting, double x);
double rounded(const struct setting *setting, double x);

/* The probability of a value below x, and the moments; not for bernoulli and integers. */
double defined_cdf(const struct setting *setting, double x);

#endif
