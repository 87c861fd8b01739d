/* SPDX-License-Identifier: MIT */
/* The kernel table of AVX2. */
#include "set.h"

#include "cpu/cpu.h"

/* Tiles: two draws of eight groups with 8 bits, four with 16: more gains nothing. */
SIMDROP_TABLE(.cpu_needs = SIMDROP_CPU_AVX2, .tile_words = 16,
              SIMDROP_PIPELINED(u8) SIMDROP_PIPELINED(u16) SIMDROP_PIPELINED(u32))
