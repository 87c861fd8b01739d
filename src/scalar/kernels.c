/* SPDX-License-Identifier: MIT */
/* The kernel table of plain C. */
#include "scalar/scalar.h"

const struct simdrop_kernels NAME(kernels) = {
    .name = EXPAND_AND_QUOTE(SIMDROP_SCALAR_ISA),
    .cpu_needs = 0,
    .tile_words = 8,
    .fill_u32 = NAME(fill_u32),
    .fill_f32 = NAME(fill_f32),
    .draw_mask_u8 = NAME(draw_mask_u8),
    .draw_mask_u16 = NAME(draw_mask_u16),
    .draw_mask_u32 = NAME(draw_mask_u32),
    .apply_f32 = NAME(apply_f32),
    .apply_f32_stream = NAME(apply_f32_stream),
    .apply_f64 = NAME(apply_f64),
    .apply_f64_stream = NAME(apply_f64_stream),
    .stream_end = NAME(stream_end),
    .uniform_f32 = NAME(uniform_f32),
    .uniform_f64 = NAME(uniform_f64),
    .uniform_bf16 = NAME(uniform_bf16),
    .uniform_f16 = NAME(uniform_f16),
    .bernoulli_u8 = NAME(bernoulli_u8),
    .uniform_int_u32 = NAME(uniform_int_u32),
    .normal_f32 = SIMDROP_IF_SLEEF(NAME(normal_f32)),
    .normal_f64 = SIMDROP_IF_SLEEF(NAME(normal_f64)),
    .normal_bf16 = SIMDROP_IF_SLEEF(NAME(normal_bf16)),
    .normal_f16 = SIMDROP_IF_SLEEF(NAME(normal_f16)),
    .exponential_f32 = SIMDROP_IF_SLEEF(NAME(exponential_f32)),
    .exponential_f64 = SIMDROP_IF_SLEEF(NAME(exponential_f64)),
    .gumbel_f32 = SIMDROP_IF_SLEEF(NAME(gumbel_f32)),
    .gumbel_f64 = SIMDROP_IF_SLEEF(NAME(gumbel_f64)),
    .truncated_normal_f32 = SIMDROP_IF_SLEEF(NAME(truncated_normal_f32)),
};
