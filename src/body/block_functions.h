/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions of blocks: those of f32 are our own. Those of f64 are SLEEF's; without it they
 * aren't there, and kernels that take them are in files that are left out.
 */
#ifndef SIMDROP_BODY_BLOCK_FUNCTIONS_H
#define SIMDROP_BODY_BLOCK_FUNCTIONS_H

#include "body/block.h"
#include "body/normal.h"

/* Long enough for a loop to cost nothing: 16 lanes of their own would be kilobytes of code. */
enum { UNROLLED = PARTS < 16 ? PARTS : 1 };
#define BLOCK_FUNCTION(name, function)                                                             \
    SIMDROP_INLINE block name(block x) {                                                           \
        _Pragma("GCC unroll UNROLLED") for (int p = 0; p < PARTS; ++p) x.part[p] =                 \
            OF_REAL(function)(x.part[p]);                                                          \
        return x;                                                                                  \
    }
BLOCK_FUNCTION(exp_, exp)
BLOCK_FUNCTION(normal_cdf, normal_cdf)
BLOCK_FUNCTION(normal_density, normal_density)

#endif
