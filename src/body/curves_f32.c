/* SPDX-License-Identifier: MIT */
/* Fused operations that are computed in f32, by SLEEF's functions. */
#define REAL f32
#include "body/fused.h"

FUSED(f32, gelu, slope_gelu)
FUSED(bf16, gelu, slope_gelu)
