/* SPDX-License-Identifier: MIT */
/*
 * The one lane of plain C, with which src/body/ is written. Every folder has the same functions,
 * and every one of them gives the same bits.
 */
#ifndef SIMDROP_SCALAR_LANES_H
#define SIMDROP_SCALAR_LANES_H

#include "set.h"

#include <math.h>
#include <string.h>

#define ONE_LANE
enum { LANES = 1, LANES_64 = 1 };
typedef uint32_t u32_lanes;
typedef uint64_t u64_lanes;
typedef float f32_lanes;
typedef double f64_lanes;

/* As SLEEF calls them. */
#define SLEEF_SET purec
#define SLEEF_LANES f1
#define SLEEF_LANES_64 d1
#define SLEEF_PAIR Sleef_float_2
#define SLEEF_PAIR_64 Sleef_double_2

/* 32-bit integers; less() is 1 or 0. */
SIMDROP_INLINE u32_lanes u32_load(const uint32_t *from) { return *from; }
SIMDROP_INLINE u32_lanes u32_set(uint32_t x) { return x; }
SIMDROP_INLINE u32_lanes u32_or(u32_lanes x, u32_lanes y) { return x | y; }
SIMDROP_INLINE u32_lanes u32_sub(u32_lanes x, u32_lanes y) { return x - y; }
SIMDROP_INLINE u32_lanes u32_shift_right(u32_lanes x, unsigned bits) { return x >> bits; }
SIMDROP_INLINE u32_lanes u32_shift_left(u32_lanes x, unsigned bits) { return x << bits; }
SIMDROP_INLINE u32_lanes u32_less(u32_lanes x, u32_lanes y) { return x < y; }
SIMDROP_INLINE void u32_store_u8(void *out, size_t i, u32_lanes x) {
    ((uint8_t *)out)[i] = (uint8_t)x;
}

/* 64-bit integers, two words of the stream each; mul() takes the low halves. */
SIMDROP_INLINE u64_lanes u64_load(const uint32_t *from) {
    return from[0] | (uint64_t)from[1] << 32;
}
SIMDROP_INLINE u64_lanes u64_set(uint64_t x) { return x; }
SIMDROP_INLINE u64_lanes u64_or(u64_lanes x, u64_lanes y) { return x | y; }
SIMDROP_INLINE u64_lanes u64_add(u64_lanes x, u64_lanes y) { return x + y; }
SIMDROP_INLINE u64_lanes u64_sub(u64_lanes x, u64_lanes y) { return x - y; }
SIMDROP_INLINE u64_lanes u64_mul(u64_lanes x, u64_lanes y) {
    return (uint64_t)(uint32_t)x * (uint32_t)y;
}
SIMDROP_INLINE u64_lanes u64_shift_left(u64_lanes x, unsigned bits) { return x << bits; }
SIMDROP_INLINE u64_lanes u64_shift_right(u64_lanes x, unsigned bits) { return x >> bits; }

/* Tensors may have any alignment. */
SIMDROP_INLINE void put(void *out, size_t i, const void *x, size_t size) {
    memcpy((char *)out + i * size, x, size);
}
SIMDROP_INLINE void get(void *x, const void *from, size_t i, size_t size) {
    memcpy(x, (const char *)from + i * size, size);
}
SIMDROP_INLINE void u64_store_u32(void *out, size_t i, u64_lanes x) {
    const uint32_t low = (uint32_t)x;
    put(out, i, &low, sizeof low);
}

/* f32; from_i32() rounds signed integers to nearest; keep() makes +0 of lanes whose bit, from `first`
   on, is 0, and choose() y's lanes; down() moves lanes down by a power of two, and says nothing of
   the upper ones; stores round numbers to their type, but NaN only if so named. */
SIMDROP_INLINE f32_lanes f32_from_i32(u32_lanes x) { return (float)(int32_t)x; }
SIMDROP_INLINE f32_lanes f32_set(double x) { return (float)x; }
SIMDROP_INLINE u32_lanes bits_of(f32_lanes x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
SIMDROP_INLINE f32_lanes f32_of(u32_lanes bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
SIMDROP_INLINE f32_lanes f32_neg(f32_lanes x) { return -x; }
SIMDROP_INLINE f32_lanes f32_abs(f32_lanes x) { return fabsf(x); }
SIMDROP_INLINE f32_lanes f32_add(f32_lanes x, f32_lanes y) { return x + y; }
SIMDROP_INLINE f32_lanes f32_sub(f32_lanes x, f32_lanes y) { return x - y; }
SIMDROP_INLINE f32_lanes f32_mul(f32_lanes x, f32_lanes y) { return x * y; }
SIMDROP_INLINE f32_lanes f32_div(f32_lanes x, f32_lanes y) { return x / y; }
SIMDROP_INLINE f32_lanes f32_sqrt(f32_lanes x) { return sqrtf(x); }
SIMDROP_INLINE f32_lanes f32_min(f32_lanes x, f32_lanes y) { return x < y ? x : y; }
SIMDROP_INLINE f32_lanes f32_max(f32_lanes x, f32_lanes y) { return x > y ? x : y; }
SIMDROP_INLINE f32_lanes f32_if_less(f32_lanes x, f32_lanes y, f32_lanes then, f32_lanes other) {
    return x < y ? then : other;
}
SIMDROP_INLINE f32_lanes f32_keep(f32_lanes x, uint32_t bits, unsigned first) {
    return f32_of(bits_of(x) & -(bits >> first & 1));
}
SIMDROP_INLINE f32_lanes f32_choose(f32_lanes x, f32_lanes y, uint32_t bits, unsigned first) {
    return f32_of(bits_of(y) ^ ((bits_of(x) ^ bits_of(y)) & -(bits >> first & 1)));
}
SIMDROP_INLINE f32_lanes f32_down(f32_lanes x, int by) { return (void)by, x; } /* there is one */
SIMDROP_INLINE float f32_first(f32_lanes x) { return x; }
SIMDROP_INLINE f32_lanes f32_load(const void *from, size_t i) {
    float x;
    get(&x, from, i, sizeof x);
    return x;
}
SIMDROP_INLINE f32_lanes f32_load_bf16(const void *from, size_t i) {
    uint16_t high;
    get(&high, from, i, sizeof high);
    return f32_of((uint32_t)high << 16);
}
/* Exponents of f16 are 112 less than those of f32; a product makes up for it, and for those of
   subnormal numbers. */
SIMDROP_INLINE f32_lanes f32_load_f16(const void *from, size_t i) {
    uint16_t half;
    get(&half, from, i, sizeof half);
    const uint32_t sign = half & 0x8000, rest = half & 0x7fff, infinity = 0x7c00;
    const uint32_t quiet = rest > infinity ? UINT32_C(0x7fc00000) : UINT32_C(0x7f800000);
    const uint32_t number = bits_of(f32_of(rest << 13) * 0x1p112f);
    return f32_of(sign << 16 | (rest < infinity ? number : rest << 13 | quiet));
}
SIMDROP_INLINE void f32_store(void *out, size_t i, f32_lanes x) { put(out, i, &x, sizeof x); }
SIMDROP_INLINE void f32_store_bf16(void *out, size_t i, f32_lanes x) {
    const uint32_t bits = bits_of(x);
    const uint16_t high = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    put(out, i, &high, sizeof high);
}
SIMDROP_INLINE void f32_store_bf16_or_nan(void *out, size_t i, f32_lanes x) {
    const uint16_t quiet = (uint16_t)(bits_of(x) >> 16 | 0x40);
    if (x == x)
        f32_store_bf16(out, i, x);
    else
        put(out, i, &quiet, sizeof quiet);
}
/* Numbers below 2^-14 are subnormal: added to 0.5, whose last bit weighs as much as theirs, they
   are rounded. The others are rounded by adding half of the last bit kept, less a bit if even. */
SIMDROP_INLINE void f32_store_f16(void *out, size_t i, f32_lanes x) {
    const uint32_t sign = bits_of(x) & UINT32_C(0x80000000), bits = bits_of(x) ^ sign;
    const uint32_t odd = bits >> 13 & 1, infinity = 0x7c00;
    uint32_t half = bits < UINT32_C(0x38800000)
                        ? bits_of(fabsf(x) + 0.5f) - bits_of(0.5f)
                        : (bits - UINT32_C(0x38000000) + 0x0fff + odd) >> 13;
    if (half > infinity) half = infinity;
    half |= sign >> 16;
    const uint16_t rounded = (uint16_t)half;
    put(out, i, &rounded, sizeof rounded);
}
SIMDROP_INLINE void f32_store_f16_or_nan(void *out, size_t i, f32_lanes x) {
    const uint32_t bits = bits_of(x);
    const uint16_t quiet = (uint16_t)((bits >> 16 & 0x8000) | 0x7e00 | (bits >> 13 & 0x3ff));
    if (x == x)
        f32_store_f16(out, i, x);
    else
        put(out, i, &quiet, sizeof quiet);
}

/* f64; from_u53() converts integers below 2^53 exactly. */
SIMDROP_INLINE f64_lanes f64_from_u53(u64_lanes x) { return (double)(int64_t)x; }
SIMDROP_INLINE u64_lanes bits_of_f64(f64_lanes x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
SIMDROP_INLINE f64_lanes f64_of(u64_lanes bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
SIMDROP_INLINE f64_lanes f64_set(double x) { return x; }
SIMDROP_INLINE f64_lanes f64_neg(f64_lanes x) { return -x; }
SIMDROP_INLINE f64_lanes f64_abs(f64_lanes x) { return fabs(x); }
SIMDROP_INLINE f64_lanes f64_add(f64_lanes x, f64_lanes y) { return x + y; }
SIMDROP_INLINE f64_lanes f64_sub(f64_lanes x, f64_lanes y) { return x - y; }
SIMDROP_INLINE f64_lanes f64_mul(f64_lanes x, f64_lanes y) { return x * y; }
SIMDROP_INLINE f64_lanes f64_div(f64_lanes x, f64_lanes y) { return x / y; }
SIMDROP_INLINE f64_lanes f64_sqrt(f64_lanes x) { return sqrt(x); }
SIMDROP_INLINE f64_lanes f64_min(f64_lanes x, f64_lanes y) { return x < y ? x : y; }
SIMDROP_INLINE f64_lanes f64_max(f64_lanes x, f64_lanes y) { return x > y ? x : y; }
SIMDROP_INLINE f64_lanes f64_if_less(f64_lanes x, f64_lanes y, f64_lanes then, f64_lanes other) {
    return x < y ? then : other;
}
SIMDROP_INLINE f64_lanes f64_keep(f64_lanes x, uint32_t bits, unsigned first) {
    uint64_t kept;
    memcpy(&kept, &x, sizeof kept);
    kept &= -(uint64_t)(bits >> first & 1);
    memcpy(&x, &kept, sizeof x);
    return x;
}
SIMDROP_INLINE f64_lanes f64_choose(f64_lanes x, f64_lanes y, uint32_t bits, unsigned first) {
    uint64_t from_x, from_y;
    memcpy(&from_x, &x, sizeof from_x);
    memcpy(&from_y, &y, sizeof from_y);
    from_y ^= (from_x ^ from_y) & -(uint64_t)(bits >> first & 1);
    memcpy(&y, &from_y, sizeof y);
    return y;
}
SIMDROP_INLINE f64_lanes f64_down(f64_lanes x, int by) { return (void)by, x; }
SIMDROP_INLINE double f64_first(f64_lanes x) { return x; }
SIMDROP_INLINE f64_lanes f64_load(const void *from, size_t i) {
    double x;
    get(&x, from, i, sizeof x);
    return x;
}
SIMDROP_INLINE void f64_store(void *out, size_t i, f64_lanes x) { put(out, i, &x, sizeof x); }

/* A line of 64 bytes to a line of memory, around the caches, where the set can. */
SIMDROP_INLINE void line_stream(void *out, const void *line) { memcpy(out, line, 64); }

#endif
