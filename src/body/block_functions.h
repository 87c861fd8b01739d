/* SPDX-License-Identifier: MIT */
/* Elementary functions of blocks. */
#ifndef SIMDROP_BODY_BLOCK_FUNCTIONS_H
#define SIMDROP_BODY_BLOCK_FUNCTIONS_H

#include "body/block.h"
#include "body/normal.h"

BLOCK_OF_ONE(exp_, OF_REAL(exp))
BLOCK_OF_ONE(exp2_, OF_REAL(exp2))
BLOCK_OF_ONE(normal_cdf, OF_REAL(normal_cdf))
BLOCK_OF_ONE(normal_density, OF_REAL(normal_density))

#endif
