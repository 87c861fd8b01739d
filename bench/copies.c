/* SPDX-License-Identifier: MIT */
/* The rooflines: plain and streaming copies, and y = scale * x. */
#include "fused.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* As wide as this build's registers, so that no compiler has to find the vectors. */
#if defined(__AVX512F__)
typedef float vector __attribute__((vector_size(64), may_alias));
#elif defined(__AVX2__)
typedef float vector __attribute__((vector_size(32), may_alias));
#else
typedef float vector __attribute__((vector_size(16), may_alias));
#endif
enum { LANES = sizeof(vector) / sizeof(float) };

static inline void stream(float *y, vector v) {
#if defined(__AVX512F__)
    _mm512_stream_ps(y, (__m512)v);
#elif defined(__AVX2__)
    _mm256_stream_ps(y, (__m256)v);
#elif defined(__x86_64__)
    _mm_stream_ps(y, (__m128)v);
#else
    *(vector *)y = v;
#endif
}

/* 64 elements: y = f(x). The barrier keeps compilers from calling memcpy. */
#define PASS(store, f)                                                                             \
    for (size_t i = 0; i < n; i += 64) {                                                           \
        for (size_t j = i; j < i + 64; j += LANES) {                                               \
            const vector v = *(const vector *)(x + j);                                             \
            store(y + j, f(v));                                                                    \
        }                                                                                          \
        __asm__ volatile("" ::: "memory");                                                         \
    }
#define SAME(v) (v)
#define SCALED(v) ((v) * scale)
/* 3 KiB ahead, which may be past the end */
#define AHEAD(v) (__builtin_prefetch((const char *)(x + j) + 3072), (v))
#define STORE(to, v) (void)(*(vector *)(to) = (v))

void BENCH_JOIN(bench_copy, BENCH_BUILD)(float *y, const float *x, size_t n) { PASS(STORE, SAME) }

void BENCH_JOIN(bench_copy_stream, BENCH_BUILD)(float *y, const float *x, size_t n) {
    PASS(stream, SAME)
#if defined(__x86_64__)
    _mm_sfence();
#endif
}

void BENCH_JOIN(bench_copy_stream_prefetch, BENCH_BUILD)(float *y, const float *x, size_t n) {
    PASS(stream, AHEAD)
#if defined(__x86_64__)
    _mm_sfence();
#endif
}

void BENCH_JOIN(bench_scale, BENCH_BUILD)(float *y, const float *x, size_t n, float scale) {
    PASS(STORE, SCALED)
}
