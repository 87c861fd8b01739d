/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions of blocks: those of f32 are our own. Those of f64 are SLEEF's; without it they
 * aren't there, and kernels that take them are in files that are left out.
 */
#ifndef SIMDROP_BODY_BLOCK_FUNCTIONS_H
#define SIMDROP_BODY_BLOCK_FUNCTIONS_H

#include "body/block.h"
#include "body/normal.h"

BLOCK_OF_ONE(exp_, exp)
BLOCK_OF_ONE(exp2_, exp2)
BLOCK_OF_ONE(normal_cdf, normal_cdf)
BLOCK_OF_ONE(normal_density, normal_density)

#endif
