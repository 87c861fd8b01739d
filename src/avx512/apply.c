/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX-512.
 *
 * 16 elements of f32 take 1 test of mask bits, 1 multiplication with a load, and a store; a
 * broadcast of the mask from memory serves 32. One 64-byte store a cycle binds (Zen 5, Intel): 16
 * elements a cycle. Moving mask bits to a mask register instead of testing them would halve that on Zen 5.
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

SIMDROP_INLINE __m512i numbers(void) {
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* The bit of each lane's element: for the lower and the upper 16 of the 32. */
SIMDROP_INLINE __m512i lower(void) { return _mm512_sllv_epi32(_mm512_set1_epi32(1), numbers()); }
SIMDROP_INLINE __m512i upper(void) { return _mm512_slli_epi32(lower(), 16); }

SIMDROP_INLINE __m512 product(__m512 x, __m512i bits, __m512i lanes, __m512 scale) {
    return _mm512_maskz_mul_ps(_mm512_test_epi32_mask(bits, lanes), x, scale);
}

/* The last elements, fewer than 32. */
SIMDROP_INLINE void apply_tail(float *y, const float *x, __m512i bits, size_t n, __m512 scale) {
    const uint32_t present = ((uint32_t)1 << n) - 1;
    const __mmask16 p0 = (__mmask16)present, p1 = (__mmask16)(present >> 16);
    const __m512 y0 = product(_mm512_maskz_loadu_ps(p0, x), bits, lower(), scale);
    const __m512 y1 = product(_mm512_maskz_loadu_ps(p1, x + 16), bits, upper(), scale);
    _mm512_mask_storeu_ps(y, p0, y0);
    _mm512_mask_storeu_ps(y + 16, p1, y1);
}

void simdrop_apply_f32_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                              double scale) {
    const __m512 s = _mm512_set1_ps((float)scale);
    const float *from = x;
    float *to = y;
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        const __m512i bits = bits_of(keep, i);
        _mm512_storeu_ps(to + i, product(_mm512_loadu_ps(from + i), bits, lower(), s));
        _mm512_storeu_ps(to + i + 16, product(_mm512_loadu_ps(from + i + 16), bits, upper(), s));
    }
    if (i < n) apply_tail(to + i, from + i, bits_of(keep, i), n - i, s);
}

/* From memory, loads that cross cache lines cost a quarter of the speed. So if x isn't aligned as y
   is, its aligned lines are loaded, and two of them joined by a permutation. */
void simdrop_apply_f32_stream_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                                     double scale) {
    const __m512 s = _mm512_set1_ps((float)scale);
    const float *from = x;
    float *to = y;
    size_t i = 0;
    const size_t skew = (uintptr_t)x % 64 / sizeof *from;
    if (skew && (uintptr_t)x % sizeof *from == 0 && n >= 48) {
        const float *const lines = from - skew;
        const __m512i join = _mm512_add_epi32(_mm512_set1_epi32((int)skew), numbers());
        __m512 line = _mm512_maskz_load_ps((__mmask16)(0xffffu << skew), lines);
        for (; n - i >= 48; i += 32) {
            const __m512i bits = bits_of(keep, i);
            const __m512 next = _mm512_load_ps(lines + i + 16);
            const __m512 x0 = _mm512_permutex2var_ps(line, join, next);
            line = _mm512_load_ps(lines + i + 32);
            const __m512 x1 = _mm512_permutex2var_ps(next, join, line);
            _mm512_stream_ps(to + i, product(x0, bits, lower(), s));
            _mm512_stream_ps(to + i + 16, product(x1, bits, upper(), s));
        }
    }
    for (; n - i >= 32; i += 32) {
        const __m512i bits = bits_of(keep, i);
        _mm512_stream_ps(to + i, product(_mm512_loadu_ps(from + i), bits, lower(), s));
        _mm512_stream_ps(to + i + 16, product(_mm512_loadu_ps(from + i + 16), bits, upper(), s));
    }
    if (i < n) apply_tail(to + i, from + i, bits_of(keep, i), n - i, s);
}

void simdrop_stream_end_avx512(void) { _mm_sfence(); }
