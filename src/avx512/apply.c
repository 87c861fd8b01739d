/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, AVX-512.
 *
 * 16 elements of f32 take 1 move to a mask register, 1 multiplication with a load and the mask, and
 * 1 store. One 64-byte store a cycle binds (Zen 5; the same on Intel): 16 elements a cycle.
 */
#include "kernels.h"

#include <immintrin.h>

SIMDROP_DECLARE_KERNELS(avx512)

static inline __m512 product(const float *x, uint64_t keep, __m512 scale) {
    return _mm512_maskz_mul_ps((__mmask16)keep, _mm512_loadu_ps(x), scale);
}

/* The last, fewer than 64, elements. */
static inline void apply_tail(float *y, const float *x, uint64_t keep, size_t n, __m512 scale) {
    for (; n; y += 16, x += 16, keep >>= 16) {
        const __mmask16 present = (__mmask16)(n < 16 ? (1u << n) - 1 : 0xffff);
        const __m512 value = _mm512_maskz_loadu_ps(present, x);
        _mm512_mask_storeu_ps(y, present, _mm512_maskz_mul_ps((__mmask16)keep, value, scale));
        n -= n < 16 ? n : 16;
    }
}

void simdrop_apply_f32_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                              double scale) {
    const __m512 s = _mm512_set1_ps((float)scale);
    const float *from = x;
    float *to = y;
    for (; n >= 64; n -= 64, from += 64, to += 64, ++keep) {
        _mm512_storeu_ps(to, product(from, *keep, s));
        _mm512_storeu_ps(to + 16, product(from + 16, *keep >> 16, s));
        _mm512_storeu_ps(to + 32, product(from + 32, *keep >> 32, s));
        _mm512_storeu_ps(to + 48, product(from + 48, *keep >> 48, s));
    }
    if (n) apply_tail(to, from, *keep, n, s);
}

void simdrop_apply_f32_stream_avx512(void *y, const void *x, const uint64_t *keep, size_t n,
                                     double scale) {
    const __m512 s = _mm512_set1_ps((float)scale);
    const float *from = x;
    float *to = y;
    for (; n >= 64; n -= 64, from += 64, to += 64, ++keep) {
        _mm512_stream_ps(to, product(from, *keep, s));
        _mm512_stream_ps(to + 16, product(from + 16, *keep >> 16, s));
        _mm512_stream_ps(to + 32, product(from + 32, *keep >> 32, s));
        _mm512_stream_ps(to + 48, product(from + 48, *keep >> 48, s));
    }
    if (n) apply_tail(to, from, *keep, n, s);
}

void simdrop_stream_end_avx512(void) { _mm_sfence(); }
