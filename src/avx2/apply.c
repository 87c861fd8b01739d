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

/* 32 mask bits, from `first` on. */
SIMDROP_INLINE uint32_t bits_of(const uint64_t *keep, size_t first) {
    uint32_t bits;
    memcpy(&bits, (const char *)keep + first / 8, sizeof bits);
    return bits;
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

/* The last elements, fewer than 8, whose bits are the lowest of `bits`. */
SIMDROP_INLINE void apply_last(float *y, const float *x, uint32_t bits, size_t n, float scale) {
    for (size_t i = 0; i < n; ++i) {
        float value;
        uint32_t kept;
        memcpy(&value, (const char *)(x + i), sizeof value);
        value *= scale;
        memcpy(&kept, &value, sizeof kept);
        kept &= 0 - (bits >> i & 1);
        memcpy((char *)(y + i), &kept, sizeof kept);
    }
}

SIMDROP_INLINE void put(float *to, __m256 value, int streams) {
    if (streams)
        _mm256_stream_ps(to, value);
    else
        _mm256_storeu_ps(to, value);
}

SIMDROP_INLINE void apply(float *y, const float *x, const uint64_t *keep, size_t n, double scale,
                          int streams) {
    const __m256 s = _mm256_set1_ps((float)scale);
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        const __m256i bits = _mm256_set1_epi32((int)bits_of(keep, i));
        put(y + i, product(_mm256_loadu_ps(x + i), bits, lanes_of(0), s), streams);
        put(y + i + 8, product(_mm256_loadu_ps(x + i + 8), bits, lanes_of(1), s), streams);
        put(y + i + 16, product(_mm256_loadu_ps(x + i + 16), bits, lanes_of(2), s), streams);
        put(y + i + 24, product(_mm256_loadu_ps(x + i + 24), bits, lanes_of(3), s), streams);
    }
    if (i == n) return;
    uint32_t bits = bits_of(keep, i);
    for (; n - i >= 8; i += 8, bits >>= 8) {
        const __m256i all = _mm256_set1_epi32((int)bits);
        put(y + i, product(_mm256_loadu_ps(x + i), all, lanes_of(0), s), streams);
    }
    apply_last(y + i, x + i, bits, n - i, (float)scale);
}

void simdrop_apply_f32_avx2(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    apply(y, x, keep, n, scale, 0);
}

void simdrop_apply_f32_stream_avx2(void *y, const void *x, const uint64_t *keep, size_t n,
                                   double scale) {
    apply(y, x, keep, n, scale, 1);
}

void simdrop_stream_end_avx2(void) { _mm_sfence(); }
