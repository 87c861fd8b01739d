/* SPDX-License-Identifier: MIT */
/* The kernel table of plain C. */
#include "scalar/scalar.h"

const struct simdrop_kernels NAME(kernels) = {
    .name = EXPAND_AND_QUOTE(SIMDROP_SCALAR_ISA),
    .cpu_needs = 0,
    .tile_words = 8,
    .fill_u32 = NAME(fill_u32),
    .draw_mask_u8 = NAME(draw_mask_u8),
    .draw_mask_u16 = NAME(draw_mask_u16),
    .draw_mask_u32 = NAME(draw_mask_u32),
    .apply_f32 = NAME(apply_f32),
    .apply_f32_stream = NAME(apply_f32_stream),
    .apply_f64 = NAME(apply_f64),
    .apply_f64_stream = NAME(apply_f64_stream),
    .stream_end = NAME(stream_end),
};
