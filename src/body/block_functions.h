/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions of blocks: exp_ of f32 is our own, and the others are SLEEF's, so that files
 * that take them are left out of builds without it.
 */
#ifndef SIMDROP_BODY_BLOCK_FUNCTIONS_H
#define SIMDROP_BODY_BLOCK_FUNCTIONS_H

#include "body/block.h"
#include "body/exp.h"

#if defined(SIMDROP_HAVE_SLEEF)
#include "body/functions.h"

BLOCK_OF_ONE(erf_, erf)
#endif

BLOCK_OF_ONE(exp_, exp)

#endif
