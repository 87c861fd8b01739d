/* SPDX-License-Identifier: MIT */
/* The kernel table of NEON. */
#include "kernels.h"

#include "cpu/cpu.h"

SIMDROP_TABLE(.cpu_needs = SIMDROP_CPU_NEON, .tile_words = 8)
