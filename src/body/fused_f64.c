/* SPDX-License-Identifier: MIT */
/* Fused operations that are computed in f64. */
#define ELEMENTWISE 2
#define REAL f64
#include "body/fused.h"

FUSED(f64, none, NULL)
FUSED(f64, relu, slope_relu)
