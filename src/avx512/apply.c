/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX-512.
 *
 * 16 elements of f32, or 8 of f64, take 1 test of mask bits, 1 multiplication with a load, and a
 * store; a broadcast of the mask from memory serves 32. One 64-byte store a cycle binds (Zen 5,
 * Intel): 16 elements of f32 a cycle, 8 of f64. On Zen 5, moving bits to a mask register instead of
 * testing them halves it.
 */
#include "kernels.h"

#include <immintrin.h>
#include <string.h>

SIMDROP_DECLARE_KERNELS(avx512)

/* 32 mask bits, from `first` on, in every lane. */
SIMDROP_INLINE __m512i bits_of(const uint64_t *keep, size_t first) {
    int32_t bits;
    memcpy(&bits, (const char *)keep + first / 8, sizeof bits);
    return _mm512_set1_epi32(bits);
}

SIMDROP_INLINE __m512i numbers_f32(void) {
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* The bit of each lane's element: for the lower or the upper 16 of the 32. */
SIMDROP_INLINE __m512i lanes_f32(unsigned half) {
    const __m512i lowest = _mm512_sllv_epi32(_mm512_set1_epi32(1), numbers_f32());
    return _mm512_slli_epi32(lowest, 16 * half);
}

SIMDROP_INLINE __m512 product_f32(__m512 x, __m512i bits, __m512i lanes, __m512 scale) {
    return _mm512_maskz_mul_ps(_mm512_test_epi32_mask(bits, lanes), x, scale);
}

SIMDROP_INLINE void apply_sixteen(float *y, __m512 x, __m512i bits, __m512i lanes, __m512 scale,
                                  int streams) {
    const __m512 result = product_f32(x, bits, lanes, scale);
    if (streams)
        _mm512_stream_ps(y, result);
    else
        _mm512_storeu_ps(y, result);
}

/* The last elements, fewer than 32. Lanes that are masked off can't fault. */
SIMDROP_INLINE void apply_tail_f32(float *y, const float *x, __m512i bits, size_t n, __m512 scale) {
    if (n >= 16) {
        apply_sixteen(y, _mm512_loadu_ps(x), bits, lanes_f32(0), scale, 0);
        n -= 16, x += 16, y += 16, bits = _mm512_srli_epi32(bits, 16);
    }
    const __mmask16 there = (__mmask16)((1u << n) - 1);
    const __m512 last = product_f32(_mm512_maskz_loadu_ps(there, x), bits, lanes_f32(0), scale);
    _mm512_mask_storeu_ps(y, there, last);
}

/* All but the first `i` elements, which are done; i is a multiple of 32. */
SIMDROP_INLINE void apply_from_f32(size_t i, float *y, const float *x, const uint64_t *keep,
                                   size_t n, __m512 scale, int streams) {
    for (; n - i >= 32; i += 32) {
        const __m512i bits = bits_of(keep, i);
        apply_sixteen(y + i, _mm512_loadu_ps(x + i), bits, lanes_f32(0), scale, streams);
        apply_sixteen(y + i + 16, _mm512_loadu_ps(x + i + 16), bits, lanes_f32(1), scale, streams);
    }
    if (i < n) apply_tail_f32(y + i, x + i, bits_of(keep, i), n - i, scale);
}

void simdrop_apply_f32_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                              double scale) {
    apply_from_f32(0, y, x, keep, n, _mm512_set1_ps((float)scale), 0);
}

/* From memory, loads that cross cache lines cost a quarter of the speed. So if x isn't aligned as y
   is, its aligned lines are loaded, and two of them joined by a permutation. */
void simdrop_apply_f32_stream_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                                     double scale) {
    const __m512 s = _mm512_set1_ps((float)scale);
    float *const to = y;
    size_t i = 0;
    const size_t skew = (uintptr_t)x % 64 / sizeof *to;
    if (skew && (uintptr_t)x % sizeof *to == 0 && n >= 48) {
        const float *const lines = (const float *)((uintptr_t)x / 64 * 64);
        const __m512i join = _mm512_add_epi32(_mm512_set1_epi32((int)skew), numbers_f32());
        __m512 line = _mm512_maskz_load_ps((__mmask16)(0xffffu << skew), lines);
        for (; n - i >= 48; i += 32) {
            const __m512i bits = bits_of(keep, i);
            const __m512 next = _mm512_load_ps(lines + i + 16);
            const __m512 x0 = _mm512_permutex2var_ps(line, join, next);
            line = _mm512_load_ps(lines + i + 32);
            const __m512 x1 = _mm512_permutex2var_ps(next, join, line);
            apply_sixteen(to + i, x0, bits, lanes_f32(0), s, 1);
            apply_sixteen(to + i + 16, x1, bits, lanes_f32(1), s, 1);
        }
    }
    apply_from_f32(i, to, x, keep, n, s, 1);
}

SIMDROP_INLINE __m512i numbers_f64(void) { return _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7); }

/* The bit of each lane's element, in its lower half: for the `quarter`th 8 of the 32. */
SIMDROP_INLINE __m512i lanes_f64(unsigned quarter) {
    const __m512i lowest = _mm512_sllv_epi64(_mm512_set1_epi64(1), numbers_f64());
    return _mm512_slli_epi64(lowest, 8 * quarter);
}

SIMDROP_INLINE __m512d product_f64(__m512d x, __m512i bits, __m512i lanes, __m512d scale) {
    return _mm512_maskz_mul_pd(_mm512_test_epi64_mask(bits, lanes), x, scale);
}

SIMDROP_INLINE void apply_eight(double *y, __m512d x, __m512i bits, __m512i lanes, __m512d scale,
                                int streams) {
    const __m512d result = product_f64(x, bits, lanes, scale);
    if (streams)
        _mm512_stream_pd(y, result);
    else
        _mm512_storeu_pd(y, result);
}

/* The last elements, fewer than 32. */
SIMDROP_INLINE void apply_tail_f64(double *y, const double *x, __m512i bits, size_t n,
                                   __m512d scale) {
    for (; n >= 8; n -= 8, x += 8, y += 8, bits = _mm512_srli_epi32(bits, 8))
        apply_eight(y, _mm512_loadu_pd(x), bits, lanes_f64(0), scale, 0);
    const __mmask8 there = (__mmask8)((1u << n) - 1);
    const __m512d last = product_f64(_mm512_maskz_loadu_pd(there, x), bits, lanes_f64(0), scale);
    _mm512_mask_storeu_pd(y, there, last);
}

/* All but the first `i` elements, which are done; i is a multiple of 32. */
SIMDROP_INLINE void apply_from_f64(size_t i, double *y, const double *x, const uint64_t *keep,
                                   size_t n, __m512d scale, int streams) {
    for (; n - i >= 32; i += 32) {
        const __m512i bits = bits_of(keep, i);
        apply_eight(y + i, _mm512_loadu_pd(x + i), bits, lanes_f64(0), scale, streams);
        apply_eight(y + i + 8, _mm512_loadu_pd(x + i + 8), bits, lanes_f64(1), scale, streams);
        apply_eight(y + i + 16, _mm512_loadu_pd(x + i + 16), bits, lanes_f64(2), scale, streams);
        apply_eight(y + i + 24, _mm512_loadu_pd(x + i + 24), bits, lanes_f64(3), scale, streams);
    }
    if (i < n) apply_tail_f64(y + i, x + i, bits_of(keep, i), n - i, scale);
}

void simdrop_apply_f64_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                              double scale) {
    apply_from_f64(0, y, x, keep, n, _mm512_set1_pd(scale), 0);
}

/* Joins lines as f32 does. */
void simdrop_apply_f64_stream_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                                     double scale) {
    const __m512d s = _mm512_set1_pd(scale);
    double *const to = y;
    size_t i = 0;
    const size_t skew = (uintptr_t)x % 64 / sizeof *to;
    if (skew && (uintptr_t)x % sizeof *to == 0 && n >= 40) {
        const double *const lines = (const double *)((uintptr_t)x / 64 * 64);
        const __m512i join = _mm512_add_epi64(_mm512_set1_epi64((int64_t)skew), numbers_f64());
        __m512d line = _mm512_maskz_load_pd((__mmask8)(0xffu << skew), lines);
        for (; n - i >= 40; i += 32) {
            const __m512i bits = bits_of(keep, i);
            const __m512d line1 = _mm512_load_pd(lines + i + 8);
            const __m512d line2 = _mm512_load_pd(lines + i + 16);
            const __m512d line3 = _mm512_load_pd(lines + i + 24);
            const __m512d x0 = _mm512_permutex2var_pd(line, join, line1);
            const __m512d x1 = _mm512_permutex2var_pd(line1, join, line2);
            const __m512d x2 = _mm512_permutex2var_pd(line2, join, line3);
            line = _mm512_load_pd(lines + i + 32);
            const __m512d x3 = _mm512_permutex2var_pd(line3, join, line);
            apply_eight(to + i, x0, bits, lanes_f64(0), s, 1);
            apply_eight(to + i + 8, x1, bits, lanes_f64(1), s, 1);
            apply_eight(to + i + 16, x2, bits, lanes_f64(2), s, 1);
            apply_eight(to + i + 24, x3, bits, lanes_f64(3), s, 1);
        }
    }
    apply_from_f64(i, to, x, keep, n, s, 1);
}

void simdrop_stream_end_avx512(void) { _mm_sfence(); }
