/* SPDX-License-Identifier: MIT */
/* Norms that are computed in f64. */
#define REAL f64
#include "norm.h"

NORM_KERNELS(f64)
