/* SPDX-License-Identifier: MIT */
/* The kernel table of plain C. */
#include "set.h"

/* Tiles: enough for calls to cost nothing; x and y of a tile fit any L1. */
SIMDROP_TABLE(.cpu_needs = 0, .tile_words = 8)
