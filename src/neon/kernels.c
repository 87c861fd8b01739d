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
    .fill_f32 = simdrop_fill_f32_neon,
    .draw_mask_u8 = simdrop_draw_mask_u8_neon,
    .draw_mask_u16 = simdrop_draw_mask_u16_neon,
    .draw_mask_u32 = simdrop_draw_mask_u32_neon,
    .apply_f32 = simdrop_apply_f32_neon,
    .apply_f32_stream = simdrop_apply_f32_stream_neon,
    .apply_f64 = simdrop_apply_f64_neon,
    .apply_f64_stream = simdrop_apply_f64_stream_neon,
    .stream_end = simdrop_stream_end_neon,
    .uniform_f32 = simdrop_uniform_f32_neon,
    .uniform_f64 = simdrop_uniform_f64_neon,
    .uniform_bf16 = simdrop_uniform_bf16_neon,
    .uniform_f16 = simdrop_uniform_f16_neon,
    .bernoulli_u8 = simdrop_bernoulli_u8_neon,
    .uniform_int_u32 = simdrop_uniform_int_u32_neon,
    .normal_f32 = SIMDROP_IF_SLEEF(simdrop_normal_f32_neon),
    .normal_f64 = SIMDROP_IF_SLEEF(simdrop_normal_f64_neon),
    .normal_bf16 = SIMDROP_IF_SLEEF(simdrop_normal_bf16_neon),
    .normal_f16 = SIMDROP_IF_SLEEF(simdrop_normal_f16_neon),
    .exponential_f32 = SIMDROP_IF_SLEEF(simdrop_exponential_f32_neon),
    .exponential_f64 = SIMDROP_IF_SLEEF(simdrop_exponential_f64_neon),
    .gumbel_f32 = SIMDROP_IF_SLEEF(simdrop_gumbel_f32_neon),
    .gumbel_f64 = SIMDROP_IF_SLEEF(simdrop_gumbel_f64_neon),
    .truncated_normal_f32 = SIMDROP_IF_SLEEF(simdrop_truncated_normal_f32_neon),
};
