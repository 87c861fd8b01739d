/* SPDX-License-Identifier: MIT */
/*
 * The standard normal distribution, on the lanes of any instruction set: its density and its
 * distribution function, of which GELU and its derivative are made. Of one x, both take one
 * exponential.
 *
 * The distribution function is at most 1.57 * 2^-24 off, in f64 2 * 2^-53, and 5 + x^2 ulp, as the
 * density is (tests/test_blocks.c): the rounding of x^2 counts for more, the farther it is. It takes a
 * fifth of the time of SLEEF's error function in f32. The constants are of docs/coefficients.py.
 */
#ifndef SIMDROP_BODY_NORMAL_H
#define SIMDROP_BODY_NORMAL_H

#include "body/exp.h"

/* e^(-x^2/2) */
SIMDROP_INLINE f32_lanes f32_bell(f32_lanes x) {
    return f32_exp(f32_mul(f32_set(-0.5), f32_mul(x, x)));
}

SIMDROP_INLINE f32_lanes f32_normal_density(f32_lanes x) {
    return f32_mul(f32_bell(x), f32_set(0x1.988454p-2)); /* 1 / sqrt(2 pi) */
}

/* The probability beyond |x|, from 1/2 down to 0, is e^(-x^2/2) (1/2 + u p(u)), where u goes from 0
   to 2. Farther than 15 is as far as 15, where it is 0; the order of arguments lets NaN pass. */
SIMDROP_INLINE f32_lanes f32_normal_cdf(f32_lanes x) {
    static const double p[] = {0x1.ba4098p-15, -0x1.797856p-12, 0x1.514996p-11,
                               0x1.59de12p-13, 0x1.f79f1ep-10,  -0x1.44abb6p-7,
                               -0x1.25e672p-5, 0x1.0d9bd8p-2,   -0x1.32633cp-1};
    const f32_lanes a = f32_min(f32_set(15), f32_abs(x));
    const f32_lanes u = f32_div(f32_add(a, a), f32_add(a, f32_set(3)));
    f32_lanes sum = f32_set(p[0]);
    _Pragma("GCC unroll 8") for (int i = 1; i < 9; ++i) sum =
        f32_add(f32_mul(sum, u), f32_set(p[i]));
    const f32_lanes factor = f32_add(f32_mul(sum, u), f32_set(0.5));
    const f32_lanes beyond = f32_mul(f32_bell(x), factor);
    return f32_if_less(x, f32_set(0), beyond, f32_sub(f32_set(1), beyond));
}

SIMDROP_INLINE f64_lanes f64_bell(f64_lanes x) {
    return f64_exp(f64_mul(f64_set(-0.5), f64_mul(x, x)));
}

SIMDROP_INLINE f64_lanes f64_normal_density(f64_lanes x) {
    return f64_mul(f64_bell(x), f64_set(0x1.9884533d43651p-2));
}

/* Here the probability beyond |x| is e^(-x^2/2) (1/2 + u p(v)), u = |x| / (|x| + 5), where v goes from
   -1 to 1. Farther than 39 is as far. */
SIMDROP_INLINE f64_lanes f64_normal_cdf(f64_lanes x) {
    static const double p[] = {
        -0x1.5716a2f13a5d1p-34, -0x1.3ca2ec77befcbp-31, -0x1.d82fe4b7014a4p-32,
        0x1.434ef9d042c85p-28,  0x1.cd3ad3ee07b2ep-28,  -0x1.fc503770c9bbbp-26,
        -0x1.a51dd74bffc49p-25, 0x1.b5fcf236af388p-23,  0x1.2feadf99cc11cp-22,
        -0x1.b681ac7c4cba6p-20, -0x1.e6d0608b2650ep-21, 0x1.dc5455e6398c6p-17,
        -0x1.9bd0b7188deadp-17, -0x1.c76cf82f5af61p-14, 0x1.8b7492082c7c1p-12,
        0x1.03e7574e54640p-14,  -0x1.3bdc62c9426a7p-8,  0x1.75982ded3da32p-6,
        -0x1.1d348d970b0a0p-4,  0x1.529e401b81d31p-3,   -0x1.4ef5924abd04ap-2,
        0x1.1e558741e9bb6p-1,   -0x1.b13c10d2ce210p-1};
    const f64_lanes a = f64_min(f64_set(39), f64_abs(x));
    const f64_lanes by = f64_div(f64_set(1), f64_add(a, f64_set(5)));
    const f64_lanes v = f64_mul(f64_sub(a, f64_set(5)), by);
    const f64_lanes rest = f64_mul(f64_polynomial(v, p, sizeof p / sizeof *p), f64_mul(a, by));
    const f64_lanes factor = f64_add(rest, f64_set(0.5));
    const f64_lanes beyond = f64_mul(f64_bell(x), factor);
    return f64_if_less(x, f64_set(0), beyond, f64_sub(f64_set(1), beyond));
}

#endif
