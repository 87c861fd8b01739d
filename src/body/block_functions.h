/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions of blocks: those of f32 are our own, and those of f64 take SLEEF, so that
 * files that use them with f64 are left out of builds without it.
 */
#ifndef SIMDROP_BODY_BLOCK_FUNCTIONS_H
#define SIMDROP_BODY_BLOCK_FUNCTIONS_H

#include "body/block.h"
#include "body/normal.h"

BLOCK_OF_ONE(exp_, exp)
BLOCK_OF_ONE(normal_cdf, normal_cdf)
BLOCK_OF_ONE(normal_density, normal_density)

#endif
