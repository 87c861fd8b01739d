/* SPDX-License-Identifier: MIT */
/* The loop that normal numbers are measured against. */
#ifndef BENCH_NORMAL_H
#define BENCH_NORMAL_H

#include "core/philox.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = normal numbers by Box and Muller with libm's functions, in one plain loop over blocks from
   first_block on; n is a multiple of 4. */
void bench_normal_f32(float *y, size_t n, uint64_t first_block,
                      const struct simdrop_philox *philox);

#ifdef __cplusplus
}
#endif

#endif
