/* SPDX-License-Identifier: MIT */
/* Softmax that is computed in f64. */
#define REAL f64
#include "body/softmax.h"

SOFTMAX_KERNELS(f64)
