/* SPDX-License-Identifier: MIT */
/* The loops that simdrop is measured against. Each exists once per build: see meson.build. */
#ifndef BENCH_FUSED_H
#define BENCH_FUSED_H

#include "bench_isas.h"
#include "core/philox.h"

#include <stddef.h>

#define BENCH_JOIN_(a, b) a##_##b
#define BENCH_JOIN(a, b) BENCH_JOIN_(a, b)

/* y = the words of the blocks from first_block on; n is a multiple of 4. */
typedef void bench_words_fn(uint32_t *y, size_t n, uint64_t first_block,
                            const struct simdrop_philox *philox);

/* Dropout with 16-bit draws, in one plain loop over blocks; n is a multiple of 8. */
typedef void bench_fused_fn(float *y, const float *x, size_t n, const struct simdrop_philox *philox,
                            uint32_t threshold, float scale);

/* y = x or y = scale * x; n is a multiple of 64 and both are aligned to 64 bytes. */
typedef void bench_copy_fn(float *y, const float *x, size_t n);
typedef void bench_scale_fn(float *y, const float *x, size_t n, float scale);

#define BENCH_DECLARE(build)                                                                       \
    extern bench_words_fn bench_words_##build;                                                     \
    extern bench_fused_fn bench_fused_##build;                                                     \
    extern bench_copy_fn bench_copy_##build, bench_copy_stream_##build,                            \
        bench_copy_stream_prefetch_##build;                                                        \
    extern bench_scale_fn bench_scale_##build;

#ifdef __cplusplus
extern "C" {
#endif
BENCH_DECLARE(baseline)
BENCH_ISAS(BENCH_DECLARE)
#ifdef __cplusplus
}
#endif

#endif
