/* SPDX-License-Identifier: MIT */
/* The kernel table of NEON. */
#include "set.h"

#include "cpu/cpu.h"

/* Tiles: enough for calls to cost nothing; x and y of a tile fit any L1. */
SIMDROP_TABLE(.cpu_needs = SIMDROP_CPU_NEON, .tile_words = 8)
