/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX2.
 *
 * 8 elements of f32, or 4 of f64, take 1 and, 1 comparison, 1 multiplication with a load, 1 more
 * and, and a store; a broadcast of the mask from memory serves 32. Four operations on four ports
 * (Zen 3 to 5) or three (Intel): 8 or 6 elements of f32 a cycle, 4 or 3 of f64.
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
SIMDROP_INLINE __m256i lanes_f32(int quarter) {
    const __m256i lowest = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_slli_epi32(lowest, 8 * quarter);
}

SIMDROP_INLINE void apply_eight(float *y, __m256 x, __m256i bits, __m256i lanes, __m256 scale,
                                int streams) {
    const __m256 product = _mm256_mul_ps(x, scale);
    const __m256i kept = _mm256_cmpeq_epi32(_mm256_and_si256(bits, lanes), lanes);
    const __m256 result = _mm256_and_ps(product, _mm256_castsi256_ps(kept));
    if (streams)
        _mm256_stream_ps(y, result);
    else
        _mm256_storeu_ps(y, result);
}

/* The last elements, fewer than 8, whose bits are the lowest of `bits`. */
SIMDROP_INLINE void apply_last_f32(float *y, const float *x, uint32_t bits, size_t n, float scale) {
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

SIMDROP_INLINE void apply_f32(float *y, const float *x, const uint64_t *keep, size_t n,
                              double scale, int streams) {
    const __m256 s = _mm256_set1_ps((float)scale);
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        const __m256i bits = _mm256_set1_epi32((int)bits_of(keep, i));
        apply_eight(y + i, _mm256_loadu_ps(x + i), bits, lanes_f32(0), s, streams);
        apply_eight(y + i + 8, _mm256_loadu_ps(x + i + 8), bits, lanes_f32(1), s, streams);
        apply_eight(y + i + 16, _mm256_loadu_ps(x + i + 16), bits, lanes_f32(2), s, streams);
        apply_eight(y + i + 24, _mm256_loadu_ps(x + i + 24), bits, lanes_f32(3), s, streams);
    }
    if (i == n) return;
    uint32_t bits = bits_of(keep, i);
    for (; n - i >= 8; i += 8, bits >>= 8) {
        const __m256i all = _mm256_set1_epi32((int)bits);
        apply_eight(y + i, _mm256_loadu_ps(x + i), all, lanes_f32(0), s, streams);
    }
    apply_last_f32(y + i, x + i, bits, n - i, (float)scale);
}

void simdrop_apply_f32_avx2(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    apply_f32(y, x, keep, n, scale, 0);
}

void simdrop_apply_f32_stream_avx2(void *y, const void *x, const uint64_t *keep, size_t n,
                                   double scale) {
    apply_f32(y, x, keep, n, scale, 1);
}

/* The bit of each lane's element, in its lower half: for the `eighth`th 4 of the 32. */
SIMDROP_INLINE __m256i lanes_f64(int eighth) {
    return _mm256_slli_epi64(_mm256_setr_epi64x(1, 2, 4, 8), 4 * eighth);
}

SIMDROP_INLINE void apply_four(double *y, __m256d x, __m256i bits, __m256i lanes, __m256d scale,
                               int streams) {
    const __m256d product = _mm256_mul_pd(x, scale);
    const __m256i kept = _mm256_cmpeq_epi64(_mm256_and_si256(bits, lanes), lanes);
    const __m256d result = _mm256_and_pd(product, _mm256_castsi256_pd(kept));
    if (streams)
        _mm256_stream_pd(y, result);
    else
        _mm256_storeu_pd(y, result);
}

/* The last elements, fewer than 4, whose bits are the lowest of `bits`. */
SIMDROP_INLINE void apply_last_f64(double *y, const double *x, uint32_t bits, size_t n,
                                   double scale) {
    for (size_t i = 0; i < n; ++i) {
        double value;
        uint64_t kept;
        memcpy(&value, (const char *)(x + i), sizeof value);
        value *= scale;
        memcpy(&kept, &value, sizeof kept);
        kept &= 0 - (uint64_t)(bits >> i & 1);
        memcpy((char *)(y + i), &kept, sizeof kept);
    }
}

SIMDROP_INLINE void apply_f64(double *y, const double *x, const uint64_t *keep, size_t n,
                              double scale, int streams) {
    const __m256d s = _mm256_set1_pd(scale);
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        const __m256i bits = _mm256_set1_epi32((int)bits_of(keep, i));
        apply_four(y + i, _mm256_loadu_pd(x + i), bits, lanes_f64(0), s, streams);
        apply_four(y + i + 4, _mm256_loadu_pd(x + i + 4), bits, lanes_f64(1), s, streams);
        apply_four(y + i + 8, _mm256_loadu_pd(x + i + 8), bits, lanes_f64(2), s, streams);
        apply_four(y + i + 12, _mm256_loadu_pd(x + i + 12), bits, lanes_f64(3), s, streams);
        apply_four(y + i + 16, _mm256_loadu_pd(x + i + 16), bits, lanes_f64(4), s, streams);
        apply_four(y + i + 20, _mm256_loadu_pd(x + i + 20), bits, lanes_f64(5), s, streams);
        apply_four(y + i + 24, _mm256_loadu_pd(x + i + 24), bits, lanes_f64(6), s, streams);
        apply_four(y + i + 28, _mm256_loadu_pd(x + i + 28), bits, lanes_f64(7), s, streams);
    }
    if (i == n) return;
    uint32_t bits = bits_of(keep, i);
    for (; n - i >= 4; i += 4, bits >>= 4) {
        const __m256i all = _mm256_set1_epi32((int)bits);
        apply_four(y + i, _mm256_loadu_pd(x + i), all, lanes_f64(0), s, streams);
    }
    apply_last_f64(y + i, x + i, bits, n - i, scale);
}

void simdrop_apply_f64_avx2(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    apply_f64(y, x, keep, n, scale, 0);
}

void simdrop_apply_f64_stream_avx2(void *y, const void *x, const uint64_t *keep, size_t n,
                                   double scale) {
    apply_f64(y, x, keep, n, scale, 1);
}

void simdrop_stream_end_avx2(void) { _mm_sfence(); }
