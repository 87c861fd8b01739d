/* SPDX-License-Identifier: MIT */
/* The kernel table of AVX-512. */
#include "set.h"

#include "cpu/cpu.h"

/* Tiles: one draw of six groups with 8 bits, two with 16. */
SIMDROP_TABLE(.cpu_needs = SIMDROP_CPU_AVX512, .tile_words = 12,
              SIMDROP_PIPELINED(u8) SIMDROP_PIPELINED(u16) SIMDROP_PIPELINED_TYPE(f32, float, u32)
                  SIMDROP_PIPELINED_TYPE(f64, double, u32))
