/* SPDX-License-Identifier: MIT */
/* The kernel table of NEON. */
#include "kernels.h"

#include "cpu.h"

SIMDROP_DECLARE_KERNELS(neon)

const struct simdrop_kernels simdrop_kernels_neon = {
    .name = "neon",
    .cpu_needs = SIMDROP_CPU_NEON,
    .tile_words = 8,
    .fill_u32 = simdrop_fill_u32_neon,
    .draw_mask_u8 = simdrop_draw_mask_u8_neon,
    .draw_mask_u16 = simdrop_draw_mask_u16_neon,
    .draw_mask_u32 = simdrop_draw_mask_u32_neon,
    .apply_f32 = simdrop_apply_f32_neon,
    .apply_f32_stream = simdrop_apply_f32_stream_neon,
    .apply_f64 = simdrop_apply_f64_neon,
    .apply_f64_stream = simdrop_apply_f64_stream_neon,
    .stream_end = simdrop_stream_end_neon,
};
