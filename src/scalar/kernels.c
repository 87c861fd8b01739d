/* SPDX-License-Identifier: MIT */
/* The kernel table of plain C. */
#include "kernels.h"

SIMDROP_TABLE(.cpu_needs = 0, .tile_words = 8)
