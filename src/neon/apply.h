/* SPDX-License-Identifier: MIT */
/* Mask and scale, NEON: 32 elements of each type, the pieces of apply.c, which counts them. */
#ifndef SIMDROP_NEON_APPLY_H
#define SIMDROP_NEON_APPLY_H

#include "lanes.h"

#include <string.h>

/* Where a kernel reads and writes, as bytes, which may have any alignment, and by what it
   multiplies. There are no stores around the caches: to Arm cores stnp is but a hint. */
struct course {
    uint8_t *y;
    const uint8_t *x;
    size_t ahead;
    float32x4_t scale;
    float64x2_t scale_f64;
};

SIMDROP_INLINE struct course course_of(const struct simdrop_apply *apply) {
    return (struct course){.y = apply->y,
                           .x = apply->x,
                           .ahead = apply->ahead,
                           .scale = vdupq_n_f32((float)apply->scale),
                           .scale_f64 = vdupq_n_f64(apply->scale)};
}

/* The 16 bytes of x that are `at` bytes on; of four such parts of a line the first prefetches. */
SIMDROP_INLINE uint8x16_t load_part(const struct course *c, size_t at) {
    if (c->ahead && at % 64 == 0)
        __builtin_prefetch((const void *)((uintptr_t)c->x + at + c->ahead), 0, 3);
    return vld1q_u8(c->x + at);
}
SIMDROP_INLINE void store_part(const struct course *c, size_t at, uint8x16_t y) {
    vst1q_u8(c->y + at, y);
}

SIMDROP_INLINE void advance(struct course *c, size_t bytes) { c->x += bytes, c->y += bytes; }

/* The bit of each lane's element: of an eighth of the 32; in lanes of 64 bits, of a sixteenth. */
SIMDROP_INLINE uint32x4_t in_order(int eighth) {
    const uint32x4_t first = {1, 2, 4, 8};
    return vshlq_u32(first, vdupq_n_s32(4 * eighth));
}
SIMDROP_INLINE uint64x2_t in_order_64(int sixteenth) {
    const uint64x2_t first = {1, 2};
    return vshlq_u64(first, vdupq_n_s64(2 * sixteenth));
}

/* As bits of f32. */
SIMDROP_INLINE uint32x4_t product(const struct course *c, float32x4_t x, uint32_t bits,
                                  int eighth) {
    const uint32x4_t kept = vtstq_u32(vdupq_n_u32(bits), in_order(eighth));
    return vandq_u32(vreinterpretq_u32_f32(vmulq_f32(x, c->scale)), kept);
}

typedef void piece_fn(struct course *c, uint32_t bits);

SIMDROP_INLINE void four_f32(const struct course *c, uint32_t bits, int eighth) {
    const float32x4_t x = vreinterpretq_f32_u8(load_part(c, 16 * (size_t)eighth));
    store_part(c, 16 * (size_t)eighth, vreinterpretq_u8_u32(product(c, x, bits, eighth)));
}
SIMDROP_INLINE void piece_f32(struct course *c, uint32_t bits) {
    four_f32(c, bits, 0);
    four_f32(c, bits, 1);
    four_f32(c, bits, 2);
    four_f32(c, bits, 3);
    four_f32(c, bits, 4);
    four_f32(c, bits, 5);
    four_f32(c, bits, 6);
    four_f32(c, bits, 7);
    advance(c, 128);
}

SIMDROP_INLINE void two_f64(const struct course *c, uint32_t bits, int sixteenth) {
    const uint64x2_t kept = vtstq_u64(vdupq_n_u64(bits), in_order_64(sixteenth));
    const float64x2_t x = vreinterpretq_f64_u8(load_part(c, 16 * (size_t)sixteenth));
    const float64x2_t y = vmulq_f64(x, c->scale_f64);
    store_part(c, 16 * (size_t)sixteenth,
               vreinterpretq_u8_u64(vandq_u64(vreinterpretq_u64_f64(y), kept)));
}
SIMDROP_INLINE void eight_f64(const struct course *c, uint32_t bits, int quarter) {
    two_f64(c, bits, 4 * quarter);
    two_f64(c, bits, 4 * quarter + 1);
    two_f64(c, bits, 4 * quarter + 2);
    two_f64(c, bits, 4 * quarter + 3);
}
SIMDROP_INLINE void piece_f64(struct course *c, uint32_t bits) {
    eight_f64(c, bits, 0);
    eight_f64(c, bits, 1);
    eight_f64(c, bits, 2);
    eight_f64(c, bits, 3);
    advance(c, 256);
}

SIMDROP_INLINE void eight_bf16(const struct course *c, uint32_t bits, int quarter) {
    const uint16x8_t x = vreinterpretq_u16_u8(load_part(c, 16 * (size_t)quarter));
    const float32x4_t low = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(x), 16));
    const float32x4_t high = vreinterpretq_f32_u32(vshll_high_n_u16(x, 16));
    const uint32x4_t y0 = product(c, low, bits, 2 * quarter);
    const uint32x4_t y1 = product(c, high, bits, 2 * quarter + 1);
    store_part(c, 16 * (size_t)quarter, vreinterpretq_u8_u16(round_bf16(y0, y1)));
}
SIMDROP_INLINE void piece_bf16(struct course *c, uint32_t bits) {
    eight_bf16(c, bits, 0);
    eight_bf16(c, bits, 1);
    eight_bf16(c, bits, 2);
    eight_bf16(c, bits, 3);
    advance(c, 64);
}

SIMDROP_INLINE void eight_f16(const struct course *c, uint32_t bits, int quarter) {
    const float16x8_t x = vreinterpretq_f16_u8(load_part(c, 16 * (size_t)quarter));
    const uint32x4_t y0 = product(c, vcvt_f32_f16(vget_low_f16(x)), bits, 2 * quarter);
    const uint32x4_t y1 = product(c, vcvt_high_f32_f16(x), bits, 2 * quarter + 1);
    const float16x4_t low = vcvt_f16_f32(vreinterpretq_f32_u32(y0));
    store_part(c, 16 * (size_t)quarter,
               vreinterpretq_u8_f16(vcvt_high_f16_f32(low, vreinterpretq_f32_u32(y1))));
}
SIMDROP_INLINE void piece_f16(struct course *c, uint32_t bits) {
    eight_f16(c, bits, 0);
    eight_f16(c, bits, 1);
    eight_f16(c, bits, 2);
    eight_f16(c, bits, 3);
    advance(c, 64);
}

/* The next 32 mask bits. */
SIMDROP_INLINE uint32_t bits_at(const char *keep) {
    uint32_t bits;
    memcpy(&bits, keep, sizeof bits);
    return bits;
}

#endif
