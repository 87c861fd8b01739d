/* SPDX-License-Identifier: MIT */
/*
 * Results are exact: products and sums are rounded each by itself, in the type that the code says.
 * The build asks compilers for that; here it is seen to, or refused, when somebody else compiles the
 * sources. Before any other header, as some compilers let functions inline only into their like.
 */
#ifndef SIMDROP_EXACT_H
#define SIMDROP_EXACT_H

#include <float.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) ||           \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
#error "simdrop's results are exact; build it without -ffast-math, -Ofast and the like"
#endif
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16 /* 16 is of f16, which isn't computed in */
#error "simdrop's results are of f32 and f64; build it with -msse2 -mfpmath=sse"
#endif

/* No fused multiply-add where there are two operations; clang has no macros for parts of fast math,
   and no pragma against -ffp-contract=fast, which it has to be asked for. */
#if defined(__clang__)
#pragma float_control(precise, on)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#endif
