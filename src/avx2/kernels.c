/* SPDX-License-Identifier: MIT */
/* The kernel table of AVX2. */
#include "kernels.h"

#include "cpu.h"

SIMDROP_DECLARE_KERNELS(avx2)

const struct simdrop_kernels simdrop_kernels_avx2 = {
    .name = "avx2",
    .cpu_needs = SIMDROP_CPU_AVX2,
    .tile_words = 16,
    .fill_u32 = simdrop_fill_u32_avx2,
    .fill_f32 = simdrop_fill_f32_avx2,
    .draw_mask_u8 = simdrop_draw_mask_u8_avx2,
    .draw_mask_u16 = simdrop_draw_mask_u16_avx2,
    .draw_mask_u32 = simdrop_draw_mask_u32_avx2,
    .apply_f32 = simdrop_apply_f32_avx2,
    .apply_f32_stream = simdrop_apply_f32_stream_avx2,
    .apply_f64 = simdrop_apply_f64_avx2,
    .apply_f64_stream = simdrop_apply_f64_stream_avx2,
    .stream_end = simdrop_stream_end_avx2,
    .uniform_f32 = simdrop_uniform_f32_avx2,
    .uniform_f64 = simdrop_uniform_f64_avx2,
    .uniform_bf16 = simdrop_uniform_bf16_avx2,
    .uniform_f16 = simdrop_uniform_f16_avx2,
    .bernoulli_u8 = simdrop_bernoulli_u8_avx2,
    .uniform_int_u32 = simdrop_uniform_int_u32_avx2,
    .normal_f32 = SIMDROP_IF_SLEEF(simdrop_normal_f32_avx2),
    .normal_f64 = SIMDROP_IF_SLEEF(simdrop_normal_f64_avx2),
    .normal_bf16 = SIMDROP_IF_SLEEF(simdrop_normal_bf16_avx2),
    .normal_f16 = SIMDROP_IF_SLEEF(simdrop_normal_f16_avx2),
    .exponential_f32 = SIMDROP_IF_SLEEF(simdrop_exponential_f32_avx2),
    .exponential_f64 = SIMDROP_IF_SLEEF(simdrop_exponential_f64_avx2),
    .gumbel_f32 = SIMDROP_IF_SLEEF(simdrop_gumbel_f32_avx2),
    .gumbel_f64 = SIMDROP_IF_SLEEF(simdrop_gumbel_f64_avx2),
    .truncated_normal_f32 = SIMDROP_IF_SLEEF(simdrop_truncated_normal_f32_avx2),
};
