/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX-512.
 *
 * 16 elements of f32 take 1 test of mask bits, 1 multiplication with a load, and a store; a
 * broadcast of the mask from memory serves 32. One 64-byte store a cycle binds (Zen 5, Intel): 16
 * elements a cycle. On Zen 5, moving bits to a mask register instead of testing them halves it.
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

/* The last elements, fewer than 32. Lanes that are masked off can't fault. */
SIMDROP_INLINE void apply_tail(float *y, const float *x, __m512i bits, size_t n, __m512 scale) {
    if (n >= 16) {
        _mm512_storeu_ps(y, product(_mm512_loadu_ps(x), bits, lower(), scale));
        n -= 16, x += 16, y += 16, bits = _mm512_srli_epi32(bits, 16);
    }
    const __mmask16 there = (__mmask16)((1u << n) - 1);
    const __m512 last = product(_mm512_maskz_loadu_ps(there, x), bits, lower(), scale);
    _mm512_mask_storeu_ps(y, there, last);
}

SIMDROP_INLINE void put(float *to, __m512 value, int streams) {
    if (streams)
        _mm512_stream_ps(to, value);
    else
        _mm512_storeu_ps(to, value);
}

/* All but the first `i` elements, which are done; i is a multiple of 32. */
SIMDROP_INLINE void apply_from(size_t i, float *y, const float *x, const uint64_t *keep, size_t n,
                               __m512 scale, int streams) {
    for (; n - i >= 32; i += 32) {
        const __m512i bits = bits_of(keep, i);
        put(y + i, product(_mm512_loadu_ps(x + i), bits, lower(), scale), streams);
        put(y + i + 16, product(_mm512_loadu_ps(x + i + 16), bits, upper(), scale), streams);
    }
    if (i < n) apply_tail(y + i, x + i, bits_of(keep, i), n - i, scale);
}

void simdrop_apply_f32_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                              double scale) {
    apply_from(0, y, x, keep, n, _mm512_set1_ps((float)scale), 0);
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
        const __m512i join = _mm512_add_epi32(_mm512_set1_epi32((int)skew), numbers());
        __m512 line = _mm512_maskz_load_ps((__mmask16)(0xffffu << skew), lines);
        for (; n - i >= 48; i += 32) {
            const __m512i bits = bits_of(keep, i);
            const __m512 next = _mm512_load_ps(lines + i + 16);
            const __m512 x0 = _mm512_permutex2var_ps(line, join, next);
            line = _mm512_load_ps(lines + i + 32);
            const __m512 x1 = _mm512_permutex2var_ps(next, join, line);
            put(to + i, product(x0, bits, lower(), s), 1);
            put(to + i + 16, product(x1, bits, upper(), s), 1);
        }
    }
    apply_from(i, to, x, keep, n, s, 1);
}

void simdrop_stream_end_avx512(void) { _mm_sfence(); }
