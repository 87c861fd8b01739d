/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX2.
 *
 * 8 elements of f32 take 1 and, 1 comparison, 1 multiplication with a load, 1 more and, and a
 * store; a broadcast of the mask from memory serves 32. Four operations on four ports (Zen 3 to 5)
 * or three (Intel): 8 or 6 elements a cycle.
 */
#include "kernels.h"

#include <immintrin.h>
#include <string.h>

SIMDROP_DECLARE_KERNELS(avx2)

/* 32 mask bits, from `first` on, in every lane. */
SIMDROP_INLINE __m256i bits_of(const uint64_t *keep, size_t first) {
    int32_t bits;
    memcpy(&bits, (const char *)keep + first / 8, sizeof bits);
    return _mm256_set1_epi32(bits);
}

/* The bit of each lane's element: for the `quarter`th 8 of the 32. */
SIMDROP_INLINE __m256i lanes_of(int quarter) {
    const __m256i lowest = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_slli_epi32(lowest, 8 * quarter);
}

SIMDROP_INLINE __m256 product(__m256 x, __m256i bits, __m256i lanes, __m256 scale) {
    const __m256i kept = _mm256_cmpeq_epi32(_mm256_and_si256(bits, lanes), lanes);
    return _mm256_and_ps(_mm256_mul_ps(x, scale), _mm256_castsi256_ps(kept));
}

/* The last elements, fewer than 32. */
SIMDROP_INLINE void apply_tail(float *y, const float *x, __m256i bits, size_t n, __m256 scale) {
    float last[32] = {0};
    memcpy(last, (const char *)x, n * sizeof *x);
    for (int quarter = 0; quarter < 4; ++quarter) {
        float *at = last + 8 * quarter;
        _mm256_storeu_ps(at, product(_mm256_loadu_ps(at), bits, lanes_of(quarter), scale));
    }
    memcpy((char *)y, last, n * sizeof *y);
}

void simdrop_apply_f32_avx2(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    const __m256 s = _mm256_set1_ps((float)scale);
    const float *from = x;
    float *to = y;
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        const __m256i bits = bits_of(keep, i);
        _mm256_storeu_ps(to + i, product(_mm256_loadu_ps(from + i), bits, lanes_of(0), s));
        _mm256_storeu_ps(to + i + 8, product(_mm256_loadu_ps(from + i + 8), bits, lanes_of(1), s));
        _mm256_storeu_ps(to + i + 16,
                         product(_mm256_loadu_ps(from + i + 16), bits, lanes_of(2), s));
        _mm256_storeu_ps(to + i + 24,
                         product(_mm256_loadu_ps(from + i + 24), bits, lanes_of(3), s));
    }
    if (i < n) apply_tail(to + i, from + i, bits_of(keep, i), n - i, s);
}

void simdrop_apply_f32_stream_avx2(void *y, const void *x, const uint64_t *keep, size_t n,
                                   double scale) {
    const __m256 s = _mm256_set1_ps((float)scale);
    const float *from = x;
    float *to = y;
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        const __m256i bits = bits_of(keep, i);
        _mm256_stream_ps(to + i, product(_mm256_loadu_ps(from + i), bits, lanes_of(0), s));
        _mm256_stream_ps(to + i + 8, product(_mm256_loadu_ps(from + i + 8), bits, lanes_of(1), s));
        _mm256_stream_ps(to + i + 16,
                         product(_mm256_loadu_ps(from + i + 16), bits, lanes_of(2), s));
        _mm256_stream_ps(to + i + 24,
                         product(_mm256_loadu_ps(from + i + 24), bits, lanes_of(3), s));
    }
    if (i < n) apply_tail(to + i, from + i, bits_of(keep, i), n - i, s);
}

void simdrop_stream_end_avx2(void) { _mm_sfence(); }
