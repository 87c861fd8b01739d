/* SPDX-License-Identifier: MIT */
/*
 * e^x in f32 and f64, on the lanes of any instruction set, without SLEEF; in f32 on AVX2 (Zen 3) it
 * takes 0.56 of the time of SLEEF's. Its error is at most 0.977 ulp in f32, of subnormal results
 * 0.750, and 1.05 ulp in f64 (tests/test_blocks.c); e^0 is 1, e^x of x > 88.7228 is infinite and of
 * x < -103.9721 zero, in f64 of x > 709.7827 and x < -745.1332, and NaN stays NaN. The constants are
 * of docs/coefficients.py.
 */
#ifndef SIMDROP_BODY_EXP_H
#define SIMDROP_BODY_EXP_H

#include "lanes.h" /* of the folder that it is compiled for */

SIMDROP_INLINE f32_lanes f32_exp(f32_lanes x) {
    /* what is beyond has the result of the limit; the order of arguments lets NaN pass */
    x = f32_min(f32_set(89), f32_max(f32_set(-104), x));

    /* x = n ln 2 + r. A number near 1.5 * 2^23 is an integer, rounded; its low bits are n + 254. */
    const f32_lanes shift = f32_set(0x1.8p23 + 254);
    const f32_lanes shifted = f32_add(f32_mul(x, f32_set(0x1.715476p0)), shift);
    const f32_lanes n = f32_sub(shifted, shift);
    const f32_lanes above = f32_sub(x, f32_mul(n, f32_set(0x1.62e4p-1))); /* exactly */
    const f32_lanes r = f32_sub(above, f32_mul(n, f32_set(0x1.7f7d1cp-20)));

    /* e^r = 1 + r + r^2 q(r) */
    f32_lanes q = f32_set(0x1.6a2434p-10);
    q = f32_add(f32_mul(q, r), f32_set(0x1.1239e2p-7));
    q = f32_add(f32_mul(q, r), f32_set(0x1.5558f2p-5));
    q = f32_add(f32_mul(q, r), f32_set(0x1.555492p-3));
    q = f32_add(f32_mul(q, r), f32_set(0x1.fffffcp-2));
    const f32_lanes e_r = f32_add(f32_add(f32_mul(f32_mul(r, r), q), r), f32_set(1));

    /* 2^n as two factors, as it may be subnormal or too large; the halves of n + 254 are exponents
       as f32 has them, and shifted so that nothing else is left of them. */
    const u32_lanes bits = bits_of(shifted), half = u32_shift_right(bits, 1);
    const f32_lanes power = f32_of(u32_shift_left(half, 23));
    const f32_lanes rest = f32_of(u32_shift_left(u32_sub(bits, half), 23));
    return f32_mul(f32_mul(e_r, power), rest);
}

/* 2^x for what is added to 1, in two thirds of the operations: it is no less than 2^-126, and infinite
   from 127.5 on. Its error is at most 2 ulp; NaN stays NaN. */
SIMDROP_INLINE f32_lanes f32_exp2(f32_lanes x) {
    x = f32_min(f32_set(128), f32_max(f32_set(-126), x));
    const f32_lanes shift = f32_set(0x1.8p23 + 127); /* as above, but the low bits are n + 127 */
    const f32_lanes shifted = f32_add(x, shift), f = f32_sub(x, f32_sub(shifted, shift));
    /* 2^f = 1 + f q(f), q of pairs of powers: what has to wait is a third shorter so */
    const f32_lanes square = f32_mul(f, f);
    const f32_lanes high = f32_add(f32_mul(f32_set(0x1.470b54p-13), f), f32_set(0x1.5f727cp-10));
    const f32_lanes middle = f32_add(f32_mul(f32_set(0x1.3b270ep-7), f), f32_set(0x1.c6ae72p-5));
    const f32_lanes low = f32_add(f32_mul(f32_set(0x1.ebfbe2p-3), f), f32_set(0x1.62e432p-1));
    const f32_lanes q = f32_add(f32_mul(f32_add(f32_mul(high, square), middle), square), low);
    const f32_lanes power = f32_of(u32_shift_left(bits_of(shifted), 23));
    return f32_mul(f32_add(f32_mul(q, f), f32_set(1)), power);
}

/* p[0] x^(count - 1) + ... + p[count - 1] */
SIMDROP_INLINE f64_lanes f64_polynomial(f64_lanes x, const double *p, int count) {
    f64_lanes sum = f64_set(p[0]);
    _Pragma("GCC unroll 32") for (int i = 1; i < count; ++i) sum =
        f64_add(f64_mul(sum, x), f64_set(p[i]));
    return sum;
}

/* The same as in f32, but where a number is an integer near 1.5 * 2^52. */
SIMDROP_INLINE f64_lanes f64_exp(f64_lanes x) {
    static const double q[] = {0x1.aeaafa0b9aee1p-26, 0x1.2891680377571p-22, 0x1.71de5a3eee627p-19,
                               0x1.a019b92962d17p-16, 0x1.a01a018c2ff5ep-13, 0x1.6c16c178835ffp-10,
                               0x1.111111111448ep-7,  0x1.5555555553d7dp-5,  0x1.555555555554dp-3,
                               0x1.0000000000001p-1};
    x = f64_min(f64_set(710), f64_max(f64_set(-746), x));
    const f64_lanes shift = f64_set(0x1.8p52 + 2046); /* the low bits are n + 2046 */
    const f64_lanes shifted = f64_add(f64_mul(x, f64_set(0x1.71547652b82fep0)), shift);
    const f64_lanes n = f64_sub(shifted, shift);
    const f64_lanes above = f64_sub(x, f64_mul(n, f64_set(0x1.62e42fefa3p-1))); /* exactly */
    const f64_lanes r = f64_sub(above, f64_mul(n, f64_set(0x1.3de6af278ece6p-42)));
    const f64_lanes beyond = f64_mul(f64_mul(r, r), f64_polynomial(r, q, sizeof q / sizeof *q));
    const f64_lanes e_r = f64_add(f64_add(beyond, r), f64_set(1));
    const u64_lanes bits = bits_of_f64(shifted), half = u64_shift_right(bits, 1);
    const f64_lanes power = f64_of(u64_shift_left(half, 52));
    const f64_lanes rest = f64_of(u64_shift_left(u64_sub(bits, half), 52));
    return f64_mul(f64_mul(e_r, power), rest);
}

/* The same as in f32: no less than 2^-1022, and infinite from 1023.5 on. */
SIMDROP_INLINE f64_lanes f64_exp2(f64_lanes x) {
    static const double q[] = {0x1.e8cab9b0a5239p-32, 0x1.e605d5bac33c1p-28, 0x1.b525a0942be71p-24,
                               0x1.62bfd4b3167ebp-20, 0x1.ffcbfc1ea2215p-17, 0x1.43091309596d3p-13,
                               0x1.5d87fe78b2121p-10, 0x1.3b2ab6fba1e3ep-7,  0x1.c6b08d704a08ep-5,
                               0x1.ebfbdff82c598p-3,  0x1.62e42fefa39efp-1};
    x = f64_min(f64_set(1024), f64_max(f64_set(-1022), x));
    const f64_lanes shift = f64_set(0x1.8p52 + 1023);
    const f64_lanes shifted = f64_add(x, shift), f = f64_sub(x, f64_sub(shifted, shift));
    const f64_lanes power = f64_of(u64_shift_left(bits_of_f64(shifted), 52));
    const f64_lanes rest = f64_mul(f64_polynomial(f, q, sizeof q / sizeof *q), f);
    return f64_mul(f64_add(rest, f64_set(1)), power);
}

#endif
