/* SPDX-License-Identifier: MIT */
/* Norms that are computed in f32. */
#define REAL f32
#include "norm.h"

NORM_KERNELS(f32)
NORM_KERNELS(bf16)
