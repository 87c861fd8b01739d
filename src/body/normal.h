/* SPDX-License-Identifier: MIT */
/*
 * The standard normal distribution, on the lanes of any instruction set: its density and its
 * distribution function, of which GELU and its derivative are made. Of one x, both take one
 * exponential in f32; f64 needs SLEEF.
 *
 * In f32 the distribution function is at most 1.57 * 2^-24 off, and 5 + x^2 ulp, as the density is
 * (tests/test_blocks.c): the rounding of x^2 counts for more, the farther it is. It takes a fifth of
 * the time of SLEEF's error function. The constants are of docs/f32_coefficients.py.
 */
#ifndef SIMDROP_BODY_NORMAL_H
#define SIMDROP_BODY_NORMAL_H

#include "body/exp.h"

#if defined(SIMDROP_HAVE_SLEEF)
#include "body/functions.h"
#endif

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

#if defined(SIMDROP_HAVE_SLEEF)
SIMDROP_INLINE f64_lanes f64_normal_density(f64_lanes x) {
    const f64_lanes bell = f64_exp(f64_mul(f64_set(-0.5), f64_mul(x, x)));
    return f64_mul(bell, f64_set(0x1.9884533d43651p-2)); /* 1 / sqrt(2 pi) */
}

SIMDROP_INLINE f64_lanes f64_normal_cdf(f64_lanes x) {
    const f64_lanes z = f64_mul(x, f64_set(-0x1.6a09e667f3bcdp-1)); /* -1 / sqrt(2) */
    return f64_mul(f64_set(0.5), f64_erfc(z));
}
#endif

#endif
