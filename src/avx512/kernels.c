/* SPDX-License-Identifier: MIT */
/* The kernel table of AVX-512. */
#include "kernels.h"

#include "cpu.h"

SIMDROP_DECLARE_KERNELS(avx512)

const struct simdrop_kernels simdrop_kernels_avx512 = {
    .name = "avx512",
    .cpu_needs = SIMDROP_CPU_AVX512,
    .tile_words = 12,
    .fill_u32 = simdrop_fill_u32_avx512,
    .draw_mask_u8 = simdrop_draw_mask_u8_avx512,
    .draw_mask_u16 = simdrop_draw_mask_u16_avx512,
    .draw_mask_u32 = simdrop_draw_mask_u32_avx512,
    .apply_f32 = simdrop_apply_f32_avx512,
    .apply_f32_stream = simdrop_apply_f32_stream_avx512,
    .apply_f64 = simdrop_apply_f64_avx512,
    .apply_f64_stream = simdrop_apply_f64_stream_avx512,
    .stream_end = simdrop_stream_end_avx512,
};
