/* SPDX-License-Identifier: MIT */
/*
 * The lanes of NEON, with which src/body/ is written: one register each, 4 lanes of 32 bits or 2 of
 * 64. Every folder has the same functions, and every one of them gives the same bits.
 */
#ifndef SIMDROP_NEON_LANES_H
#define SIMDROP_NEON_LANES_H

#include "set.h"

#include <arm_neon.h>
#include <string.h>

enum { LANES = 4, LANES_64 = LANES / 2 };
typedef uint32x4_t u32_lanes;
typedef uint64x2_t u64_lanes;
typedef float32x4_t f32_lanes;
typedef float64x2_t f64_lanes;

/* As SLEEF calls them. */
#define SLEEF_SET advsimdnofma
#define SLEEF_LANES f4
#define SLEEF_LANES_64 d2
#define SLEEF_PAIR Sleef_float32x4_t_2
#define SLEEF_PAIR_64 Sleef_float64x2_t_2

/* 32-bit integers; less() is 1 or 0. */
SIMDROP_INLINE u32_lanes u32_load(const uint32_t *from) { return vld1q_u32(from); }
SIMDROP_INLINE u32_lanes u32_set(uint32_t x) { return vdupq_n_u32(x); }
SIMDROP_INLINE u32_lanes u32_or(u32_lanes x, u32_lanes y) { return vorrq_u32(x, y); }
SIMDROP_INLINE u32_lanes u32_sub(u32_lanes x, u32_lanes y) { return vsubq_u32(x, y); }
SIMDROP_INLINE u32_lanes u32_shift_right(u32_lanes x, unsigned bits) {
    return vshlq_u32(x, vdupq_n_s32(-(int32_t)bits));
}
SIMDROP_INLINE u32_lanes u32_shift_left(u32_lanes x, unsigned bits) {
    return vshlq_u32(x, vdupq_n_s32((int32_t)bits));
}
SIMDROP_INLINE u32_lanes u32_less(u32_lanes x, u32_lanes y) {
    return vshrq_n_u32(vcltq_u32(x, y), 31);
}
SIMDROP_INLINE void u32_store_u8(void *out, size_t i, u32_lanes x) {
    const uint16x4_t half = vmovn_u32(x);
    const uint32x2_t bytes = vreinterpret_u32_u8(vmovn_u16(vcombine_u16(half, half)));
    const uint32_t four = vget_lane_u32(bytes, 0);
    memcpy((uint8_t *)out + i, &four, sizeof four);
}

/* 64-bit integers, two words of the stream each; mul() takes the low halves. */
SIMDROP_INLINE u64_lanes u64_load(const uint32_t *from) {
    return vreinterpretq_u64_u32(vld1q_u32(from));
}
SIMDROP_INLINE u64_lanes u64_set(uint64_t x) { return vdupq_n_u64(x); }
SIMDROP_INLINE u64_lanes u64_or(u64_lanes x, u64_lanes y) { return vorrq_u64(x, y); }
SIMDROP_INLINE u64_lanes u64_add(u64_lanes x, u64_lanes y) { return vaddq_u64(x, y); }
SIMDROP_INLINE u64_lanes u64_sub(u64_lanes x, u64_lanes y) { return vsubq_u64(x, y); }
SIMDROP_INLINE u64_lanes u64_mul(u64_lanes x, u64_lanes y) {
    return vmull_u32(vmovn_u64(x), vmovn_u64(y));
}
SIMDROP_INLINE u64_lanes u64_shift_left(u64_lanes x, unsigned bits) {
    return vshlq_u64(x, vdupq_n_s64((int64_t)bits));
}
SIMDROP_INLINE u64_lanes u64_shift_right(u64_lanes x, unsigned bits) {
    return vshlq_u64(x, vdupq_n_s64(-(int64_t)bits));
}
SIMDROP_INLINE void u64_store_u32(void *out, size_t i, u64_lanes x) {
    vst1_u8((uint8_t *)out + 4 * i, vreinterpret_u8_u32(vmovn_u64(x)));
}

/* f32; from_i32() rounds signed integers to nearest; keep() makes +0 of lanes whose bit, from `first`
   on, is 0, and choose() y's lanes; down() moves lanes down by a power of two, and says nothing of
   the upper ones; stores round numbers to their type, but NaN only if so named. */
SIMDROP_INLINE f32_lanes f32_from_i32(u32_lanes x) {
    return vcvtq_f32_s32(vreinterpretq_s32_u32(x));
}
SIMDROP_INLINE f32_lanes f32_set(double x) { return vdupq_n_f32((float)x); }
SIMDROP_INLINE u32_lanes bits_of(f32_lanes x) { return vreinterpretq_u32_f32(x); }
SIMDROP_INLINE f32_lanes f32_of(u32_lanes bits) { return vreinterpretq_f32_u32(bits); }
SIMDROP_INLINE f32_lanes f32_neg(f32_lanes x) { return vnegq_f32(x); }
SIMDROP_INLINE f32_lanes f32_abs(f32_lanes x) { return vabsq_f32(x); }
SIMDROP_INLINE f32_lanes f32_add(f32_lanes x, f32_lanes y) { return vaddq_f32(x, y); }
SIMDROP_INLINE f32_lanes f32_sub(f32_lanes x, f32_lanes y) { return vsubq_f32(x, y); }
SIMDROP_INLINE f32_lanes f32_mul(f32_lanes x, f32_lanes y) { return vmulq_f32(x, y); }
SIMDROP_INLINE f32_lanes f32_div(f32_lanes x, f32_lanes y) { return vdivq_f32(x, y); }
SIMDROP_INLINE f32_lanes f32_sqrt(f32_lanes x) { return vsqrtq_f32(x); }
SIMDROP_INLINE f32_lanes f32_if_less(f32_lanes x, f32_lanes y, f32_lanes then, f32_lanes other) {
    return vbslq_f32(vcltq_f32(x, y), then, other);
}
SIMDROP_INLINE f32_lanes f32_min(f32_lanes x, f32_lanes y) { return f32_if_less(x, y, x, y); }
SIMDROP_INLINE f32_lanes f32_max(f32_lanes x, f32_lanes y) { return f32_if_less(y, x, x, y); }
SIMDROP_INLINE f32_lanes f32_keep(f32_lanes x, uint32_t bits, unsigned first) {
    const uint32x4_t lanes = (uint32x4_t){1, 2, 4, 8} << first;
    return f32_of(vandq_u32(bits_of(x), vtstq_u32(u32_set(bits), lanes)));
}
SIMDROP_INLINE f32_lanes f32_choose(f32_lanes x, f32_lanes y, uint32_t bits, unsigned first) {
    const uint32x4_t lanes = (uint32x4_t){1, 2, 4, 8} << first;
    return vbslq_f32(vtstq_u32(u32_set(bits), lanes), x, y);
}
SIMDROP_INLINE f32_lanes f32_down(f32_lanes x, int by) {
    return by == 2 ? vextq_f32(x, x, 2) : vextq_f32(x, x, 1);
}
SIMDROP_INLINE float f32_first(f32_lanes x) { return vgetq_lane_f32(x, 0); }
SIMDROP_INLINE f32_lanes f32_load(const void *from, size_t i) {
    return vreinterpretq_f32_u8(vld1q_u8((const uint8_t *)from + 4 * i));
}
SIMDROP_INLINE f32_lanes f32_load_bf16(const void *from, size_t i) {
    const uint16x4_t high = vreinterpret_u16_u8(vld1_u8((const uint8_t *)from + 2 * i));
    return f32_of(vshll_n_u16(high, 16));
}
SIMDROP_INLINE f32_lanes f32_load_f16(const void *from, size_t i) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8((const uint8_t *)from + 2 * i)));
}
SIMDROP_INLINE void f32_store(void *out, size_t i, f32_lanes x) {
    vst1q_u8((uint8_t *)out + 4 * i, vreinterpretq_u8_f32(x));
}
SIMDROP_INLINE uint32x4_t bf16_half(uint32x4_t bits) { /* what rounds to the upper half, and even */
    return vsraq_n_u32(u32_set(0x7fff), vshlq_n_u32(bits, 15), 31);
}
SIMDROP_INLINE uint16x8_t round_bf16(uint32x4_t low, uint32x4_t high) { /* bits of f32 */
    return vaddhn_high_u32(vaddhn_u32(low, bf16_half(low)), high, bf16_half(high));
}
SIMDROP_INLINE void f32_store_bf16(void *out, size_t i, f32_lanes x) {
    const uint32x4_t bits = vreinterpretq_u32_f32(x);
    const uint16x4_t rounded = vaddhn_u32(bits, bf16_half(bits));
    vst1_u8((uint8_t *)out + 2 * i, vreinterpret_u8_u16(rounded));
}
SIMDROP_INLINE void f32_store_bf16_or_nan(void *out, size_t i, f32_lanes x) {
    const uint32x4_t bits = bits_of(x), quiet = vorrq_u32(bits, u32_set(0x00400000));
    const uint32x4_t number = vceqq_f32(x, x);
    const uint16x4_t rounded =
        vaddhn_u32(vbslq_u32(number, bits, quiet), vandq_u32(number, bf16_half(bits)));
    vst1_u8((uint8_t *)out + 2 * i, vreinterpret_u8_u16(rounded));
}
SIMDROP_INLINE void f32_store_f16(void *out, size_t i, f32_lanes x) {
    vst1_u8((uint8_t *)out + 2 * i, vreinterpret_u8_f16(vcvt_f16_f32(x)));
}
SIMDROP_INLINE void f32_store_f16_or_nan(void *out, size_t i, f32_lanes x) {
    f32_store_f16(out, i, x);
}

/* f64; from_u53() converts integers below 2^53 exactly. */
SIMDROP_INLINE f64_lanes f64_from_u53(u64_lanes x) { return vcvtq_f64_u64(x); }
SIMDROP_INLINE u64_lanes bits_of_f64(f64_lanes x) { return vreinterpretq_u64_f64(x); }
SIMDROP_INLINE f64_lanes f64_of(u64_lanes bits) { return vreinterpretq_f64_u64(bits); }
SIMDROP_INLINE f64_lanes f64_set(double x) { return vdupq_n_f64(x); }
SIMDROP_INLINE f64_lanes f64_neg(f64_lanes x) { return vnegq_f64(x); }
SIMDROP_INLINE f64_lanes f64_abs(f64_lanes x) { return vabsq_f64(x); }
SIMDROP_INLINE f64_lanes f64_add(f64_lanes x, f64_lanes y) { return vaddq_f64(x, y); }
SIMDROP_INLINE f64_lanes f64_sub(f64_lanes x, f64_lanes y) { return vsubq_f64(x, y); }
SIMDROP_INLINE f64_lanes f64_mul(f64_lanes x, f64_lanes y) { return vmulq_f64(x, y); }
SIMDROP_INLINE f64_lanes f64_div(f64_lanes x, f64_lanes y) { return vdivq_f64(x, y); }
SIMDROP_INLINE f64_lanes f64_sqrt(f64_lanes x) { return vsqrtq_f64(x); }
SIMDROP_INLINE f64_lanes f64_if_less(f64_lanes x, f64_lanes y, f64_lanes then, f64_lanes other) {
    return vbslq_f64(vcltq_f64(x, y), then, other);
}
SIMDROP_INLINE f64_lanes f64_min(f64_lanes x, f64_lanes y) { return f64_if_less(x, y, x, y); }
SIMDROP_INLINE f64_lanes f64_max(f64_lanes x, f64_lanes y) { return f64_if_less(y, x, x, y); }
SIMDROP_INLINE f64_lanes f64_keep(f64_lanes x, uint32_t bits, unsigned first) {
    const uint64x2_t kept = vtstq_u64(u64_set(bits), (uint64x2_t){1, 2} << first);
    return vreinterpretq_f64_u64(vandq_u64(vreinterpretq_u64_f64(x), kept));
}
SIMDROP_INLINE f64_lanes f64_choose(f64_lanes x, f64_lanes y, uint32_t bits, unsigned first) {
    return vbslq_f64(vtstq_u64(u64_set(bits), (uint64x2_t){1, 2} << first), x, y);
}
SIMDROP_INLINE f64_lanes f64_down(f64_lanes x, int by) { return (void)by, vextq_f64(x, x, 1); }
SIMDROP_INLINE double f64_first(f64_lanes x) { return vgetq_lane_f64(x, 0); }
SIMDROP_INLINE f64_lanes f64_load(const void *from, size_t i) {
    return vreinterpretq_f64_u8(vld1q_u8((const uint8_t *)from + 8 * i));
}
SIMDROP_INLINE void f64_store(void *out, size_t i, f64_lanes x) {
    vst1q_u8((uint8_t *)out + 8 * i, vreinterpretq_u8_f64(x));
}

/* A line of 64 bytes to a line of memory, around the caches, where the set can. */
SIMDROP_INLINE void line_stream(void *out, const void *line) { memcpy(out, line, 64); }

#endif
