/* SPDX-License-Identifier: MIT */
/*
 * Draw kernels, NEON.
 *
 * A group of 4 blocks (64 bytes), 10 rounds, takes
 *    counter         1 add
 *    rounds 1, 2     4 umull, 4 uzp, 3 eor
 *    rounds 3 to 10  4 umull, 4 uzp, 4 eor each, and a fourth of 2 key broadcasts
 * 112 operations, of which 36 multiply. Neoverse V1 and V2 start four a cycle, two of them
 * multiplications: 28 cycles, 0.44 a byte. Neoverse N1 starts two, of which one multiplies: 56
 * cycles, 0.88 a byte. A mask adds per group 10 operations (8 bits), 8.75 (16) or 8.25 (32). Words
 * of a list take per group 1 broadcasting load more, and the scalar 2 or so that make its counter.
 * llvm-mca-19 -mtriple=aarch64 -mcpu=neoverse-v2, given gcc 12's loops as straight lines, says 13.0
 * cycles for a round of four groups, 0.05 a byte, and for all ten 0.49 to 0.52 (N1: 27.0; 1.05).
 */
#include "philox.h"

#include <string.h>

SIMDROP_INLINE struct group scaled(struct group v, float scale) {
#define SCALED(x) vreinterpretq_u32_f32(vmulq_n_f32(vcvtq_f32_u32(vshrq_n_u32(x, 8)), scale))
    return (struct group){SCALED(v.x0), SCALED(v.x1), SCALED(v.x2), SCALED(v.x3)};
#undef SCALED
}

/* Words as they are, or their upper 24 bits as f32 times `scale`. */
SIMDROP_INLINE struct four_groups as(struct four_groups v, int scales, float scale) {
    if (!scales) return v;
    return (struct four_groups){scaled(v.a, scale), scaled(v.b, scale), scaled(v.c, scale),
                                scaled(v.d, scale)};
}

SIMDROP_INLINE void fill(uint32_t *out, size_t blocks, uint64_t first_block,
                         const struct simdrop_philox *philox, int scales, float scale) {
    const struct simdrop_philox_head head = simdrop_philox_head(first_block, philox);
    uint32x4_t x0 = first_counter(first_block);
    for (; blocks >= 16; blocks -= 16, out += 64, x0 = skip(x0, 4))
        store_four(out, as(draw_four(x0, NULL, &head, philox), scales, scale));
    if (blocks) {
        uint32_t last[64];
        store_four(last, as(draw_four(x0, NULL, &head, philox), scales, scale));
        memcpy((char *)out, last, 16 * blocks);
    }
}

void KERNEL(fill_u32)(uint32_t *out, size_t blocks, uint64_t first_block,
                      const struct simdrop_philox *philox) {
    fill(out, blocks, first_block, philox, 0, 0);
}

void KERNEL(fill_f32)(float *out, size_t blocks, uint64_t first_block,
                      const struct simdrop_philox *philox, float scale) {
    fill((uint32_t *)out, blocks, first_block, philox, 1, scale);
}

void KERNEL(draw_mask_u8)(uint64_t *out, size_t words, uint64_t first_word,
                          const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(4 * first_word, philox);
    const uint8x16_t t = vdupq_n_u8((uint8_t)threshold);
    uint64_t *const end = out + words;
    uint32x4_t x0 = first_counter(4 * first_word);
    for (; out < end; out += 4, x0 = skip(x0, 4)) {
        const struct four_groups v = draw_four(x0, NULL, &head, philox);
        put_u8(out, v.a, v.b, t);
        put_u8(out + 2, v.c, v.d, t);
    }
}

void KERNEL(draw_mask_u16)(uint64_t *out, size_t words, uint64_t first_word,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(8 * first_word, philox);
    const uint16x8_t t = vdupq_n_u16((uint16_t)threshold);
    uint64_t *const end = out + words;
    uint32x4_t x0 = first_counter(8 * first_word);
    for (; out < end; out += 2, x0 = skip(x0, 4))
        put_u16(out, draw_four(x0, NULL, &head, philox), t);
}

void KERNEL(draw_mask_u32)(uint64_t *out, size_t words, uint64_t first_word,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(16 * first_word, philox);
    const uint32x4_t t = vdupq_n_u32(threshold);
    uint64_t *const end = out + words;
    uint32x4_t x0 = first_counter(16 * first_word);
    for (; out < end; ++out, x0 = skip(x0, 4)) put_u32(out, draw_four(x0, NULL, &head, philox), t);
}

void KERNEL(draw_list_u8)(uint64_t *out, size_t words, const uint64_t *number,
                          const struct simdrop_philox *philox, uint32_t threshold) {
    if (!words) return;
    const struct simdrop_philox_head head = simdrop_philox_head(4 * *number, philox);
    const uint8x16_t t = vdupq_n_u8((uint8_t)threshold);
    uint64_t *const end = out + words;
    uint32_t places[4];
    for (; out < end; out += 4, number += 4) {
        places_of(places, number, (size_t)(end - out), 1);
        const struct four_groups v = draw_four(first_counter(0), places, &head, philox);
        put_u8(out, v.a, v.b, t);
        put_u8(out + 2, v.c, v.d, t);
    }
}

void KERNEL(draw_list_u16)(uint64_t *out, size_t words, const uint64_t *number,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    if (!words) return;
    const struct simdrop_philox_head head = simdrop_philox_head(8 * *number, philox);
    const uint16x8_t t = vdupq_n_u16((uint16_t)threshold);
    uint64_t *const end = out + words;
    uint32_t places[4];
    for (; out < end; out += 2, number += 2) {
        places_of(places, number, (size_t)(end - out), 2);
        put_u16(out, draw_four(first_counter(0), places, &head, philox), t);
    }
}

void KERNEL(draw_list_u32)(uint64_t *out, size_t words, const uint64_t *number,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    if (!words) return;
    const struct simdrop_philox_head head = simdrop_philox_head(16 * *number, philox);
    const uint32x4_t t = vdupq_n_u32(threshold);
    uint64_t *const end = out + words;
    uint32_t places[4];
    for (; out < end; ++out, ++number) {
        places_of(places, number, 1, 4);
        put_u32(out, draw_four(first_counter(0), places, &head, philox), t);
    }
}
