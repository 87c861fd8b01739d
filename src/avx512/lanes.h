/* SPDX-License-Identifier: MIT */
/*
 * The lanes of AVX-512, with which src/body/ is written: one register each, 16 lanes of 32 bits or
 * 8 of 64. Every folder has the same functions, and every one of them gives the same bits.
 */
#ifndef SIMDROP_AVX512_LANES_H
#define SIMDROP_AVX512_LANES_H

#include "set.h"

#include <immintrin.h>

enum { LANES = 16, LANES_64 = LANES / 2 };
typedef __m512i u32_lanes, u64_lanes;
typedef __m512 f32_lanes;
typedef __m512d f64_lanes;

/* As SLEEF calls them. */
#define SLEEF_SET avx512fnofma
#define SLEEF_LANES f16
#define SLEEF_LANES_64 d8
#define SLEEF_PAIR Sleef___m512_2
#define SLEEF_PAIR_64 Sleef___m512d_2

/* 32-bit integers; less() is 1 or 0. */
SIMDROP_INLINE u32_lanes u32_load(const uint32_t *from) { return _mm512_loadu_si512(from); }
SIMDROP_INLINE u32_lanes u32_set(uint32_t x) { return _mm512_set1_epi32((int)x); }
SIMDROP_INLINE u32_lanes u32_or(u32_lanes x, u32_lanes y) { return _mm512_or_si512(x, y); }
SIMDROP_INLINE u32_lanes u32_sub(u32_lanes x, u32_lanes y) { return _mm512_sub_epi32(x, y); }
SIMDROP_INLINE u32_lanes u32_shift_right(u32_lanes x, unsigned bits) {
    return _mm512_srli_epi32(x, bits);
}
SIMDROP_INLINE u32_lanes u32_shift_left(u32_lanes x, unsigned bits) {
    return _mm512_slli_epi32(x, bits);
}
SIMDROP_INLINE u32_lanes u32_less(u32_lanes x, u32_lanes y) {
    return _mm512_maskz_mov_epi32(_mm512_cmplt_epu32_mask(x, y), u32_set(1));
}
SIMDROP_INLINE void u32_store_u8(void *out, size_t i, u32_lanes x) {
    _mm_storeu_si128((__m128i *)((uint8_t *)out + i), _mm512_cvtepi32_epi8(x));
}

/* 64-bit integers, two words of the stream each; mul() takes the low halves. */
SIMDROP_INLINE u64_lanes u64_load(const uint32_t *from) { return _mm512_loadu_si512(from); }
SIMDROP_INLINE u64_lanes u64_set(uint64_t x) { return _mm512_set1_epi64((long long)x); }
SIMDROP_INLINE u64_lanes u64_or(u64_lanes x, u64_lanes y) { return _mm512_or_si512(x, y); }
SIMDROP_INLINE u64_lanes u64_add(u64_lanes x, u64_lanes y) { return _mm512_add_epi64(x, y); }
SIMDROP_INLINE u64_lanes u64_sub(u64_lanes x, u64_lanes y) { return _mm512_sub_epi64(x, y); }
SIMDROP_INLINE u64_lanes u64_mul(u64_lanes x, u64_lanes y) { return _mm512_mul_epu32(x, y); }
SIMDROP_INLINE u64_lanes u64_shift_left(u64_lanes x, unsigned bits) {
    return _mm512_slli_epi64(x, bits);
}
SIMDROP_INLINE u64_lanes u64_shift_right(u64_lanes x, unsigned bits) {
    return _mm512_srli_epi64(x, bits);
}
SIMDROP_INLINE void u64_store_u32(void *out, size_t i, u64_lanes x) {
    _mm256_storeu_si256((__m256i *)((uint32_t *)out + i), _mm512_cvtepi64_epi32(x));
}

/* f32; from_i32() rounds signed integers to nearest; keep() makes +0 of lanes whose bit, from `first`
   on, is 0, and choose() y's lanes; down() moves lanes down by a power of two, and says nothing of
   the upper ones; stores round numbers to their type, but NaN only if so named. */
SIMDROP_INLINE f32_lanes f32_from_i32(u32_lanes x) { return _mm512_cvtepi32_ps(x); }
SIMDROP_INLINE f32_lanes f32_set(double x) { return _mm512_set1_ps((float)x); }
SIMDROP_INLINE u32_lanes bits_of(f32_lanes x) { return _mm512_castps_si512(x); }
SIMDROP_INLINE f32_lanes f32_of(u32_lanes bits) { return _mm512_castsi512_ps(bits); }
SIMDROP_INLINE f32_lanes f32_neg(f32_lanes x) { return _mm512_xor_ps(x, f32_set(-0.0)); }
SIMDROP_INLINE f32_lanes f32_abs(f32_lanes x) { return _mm512_andnot_ps(f32_set(-0.0), x); }
SIMDROP_INLINE f32_lanes f32_add(f32_lanes x, f32_lanes y) { return _mm512_add_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_sub(f32_lanes x, f32_lanes y) { return _mm512_sub_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_mul(f32_lanes x, f32_lanes y) { return _mm512_mul_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_div(f32_lanes x, f32_lanes y) { return _mm512_div_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_sqrt(f32_lanes x) { return _mm512_sqrt_ps(x); }
SIMDROP_INLINE f32_lanes f32_min(f32_lanes x, f32_lanes y) { return _mm512_min_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_max(f32_lanes x, f32_lanes y) { return _mm512_max_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_if_less(f32_lanes x, f32_lanes y, f32_lanes then, f32_lanes other) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, y, _CMP_LT_OQ), other, then);
}
SIMDROP_INLINE f32_lanes f32_keep(f32_lanes x, uint32_t bits, unsigned first) {
    return _mm512_maskz_mov_ps((__mmask16)(bits >> first), x);
}
SIMDROP_INLINE f32_lanes f32_choose(f32_lanes x, f32_lanes y, uint32_t bits, unsigned first) {
    return _mm512_mask_blend_ps((__mmask16)(bits >> first), y, x);
}
SIMDROP_INLINE f32_lanes f32_down(f32_lanes x, int by) {
    return by == 8   ? _mm512_shuffle_f32x4(x, x, 0x0e)
           : by == 4 ? _mm512_shuffle_f32x4(x, x, 1)
           : by == 2 ? _mm512_permute_ps(x, 0x0e)
                     : _mm512_permute_ps(x, 1);
}
SIMDROP_INLINE float f32_first(f32_lanes x) { return _mm512_cvtss_f32(x); }
SIMDROP_INLINE f32_lanes f32_load(const void *from, size_t i) {
    return _mm512_loadu_ps((const float *)from + i);
}
SIMDROP_INLINE f32_lanes f32_load_bf16(const void *from, size_t i) {
    const __m256i high = _mm256_loadu_si256((const __m256i *)((const uint16_t *)from + i));
    return f32_of(u32_shift_left(_mm512_cvtepu16_epi32(high), 16));
}
SIMDROP_INLINE f32_lanes f32_load_f16(const void *from, size_t i) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)((const uint16_t *)from + i)));
}
SIMDROP_INLINE void f32_store(void *out, size_t i, f32_lanes x) {
    _mm512_storeu_ps((float *)out + i, x);
}
SIMDROP_INLINE u32_lanes f32_round_bf16(f32_lanes x) { /* to the upper half; the lower is garbage */
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), u32_set(1));
    return _mm512_add_epi32(_mm512_add_epi32(bits, u32_set(0x7fff)), odd);
}
SIMDROP_INLINE void u32_store_upper(void *out, size_t i, u32_lanes x) {
    const __m256i high = _mm512_cvtepi32_epi16(_mm512_srli_epi32(x, 16));
    _mm256_storeu_si256((__m256i *)((uint16_t *)out + i), high);
}
SIMDROP_INLINE void f32_store_bf16(void *out, size_t i, f32_lanes x) {
    u32_store_upper(out, i, f32_round_bf16(x));
}
SIMDROP_INLINE void f32_store_bf16_or_nan(void *out, size_t i, f32_lanes x) {
    const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    const __m512i rounded = f32_round_bf16(x);
    u32_store_upper(out, i, _mm512_mask_or_epi32(rounded, nan, bits_of(x), u32_set(0x00400000)));
}
SIMDROP_INLINE void f32_store_f16(void *out, size_t i, f32_lanes x) {
    const __m256i half = _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_si256((__m256i *)((uint16_t *)out + i), half);
}
SIMDROP_INLINE void f32_store_f16_or_nan(void *out, size_t i, f32_lanes x) {
    f32_store_f16(out, i, x);
}

/* f64; from_u53() converts integers below 2^53 exactly. */
SIMDROP_INLINE f64_lanes f64_from_u53(u64_lanes x) { return _mm512_cvtepu64_pd(x); }
SIMDROP_INLINE u64_lanes bits_of_f64(f64_lanes x) { return _mm512_castpd_si512(x); }
SIMDROP_INLINE f64_lanes f64_of(u64_lanes bits) { return _mm512_castsi512_pd(bits); }
SIMDROP_INLINE f64_lanes f64_set(double x) { return _mm512_set1_pd(x); }
SIMDROP_INLINE f64_lanes f64_neg(f64_lanes x) { return _mm512_xor_pd(x, f64_set(-0.0)); }
SIMDROP_INLINE f64_lanes f64_abs(f64_lanes x) { return _mm512_andnot_pd(f64_set(-0.0), x); }
SIMDROP_INLINE f64_lanes f64_add(f64_lanes x, f64_lanes y) { return _mm512_add_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_sub(f64_lanes x, f64_lanes y) { return _mm512_sub_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_mul(f64_lanes x, f64_lanes y) { return _mm512_mul_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_div(f64_lanes x, f64_lanes y) { return _mm512_div_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_sqrt(f64_lanes x) { return _mm512_sqrt_pd(x); }
SIMDROP_INLINE f64_lanes f64_min(f64_lanes x, f64_lanes y) { return _mm512_min_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_max(f64_lanes x, f64_lanes y) { return _mm512_max_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_if_less(f64_lanes x, f64_lanes y, f64_lanes then, f64_lanes other) {
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(x, y, _CMP_LT_OQ), other, then);
}
SIMDROP_INLINE f64_lanes f64_keep(f64_lanes x, uint32_t bits, unsigned first) {
    return _mm512_maskz_mov_pd((__mmask8)(bits >> first), x);
}
SIMDROP_INLINE f64_lanes f64_choose(f64_lanes x, f64_lanes y, uint32_t bits, unsigned first) {
    return _mm512_mask_blend_pd((__mmask8)(bits >> first), y, x);
}
SIMDROP_INLINE f64_lanes f64_down(f64_lanes x, int by) {
    return by == 4   ? _mm512_shuffle_f64x2(x, x, 0x0e)
           : by == 2 ? _mm512_shuffle_f64x2(x, x, 1)
                     : _mm512_permute_pd(x, 1);
}
SIMDROP_INLINE double f64_first(f64_lanes x) { return _mm512_cvtsd_f64(x); }
SIMDROP_INLINE f64_lanes f64_load(const void *from, size_t i) {
    return _mm512_loadu_pd((const double *)from + i);
}
SIMDROP_INLINE void f64_store(void *out, size_t i, f64_lanes x) {
    _mm512_storeu_pd((double *)out + i, x);
}

/* A line of 64 bytes to a line of memory, around the caches; in parts as small as what may
   just have been stored to `line`, or it would have to wait for them. */
SIMDROP_INLINE void line_stream(void *out, const void *line) {
    for (int i = 0; i < 2; ++i)
        _mm256_stream_si256((__m256i *)out + i, _mm256_load_si256((const __m256i *)line + i));
}

#endif
