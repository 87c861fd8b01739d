/* SPDX-License-Identifier: MIT */
/*
 * e^x in f32, on the lanes of any instruction set, without SLEEF; on AVX2 (Zen 3) it takes 0.56 of
 * the time of SLEEF's. Its error is at most 0.977 ulp, of subnormal results 0.750
 * (tests/test_blocks.c); e^0 is 1, e^x of x > 88.7228 is infinite and of x < -103.9721 zero, and NaN
 * stays NaN. The constants are of docs/f32_coefficients.py.
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

#endif
