/* SPDX-License-Identifier: MIT */
/* Fused operations that are computed in f64. */
#define ELEMENTWISE 2
#define REAL f64
#include "body/curves.h"
#include "body/fused.h"

FUSED(f64, none, NULL)
FUSED(f64, relu, slope_relu)
FUSED(f64, gelu, slope_gelu)
FUSED(f64, gelu_tanh, slope_gelu_tanh)
FUSED(f64, silu, slope_silu)
