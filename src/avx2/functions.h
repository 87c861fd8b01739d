/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions on the lanes of AVX2: SLEEF's bit-reproducible ones, which give the same
 * bits on every instruction set. There are none for AVX2, but for AVX. Errors in units of the last
 * place: docs/distributions.md.
 */
#ifndef SIMDROP_AVX2_FUNCTIONS_H
#define SIMDROP_AVX2_FUNCTIONS_H

#include "avx2/lanes.h"

#include <sleef.h>

/* The cosine and the sine of pi * x. */
struct f32_turned {
    f32_lanes cos, sin;
};
struct f64_turned {
    f64_lanes cos, sin;
};

SIMDROP_INLINE f32_lanes f32_log(f32_lanes x) { return Sleef_cinz_logf8_u35avx(x); }
SIMDROP_INLINE f32_lanes f32_log1p(f32_lanes x) { return Sleef_cinz_log1pf8_u10avx(x); }
SIMDROP_INLINE struct f32_turned f32_turn(f32_lanes x) {
    const Sleef___m256_2 both = Sleef_cinz_sincospif8_u35avx(x);
    return (struct f32_turned){.cos = both.y, .sin = both.x};
}

SIMDROP_INLINE f64_lanes f64_log(f64_lanes x) { return Sleef_cinz_logd4_u35avx(x); }
SIMDROP_INLINE f64_lanes f64_log1p(f64_lanes x) { return Sleef_cinz_log1pd4_u10avx(x); }
SIMDROP_INLINE struct f64_turned f64_turn(f64_lanes x) {
    const Sleef___m256d_2 both = Sleef_cinz_sincospid4_u35avx(x);
    return (struct f64_turned){.cos = both.y, .sin = both.x};
}

#endif
