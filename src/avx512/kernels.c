/* SPDX-License-Identifier: MIT */
/* The kernel table of AVX-512. */
#include "kernels.h"

#include "cpu/cpu.h"

SIMDROP_TABLE(.cpu_needs = SIMDROP_CPU_AVX512, .tile_words = 12, /* two draws of six groups */
              SIMDROP_PIPELINED(u8) SIMDROP_PIPELINED(u16))
