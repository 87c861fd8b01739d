/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, NEON.
 *
 * 4 elements of f32, or 2 of f64, take a load, a multiplication, a test of mask bits, an and, and a
 * store; a broadcast of mask bits serves 32, or 16. On Neoverse V1 and V2 a store needs one of four
 * vector pipes as well: 1 cycle, so 4 or 2 elements a cycle. Neoverse N1 has two: 1.5 to 2 cycles.
 * llvm-mca-19 -mtriple=aarch64 -mcpu=neoverse-v2 says 8.0 cycles for 32 (16) elements of gcc 12's
 * loops (N1: 14.0), and 10.0 of clang 19's, which makes two operations of the test.
 */
#include "kernels.h"

#include <arm_neon.h>
#include <string.h>

SIMDROP_DECLARE_KERNELS(neon)

/* 32 mask bits, from `first` on, in every lane; fewer if a word ends before. */
SIMDROP_INLINE uint32x4_t bits_f32(const uint64_t *keep, size_t first) {
    return vdupq_n_u32((uint32_t)(keep[first / 64] >> (first % 64)));
}

/* Four elements, whose bits are those of `lanes`. As bytes, which may have any alignment. */
SIMDROP_INLINE void apply_four(uint8_t *y, const uint8_t *x, uint32x4_t bits, uint32x4_t lanes,
                               float32x4_t scale) {
    const float32x4_t product = vmulq_f32(vreinterpretq_f32_u8(vld1q_u8(x)), scale);
    const uint32x4_t kept = vandq_u32(vreinterpretq_u32_f32(product), vtstq_u32(bits, lanes));
    vst1q_u8(y, vreinterpretq_u8_u32(kept));
}

/* The last elements, fewer than four. */
SIMDROP_INLINE void apply_tail_f32(uint8_t *y, const uint8_t *x, uint64_t bits, size_t n,
                                   float scale) {
    for (size_t i = 0; i < n; ++i) {
        float value;
        memcpy(&value, x + i * sizeof value, sizeof value);
        value = (bits >> i) & 1 ? value * scale : 0.0f;
        memcpy(y + i * sizeof value, &value, sizeof value);
    }
}

void simdrop_apply_f32_neon(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    const float32x4_t s = vdupq_n_f32((float)scale);
    const uint32x4_t lanes = {1 << 0, 1 << 1, 1 << 2, 1 << 3};
    const uint8_t *from = x;
    uint8_t *to = y;
    size_t i = 0;
    for (; n - i >= 32; i += 32, from += 128, to += 128) {
        const uint32x4_t bits = bits_f32(keep, i);
        apply_four(to, from, bits, lanes, s);
        apply_four(to + 16, from + 16, bits, vshlq_n_u32(lanes, 4), s);
        apply_four(to + 32, from + 32, bits, vshlq_n_u32(lanes, 8), s);
        apply_four(to + 48, from + 48, bits, vshlq_n_u32(lanes, 12), s);
        apply_four(to + 64, from + 64, bits, vshlq_n_u32(lanes, 16), s);
        apply_four(to + 80, from + 80, bits, vshlq_n_u32(lanes, 20), s);
        apply_four(to + 96, from + 96, bits, vshlq_n_u32(lanes, 24), s);
        apply_four(to + 112, from + 112, bits, vshlq_n_u32(lanes, 28), s);
    }
    for (; n - i >= 4; i += 4, from += 16, to += 16)
        apply_four(to, from, bits_f32(keep, i), lanes, s);
    if (i < n) apply_tail_f32(to, from, keep[i / 64] >> (i % 64), n - i, (float)scale);
}

/* The same: to Arm cores stnp is but a hint, which one can't rely on to bypass the caches. */
void simdrop_apply_f32_stream_neon(void *y, const void *x, const uint64_t *keep, size_t n,
                                   double scale) {
    simdrop_apply_f32_neon(y, x, keep, n, scale);
}

/* 64 mask bits, from `first` on, in every lane; fewer if a word ends before. */
SIMDROP_INLINE uint64x2_t bits_f64(const uint64_t *keep, size_t first) {
    return vdupq_n_u64(keep[first / 64] >> (first % 64));
}

/* Two elements, whose bits are those of `lanes`. */
SIMDROP_INLINE void apply_two(uint8_t *y, const uint8_t *x, uint64x2_t bits, uint64x2_t lanes,
                              float64x2_t scale) {
    const float64x2_t product = vmulq_f64(vreinterpretq_f64_u8(vld1q_u8(x)), scale);
    const uint64x2_t kept = vandq_u64(vreinterpretq_u64_f64(product), vtstq_u64(bits, lanes));
    vst1q_u8(y, vreinterpretq_u8_u64(kept));
}

/* The last element. */
SIMDROP_INLINE void apply_last_f64(uint8_t *y, const uint8_t *x, uint64_t bits, double scale) {
    double value;
    memcpy(&value, x, sizeof value);
    value = bits & 1 ? value * scale : 0.0;
    memcpy(y, &value, sizeof value);
}

void simdrop_apply_f64_neon(void *y, const void *x, const uint64_t *keep, size_t n, double scale) {
    const float64x2_t s = vdupq_n_f64(scale);
    const uint64x2_t lanes = {1 << 0, 1 << 1};
    const uint8_t *from = x;
    uint8_t *to = y;
    size_t i = 0;
    for (; n - i >= 16; i += 16, from += 128, to += 128) {
        const uint64x2_t bits = bits_f64(keep, i);
        apply_two(to, from, bits, lanes, s);
        apply_two(to + 16, from + 16, bits, vshlq_n_u64(lanes, 2), s);
        apply_two(to + 32, from + 32, bits, vshlq_n_u64(lanes, 4), s);
        apply_two(to + 48, from + 48, bits, vshlq_n_u64(lanes, 6), s);
        apply_two(to + 64, from + 64, bits, vshlq_n_u64(lanes, 8), s);
        apply_two(to + 80, from + 80, bits, vshlq_n_u64(lanes, 10), s);
        apply_two(to + 96, from + 96, bits, vshlq_n_u64(lanes, 12), s);
        apply_two(to + 112, from + 112, bits, vshlq_n_u64(lanes, 14), s);
    }
    for (; n - i >= 2; i += 2, from += 16, to += 16)
        apply_two(to, from, bits_f64(keep, i), lanes, s);
    if (i < n) apply_last_f64(to, from, keep[i / 64] >> (i % 64), scale);
}

void simdrop_apply_f64_stream_neon(void *y, const void *x, const uint64_t *keep, size_t n,
                                   double scale) {
    simdrop_apply_f64_neon(y, x, keep, n, scale);
}

void simdrop_stream_end_neon(void) {}
