/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions on the lanes of any instruction set: SLEEF's bit-reproducible ones, which
 * give the same bits on each. A folder's lanes.h says which lanes, of which of SLEEF's sets. Errors
 * in units of the last place: docs/distributions.md.
 */
#ifndef SIMDROP_BODY_FUNCTIONS_H
#define SIMDROP_BODY_FUNCTIONS_H

#include "lanes.h"

#include <sleef.h>

/* Sleef_cinz_log, f16, _u35, avx512fnofma. */
#define SLEEF_NAME(function, lanes, error, set) Sleef_cinz_##function##lanes##_##error##set
#define SLEEF_EXPANDED(...) SLEEF_NAME(__VA_ARGS__)
#define SLEEF_F32(function, error) SLEEF_EXPANDED(function, SLEEF_LANES, error, SLEEF_SET)
#define SLEEF_F64(function, error) SLEEF_EXPANDED(function, SLEEF_LANES_64, error, SLEEF_SET)

/* The cosine and the sine of pi * x. */
struct f32_turned {
    f32_lanes cos, sin;
};
struct f64_turned {
    f64_lanes cos, sin;
};

SIMDROP_INLINE f32_lanes f32_log(f32_lanes x) { return SLEEF_F32(log, u35)(x); }
SIMDROP_INLINE f32_lanes f32_log1p(f32_lanes x) { return SLEEF_F32(log1p, u10)(x); }
SIMDROP_INLINE struct f32_turned f32_turn(f32_lanes x) {
    const SLEEF_PAIR both = SLEEF_F32(sincospi, u35)(x);
    return (struct f32_turned){.cos = both.y, .sin = both.x};
}

SIMDROP_INLINE f64_lanes f64_log(f64_lanes x) { return SLEEF_F64(log, u35)(x); }
SIMDROP_INLINE f64_lanes f64_log1p(f64_lanes x) { return SLEEF_F64(log1p, u10)(x); }
SIMDROP_INLINE struct f64_turned f64_turn(f64_lanes x) {
    const SLEEF_PAIR_64 both = SLEEF_F64(sincospi, u35)(x);
    return (struct f64_turned){.cos = both.y, .sin = both.x};
}

#endif
