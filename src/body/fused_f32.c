/* SPDX-License-Identifier: MIT */
/* Fused operations that are computed in f32. */
#define ELEMENTWISE 4
#define REAL f32
#include "body/curves.h"
#include "body/fused.h"

FUSED(f32, none, NULL)
FUSED(f32, relu, slope_relu)
FUSED(f32, gelu, slope_gelu)
FUSED(f32, gelu_tanh, slope_gelu_tanh)
FUSED(f32, silu, slope_silu)
FUSED(bf16, none, NULL)
FUSED(bf16, relu, slope_relu)
FUSED(bf16, gelu, slope_gelu)
FUSED(bf16, gelu_tanh, slope_gelu_tanh)
FUSED(bf16, silu, slope_silu)
