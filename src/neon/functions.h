/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions on the lanes of NEON: SLEEF's bit-reproducible ones, which give the same
 * bits on every instruction set. Errors in units of the last place: docs/distributions.md.
 */
#ifndef SIMDROP_NEON_FUNCTIONS_H
#define SIMDROP_NEON_FUNCTIONS_H

#include "neon/lanes.h"

#include <sleef.h>

/* The cosine and the sine of pi * x. */
struct f32_turned {
    f32_lanes cos, sin;
};
struct f64_turned {
    f64_lanes cos, sin;
};

SIMDROP_INLINE f32_lanes f32_log(f32_lanes x) { return Sleef_cinz_logf4_u35advsimdnofma(x); }
SIMDROP_INLINE f32_lanes f32_log1p(f32_lanes x) { return Sleef_cinz_log1pf4_u10advsimdnofma(x); }
SIMDROP_INLINE struct f32_turned f32_turn(f32_lanes x) {
    const Sleef_float32x4_t_2 both = Sleef_cinz_sincospif4_u35advsimdnofma(x);
    return (struct f32_turned){.cos = both.y, .sin = both.x};
}

SIMDROP_INLINE f64_lanes f64_log(f64_lanes x) { return Sleef_cinz_logd2_u35advsimdnofma(x); }
SIMDROP_INLINE f64_lanes f64_log1p(f64_lanes x) { return Sleef_cinz_log1pd2_u10advsimdnofma(x); }
SIMDROP_INLINE struct f64_turned f64_turn(f64_lanes x) {
    const Sleef_float64x2_t_2 both = Sleef_cinz_sincospid2_u35advsimdnofma(x);
    return (struct f64_turned){.cos = both.y, .sin = both.x};
}

#endif
