/* SPDX-License-Identifier: MIT */
/*
 * The lanes of AVX2, with which src/body/ is written: one register each, 8 lanes of 32 bits or 4 of
 * 64. Every folder has the same functions, and every one of them gives the same bits.
 */
#ifndef SIMDROP_AVX2_LANES_H
#define SIMDROP_AVX2_LANES_H

#include "set.h"

#include <immintrin.h>
#include <string.h>

enum { LANES = 8, LANES_64 = LANES / 2 };
typedef __m256i u32_lanes, u64_lanes;
typedef __m256 f32_lanes;
typedef __m256d f64_lanes;

/* As SLEEF calls them; it has none for AVX2, but for AVX. */
#define SLEEF_SET avx
#define SLEEF_LANES f8
#define SLEEF_LANES_64 d4
#define SLEEF_PAIR Sleef___m256_2
#define SLEEF_PAIR_64 Sleef___m256d_2

/* 32-bit integers; less() is 1 or 0: x < y is max(x, y) != x. */
SIMDROP_INLINE u32_lanes u32_load(const uint32_t *from) {
    return _mm256_loadu_si256((const __m256i *)from);
}
SIMDROP_INLINE u32_lanes u32_set(uint32_t x) { return _mm256_set1_epi32((int)x); }
SIMDROP_INLINE u32_lanes u32_or(u32_lanes x, u32_lanes y) { return _mm256_or_si256(x, y); }
SIMDROP_INLINE u32_lanes u32_sub(u32_lanes x, u32_lanes y) { return _mm256_sub_epi32(x, y); }
SIMDROP_INLINE u32_lanes u32_shift_right(u32_lanes x, unsigned bits) {
    return _mm256_srli_epi32(x, (int)bits);
}
SIMDROP_INLINE u32_lanes u32_shift_left(u32_lanes x, unsigned bits) {
    return _mm256_slli_epi32(x, (int)bits);
}
SIMDROP_INLINE u32_lanes u32_less(u32_lanes x, u32_lanes y) {
    return _mm256_andnot_si256(_mm256_cmpeq_epi32(_mm256_max_epu32(x, y), x), u32_set(1));
}
SIMDROP_INLINE void u32_store_u8(void *out, size_t i, u32_lanes x) {
    const __m128i low = _mm256_castsi256_si128(x), high = _mm256_extracti128_si256(x, 1);
    const __m128i half = _mm_packus_epi32(low, high);
    _mm_storel_epi64((__m128i *)((uint8_t *)out + i), _mm_packus_epi16(half, half));
}

/* 64-bit integers, two words of the stream each; mul() takes the low halves. */
SIMDROP_INLINE u64_lanes u64_load(const uint32_t *from) {
    return _mm256_loadu_si256((const __m256i *)from);
}
SIMDROP_INLINE u64_lanes u64_set(uint64_t x) { return _mm256_set1_epi64x((long long)x); }
SIMDROP_INLINE u64_lanes u64_or(u64_lanes x, u64_lanes y) { return _mm256_or_si256(x, y); }
SIMDROP_INLINE u64_lanes u64_add(u64_lanes x, u64_lanes y) { return _mm256_add_epi64(x, y); }
SIMDROP_INLINE u64_lanes u64_sub(u64_lanes x, u64_lanes y) { return _mm256_sub_epi64(x, y); }
SIMDROP_INLINE u64_lanes u64_mul(u64_lanes x, u64_lanes y) { return _mm256_mul_epu32(x, y); }
SIMDROP_INLINE u64_lanes u64_shift_left(u64_lanes x, unsigned bits) {
    return _mm256_slli_epi64(x, (int)bits);
}
SIMDROP_INLINE u64_lanes u64_shift_right(u64_lanes x, unsigned bits) {
    return _mm256_srli_epi64(x, (int)bits);
}
SIMDROP_INLINE void u64_store_u32(void *out, size_t i, u64_lanes x) {
    const __m256i low = _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    _mm_storeu_si128((__m128i *)((uint32_t *)out + i), _mm256_castsi256_si128(low));
}

/* f32; from_i32() rounds signed integers to nearest; keep() makes +0 of lanes whose bit, from `first`
   on, is 0, and choose() y's lanes; down() moves lanes down by a power of two, and says nothing of
   the upper ones; stores round numbers to their type, but NaN only if so named. */
SIMDROP_INLINE f32_lanes f32_from_i32(u32_lanes x) { return _mm256_cvtepi32_ps(x); }
SIMDROP_INLINE f32_lanes f32_set(double x) { return _mm256_set1_ps((float)x); }
SIMDROP_INLINE u32_lanes bits_of(f32_lanes x) { return _mm256_castps_si256(x); }
SIMDROP_INLINE f32_lanes f32_of(u32_lanes bits) { return _mm256_castsi256_ps(bits); }
SIMDROP_INLINE f32_lanes f32_neg(f32_lanes x) { return _mm256_xor_ps(x, f32_set(-0.0)); }
SIMDROP_INLINE f32_lanes f32_abs(f32_lanes x) { return _mm256_andnot_ps(f32_set(-0.0), x); }
SIMDROP_INLINE f32_lanes f32_add(f32_lanes x, f32_lanes y) { return _mm256_add_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_sub(f32_lanes x, f32_lanes y) { return _mm256_sub_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_mul(f32_lanes x, f32_lanes y) { return _mm256_mul_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_div(f32_lanes x, f32_lanes y) { return _mm256_div_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_sqrt(f32_lanes x) { return _mm256_sqrt_ps(x); }
SIMDROP_INLINE f32_lanes f32_min(f32_lanes x, f32_lanes y) { return _mm256_min_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_max(f32_lanes x, f32_lanes y) { return _mm256_max_ps(x, y); }
SIMDROP_INLINE f32_lanes f32_if_less(f32_lanes x, f32_lanes y, f32_lanes then, f32_lanes other) {
    return _mm256_blendv_ps(other, then, _mm256_cmp_ps(x, y, _CMP_LT_OQ));
}
SIMDROP_INLINE f32_lanes f32_keep(f32_lanes x, uint32_t bits, unsigned first) {
    const __m256i lanes = u32_shift_left(_mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128), first);
    const __m256i kept = _mm256_cmpeq_epi32(_mm256_and_si256(u32_set(bits), lanes), lanes);
    return _mm256_and_ps(x, _mm256_castsi256_ps(kept));
}
SIMDROP_INLINE f32_lanes f32_choose(f32_lanes x, f32_lanes y, uint32_t bits, unsigned first) {
    const __m256i to_sign = _mm256_sub_epi32(_mm256_setr_epi32(31, 30, 29, 28, 27, 26, 25, 24),
                                             _mm256_set1_epi32((int)first));
    return _mm256_blendv_ps(y, x, f32_of(_mm256_sllv_epi32(u32_set(bits), to_sign)));
}
SIMDROP_INLINE f32_lanes f32_down(f32_lanes x, int by) {
    return by == 4   ? _mm256_permute2f128_ps(x, x, 1)
           : by == 2 ? _mm256_permute_ps(x, 0x0e)
                     : _mm256_permute_ps(x, 1);
}
SIMDROP_INLINE float f32_first(f32_lanes x) { return _mm256_cvtss_f32(x); }
SIMDROP_INLINE f32_lanes f32_load(const void *from, size_t i) {
    return _mm256_loadu_ps((const float *)from + i);
}
SIMDROP_INLINE f32_lanes f32_load_bf16(const void *from, size_t i) {
    const __m128i high = _mm_loadu_si128((const __m128i *)((const uint16_t *)from + i));
    return f32_of(u32_shift_left(_mm256_cvtepu16_epi32(high), 16));
}
SIMDROP_INLINE f32_lanes f32_load_f16(const void *from, size_t i) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)((const uint16_t *)from + i)));
}
SIMDROP_INLINE void f32_store(void *out, size_t i, f32_lanes x) {
    _mm256_storeu_ps((float *)out + i, x);
}
SIMDROP_INLINE u32_lanes f32_round_bf16(f32_lanes x) { /* to the upper half; the lower is garbage */
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), u32_set(1));
    return _mm256_add_epi32(_mm256_add_epi32(bits, u32_set(0x7fff)), odd);
}
SIMDROP_INLINE void u32_store_upper(void *out, size_t i, u32_lanes x) {
    const __m256i high = _mm256_srli_epi32(x, 16);
    const __m128i packed =
        _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
    _mm_storeu_si128((__m128i *)((uint16_t *)out + i), packed);
}
SIMDROP_INLINE void f32_store_bf16(void *out, size_t i, f32_lanes x) {
    u32_store_upper(out, i, f32_round_bf16(x));
}
SIMDROP_INLINE void f32_store_bf16_or_nan(void *out, size_t i, f32_lanes x) {
    const __m256 quiet = _mm256_or_ps(x, f32_of(u32_set(0x00400000)));
    const __m256 rounded = f32_of(f32_round_bf16(x));
    const __m256 either = _mm256_blendv_ps(rounded, quiet, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    u32_store_upper(out, i, bits_of(either));
}
SIMDROP_INLINE void f32_store_f16(void *out, size_t i, f32_lanes x) {
    const __m128i half = _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128((__m128i *)((uint16_t *)out + i), half);
}
SIMDROP_INLINE void f32_store_f16_or_nan(void *out, size_t i, f32_lanes x) {
    f32_store_f16(out, i, x);
}

/* f64; from_u53() converts integers below 2^53 exactly: the halves become the low bits of 2^84 and
   of 2^52, which are then taken away. */
SIMDROP_INLINE u64_lanes bits_of_f64(f64_lanes x) { return _mm256_castpd_si256(x); }
SIMDROP_INLINE f64_lanes f64_of(u64_lanes bits) { return _mm256_castsi256_pd(bits); }
SIMDROP_INLINE f64_lanes f64_set(double x) { return _mm256_set1_pd(x); }
SIMDROP_INLINE f64_lanes f64_neg(f64_lanes x) { return _mm256_xor_pd(x, f64_set(-0.0)); }
SIMDROP_INLINE f64_lanes f64_abs(f64_lanes x) { return _mm256_andnot_pd(f64_set(-0.0), x); }
SIMDROP_INLINE f64_lanes f64_add(f64_lanes x, f64_lanes y) { return _mm256_add_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_sub(f64_lanes x, f64_lanes y) { return _mm256_sub_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_mul(f64_lanes x, f64_lanes y) { return _mm256_mul_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_div(f64_lanes x, f64_lanes y) { return _mm256_div_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_sqrt(f64_lanes x) { return _mm256_sqrt_pd(x); }
SIMDROP_INLINE f64_lanes f64_min(f64_lanes x, f64_lanes y) { return _mm256_min_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_max(f64_lanes x, f64_lanes y) { return _mm256_max_pd(x, y); }
SIMDROP_INLINE f64_lanes f64_if_less(f64_lanes x, f64_lanes y, f64_lanes then, f64_lanes other) {
    return _mm256_blendv_pd(other, then, _mm256_cmp_pd(x, y, _CMP_LT_OQ));
}
SIMDROP_INLINE f64_lanes f64_keep(f64_lanes x, uint32_t bits, unsigned first) {
    const __m256i lanes = _mm256_slli_epi64(_mm256_setr_epi64x(1, 2, 4, 8), (int)first);
    const __m256i kept = _mm256_cmpeq_epi64(_mm256_and_si256(u64_set(bits), lanes), lanes);
    return _mm256_and_pd(x, _mm256_castsi256_pd(kept));
}
SIMDROP_INLINE f64_lanes f64_choose(f64_lanes x, f64_lanes y, uint32_t bits, unsigned first) {
    const __m256i to_sign =
        _mm256_sub_epi64(_mm256_setr_epi64x(63, 62, 61, 60), _mm256_set1_epi64x((long long)first));
    const __m256i signs = _mm256_sllv_epi64(u64_set(bits), to_sign);
    return _mm256_blendv_pd(y, x, _mm256_castsi256_pd(signs));
}
SIMDROP_INLINE f64_lanes f64_down(f64_lanes x, int by) {
    return by == 2 ? _mm256_permute2f128_pd(x, x, 1) : _mm256_permute_pd(x, 1);
}
SIMDROP_INLINE double f64_first(f64_lanes x) { return _mm256_cvtsd_f64(x); }
SIMDROP_INLINE f64_lanes f64_load(const void *from, size_t i) {
    return _mm256_loadu_pd((const double *)from + i);
}
SIMDROP_INLINE f64_lanes f64_from_u53(u64_lanes x) {
    const __m256i exponent_of_2_84 = u64_set(UINT64_C(0x4530000000000000));
    const __m256i exponent_of_2_52 = u64_set(UINT64_C(0x4330000000000000));
    const __m256i high = _mm256_or_si256(_mm256_srli_epi64(x, 32), exponent_of_2_84);
    const __m256i low = _mm256_blend_epi32(x, exponent_of_2_52, 0xAA);
    const __m256d rest = f64_sub(_mm256_castsi256_pd(high), f64_set(0x1p84 + 0x1p52));
    return f64_add(rest, _mm256_castsi256_pd(low));
}
SIMDROP_INLINE void f64_store(void *out, size_t i, f64_lanes x) {
    _mm256_storeu_pd((double *)out + i, x);
}

/* A line of 64 bytes to a line of memory, around the caches; in parts as small as what may
   just have been stored to `line`, or it would have to wait for them. */
SIMDROP_INLINE void line_stream(void *out, const void *line) {
    for (int i = 0; i < 4; ++i)
        _mm_stream_si128((__m128i *)out + i, _mm_load_si128((const __m128i *)line + i));
}

#endif
