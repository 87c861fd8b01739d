/* SPDX-License-Identifier: MIT */
/* Softmax that is computed in f32. */
#define REAL f32
#include "body/softmax.h"

SOFTMAX_KERNELS(f32)
SOFTMAX_KERNELS(bf16)
