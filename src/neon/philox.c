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
 * cycles, 0.88 a byte. A mask adds per group 10 operations (8 bits), 8.75 (16) or 8.25 (32).
 * llvm-mca-19 -mtriple=aarch64 -mcpu=neoverse-v2, given gcc 12's loops as straight lines, says 13.0
 * cycles for a round of four groups, 0.05 a byte, and for all ten 0.49 to 0.52 (N1: 27.0; 1.05).
 */
#include "kernels.h"

#include <arm_neon.h>
#include <string.h>

SIMDROP_DECLARE_KERNELS(neon)

/* A group of four blocks: one counter word per register, one block per lane. */
struct group {
    uint32x4_t x0, x1, x2, x3;
};

/* Four groups, because a round takes about 7 cycles, and only other groups can fill them. */
struct four_groups {
    struct group a, b, c, d;
};

/* The 64-bit products of a register: of lanes 0 and 1, and of lanes 2 and 3. */
struct products {
    uint32x4_t p01, p23;
};

SIMDROP_INLINE uint32x4_t broadcast(uint64_t value) { return vdupq_n_u32((uint32_t)value); }
SIMDROP_INLINE struct products mul(uint32x4_t x, uint64_t m) {
    return (struct products){vreinterpretq_u32_u64(vmull_n_u32(vget_low_u32(x), (uint32_t)m)),
                             vreinterpretq_u32_u64(vmull_high_n_u32(x, (uint32_t)m))};
}
SIMDROP_INLINE uint32x4_t low(struct products p) { return vuzp1q_u32(p.p01, p.p23); }
SIMDROP_INLINE uint32x4_t high(struct products p) { return vuzp2q_u32(p.p01, p.p23); }

/* Counter word 0 of the group that begins at `block`. */
SIMDROP_INLINE uint32x4_t first_counter(uint64_t block) {
    const uint32x4_t lanes = {0, 1, 2, 3};
    return vaddq_u32(broadcast(block), lanes);
}

/* The same for the group that is `groups` further on. */
SIMDROP_INLINE uint32x4_t skip(uint32x4_t x0, uint64_t groups) {
    return vaddq_u32(x0, broadcast(4 * groups));
}

/* Rounds 1 and 2 (philox.h). */
SIMDROP_INLINE struct group begin(uint32x4_t x0, const struct simdrop_philox_head *head) {
    const struct products p0 = mul(x0, SIMDROP_PHILOX_M0);
    const uint32x4_t x2 = veorq_u32(high(p0), broadcast(head->round1_x2));
    const struct products p1 = mul(x2, SIMDROP_PHILOX_M1);
    return (struct group){veorq_u32(high(p1), broadcast(head->round2_x0)), low(p1),
                          veorq_u32(low(p0), broadcast(head->round2_x2)),
                          broadcast(head->round2_x3)};
}

/* The keys meet the odd words first, which are there before the products. */
SIMDROP_INLINE struct group round_of(struct group v, uint32x4_t k0, uint32x4_t k1) {
    const struct products p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    return (struct group){veorq_u32(high(p1), veorq_u32(v.x1, k0)), low(p1),
                          veorq_u32(high(p0), veorq_u32(v.x3, k1)), low(p0)};
}

SIMDROP_INLINE struct four_groups draw_four(uint32x4_t x0, const struct simdrop_philox_head *head,
                                            const struct simdrop_philox *philox) {
    const uint64_t *k = philox->key + 4, *end = k + 2 * philox->rounds - 4;
    struct four_groups v = {begin(x0, head), begin(skip(x0, 1), head), begin(skip(x0, 2), head),
                            begin(skip(x0, 3), head)};
    for (; k != end; k += 2) {
        const uint32x4_t k0 = broadcast(k[0]), k1 = broadcast(k[1]);
        v.a = round_of(v.a, k0, k1);
        v.b = round_of(v.b, k0, k1);
        v.c = round_of(v.c, k0, k1);
        v.d = round_of(v.d, k0, k1);
    }
    return v;
}

/* Lane 0 of all four registers, then lane 1, 2, 3: block after block. */
SIMDROP_INLINE void store(uint32_t *out, struct group v) {
    const uint32x4x4_t words = {{v.x0, v.x1, v.x2, v.x3}};
    vst4q_u32(out, words);
}
SIMDROP_INLINE void store_four(uint32_t *out, struct four_groups v) {
    store(out, v.a);
    store(out + 16, v.b);
    store(out + 32, v.c);
    store(out + 48, v.d);
}

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
        store_four(out, as(draw_four(x0, &head, philox), scales, scale));
    if (blocks) {
        uint32_t last[64];
        store_four(last, as(draw_four(x0, &head, philox), scales, scale));
        memcpy((char *)out, last, 16 * blocks);
    }
}

void simdrop_fill_u32_neon(uint32_t *out, size_t blocks, uint64_t first_block,
                           const struct simdrop_philox *philox) {
    fill(out, blocks, first_block, philox, 0, 0);
}

void simdrop_fill_f32_neon(float *out, size_t blocks, uint64_t first_block,
                           const struct simdrop_philox *philox, float scale) {
    fill((uint32_t *)out, blocks, first_block, philox, 1, scale);
}

/* Draws of 8 bits: byte i of word w of a block is bit 4w + i of its mask's 16. sli shifts bits of
   x1 (x3) beside those of x0 (x2), so that byte i holds bits i and i + 4 of the low (high) eight;
   `own` clears the others, and adding pairs twice, here and in put_u8(), joins all eight. */
SIMDROP_INLINE uint8x16_t pairs_u8(struct group v, uint8x16_t threshold) {
    const uint8x16_t own = vreinterpretq_u8_u32(vdupq_n_u32(0x88442211));
    const uint8x16_t keep0 = vcgeq_u8(vreinterpretq_u8_u32(v.x0), threshold);
    const uint8x16_t keep1 = vcgeq_u8(vreinterpretq_u8_u32(v.x1), threshold);
    const uint8x16_t keep2 = vcgeq_u8(vreinterpretq_u8_u32(v.x2), threshold);
    const uint8x16_t keep3 = vcgeq_u8(vreinterpretq_u8_u32(v.x3), threshold);
    return vpaddq_u8(vandq_u8(vsliq_n_u8(keep0, keep1, 4), own),
                     vandq_u8(vsliq_n_u8(keep2, keep3, 4), own));
}

/* Two words from two groups, whose sums come as four low bytes and four high ones each. */
SIMDROP_INLINE void put_u8(uint64_t *out, struct group v, struct group w, uint8x16_t threshold) {
    const uint8x16_t order = {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15};
    const uint8x16_t sums = vpaddq_u8(pairs_u8(v, threshold), pairs_u8(w, threshold));
    vst1q_u8((uint8_t *)out, vqtbl1q_u8(sums, order));
}

void simdrop_draw_mask_u8_neon(uint64_t *out, size_t words, uint64_t first_word,
                               const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(4 * first_word, philox);
    const uint8x16_t t = vdupq_n_u8((uint8_t)threshold);
    uint64_t *const end = out + words;
    uint32x4_t x0 = first_counter(4 * first_word);
    for (; out < end; out += 4, x0 = skip(x0, 4)) {
        const struct four_groups v = draw_four(x0, &head, philox);
        put_u8(out, v.a, v.b, t);
        put_u8(out + 2, v.c, v.d, t);
    }
}

/* Draws of 16 bits: half i of word w of a block is bit 2w + i of its mask's 8. sli shifts the bits
   of x1, x2, x3 beside those of x0; `own` clears the other half's; adding pairs joins all eight. */
SIMDROP_INLINE uint16x8_t halves_u16(struct group v, uint16x8_t threshold) {
    const uint16x8_t own = vreinterpretq_u16_u32(vdupq_n_u32(0x00AA0055));
    const uint16x8_t keep0 = vcgeq_u16(vreinterpretq_u16_u32(v.x0), threshold);
    const uint16x8_t keep1 = vcgeq_u16(vreinterpretq_u16_u32(v.x1), threshold);
    const uint16x8_t keep2 = vcgeq_u16(vreinterpretq_u16_u32(v.x2), threshold);
    const uint16x8_t keep3 = vcgeq_u16(vreinterpretq_u16_u32(v.x3), threshold);
    const uint16x8_t keep01 = vsliq_n_u16(keep0, keep1, 2), keep23 = vsliq_n_u16(keep2, keep3, 2);
    return vandq_u16(vsliq_n_u16(keep01, keep23, 4), own);
}

/* Two words from four groups: a byte per block. */
SIMDROP_INLINE void put_u16(uint64_t *out, struct four_groups v, uint16x8_t threshold) {
    const uint16x8_t ab = vpaddq_u16(halves_u16(v.a, threshold), halves_u16(v.b, threshold));
    const uint16x8_t cd = vpaddq_u16(halves_u16(v.c, threshold), halves_u16(v.d, threshold));
    vst1q_u8((uint8_t *)out, vuzp1q_u8(vreinterpretq_u8_u16(ab), vreinterpretq_u8_u16(cd)));
}

void simdrop_draw_mask_u16_neon(uint64_t *out, size_t words, uint64_t first_word,
                                const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(8 * first_word, philox);
    const uint16x8_t t = vdupq_n_u16((uint16_t)threshold);
    uint64_t *const end = out + words;
    uint32x4_t x0 = first_counter(8 * first_word);
    for (; out < end; out += 2, x0 = skip(x0, 4)) put_u16(out, draw_four(x0, &head, philox), t);
}

/* Draws of 32 bits: word w of a block is bit w of its mask's 4, which sli collects in the low bits
   of the lane; what is above them is garbage. */
SIMDROP_INLINE uint16x8_t nibbles_u32(struct group v, uint32x4_t threshold) {
    const uint32x4_t keep0 = vcgeq_u32(v.x0, threshold), keep1 = vcgeq_u32(v.x1, threshold);
    const uint32x4_t keep2 = vcgeq_u32(v.x2, threshold), keep3 = vcgeq_u32(v.x3, threshold);
    const uint32x4_t keep01 = vsliq_n_u32(keep0, keep1, 1), keep23 = vsliq_n_u32(keep2, keep3, 1);
    return vreinterpretq_u16_u32(vsliq_n_u32(keep01, keep23, 2));
}

/* One word from four groups. First a byte per block, with its four bits twice; the shift then takes
   the upper four of each even byte and the lower four of the odd one after it. */
SIMDROP_INLINE void put_u32(uint64_t *out, struct four_groups v, uint32x4_t threshold) {
    const uint16x8_t ab = vuzp1q_u16(nibbles_u32(v.a, threshold), nibbles_u32(v.b, threshold));
    const uint16x8_t cd = vuzp1q_u16(nibbles_u32(v.c, threshold), nibbles_u32(v.d, threshold));
    const uint8x16_t once = vuzp1q_u8(vreinterpretq_u8_u16(ab), vreinterpretq_u8_u16(cd));
    const uint8x16_t twice = vsliq_n_u8(once, once, 4);
    vst1_u8((uint8_t *)out, vshrn_n_u16(vreinterpretq_u16_u8(twice), 4));
}

void simdrop_draw_mask_u32_neon(uint64_t *out, size_t words, uint64_t first_word,
                                const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(16 * first_word, philox);
    const uint32x4_t t = vdupq_n_u32(threshold);
    uint64_t *const end = out + words;
    uint32x4_t x0 = first_counter(16 * first_word);
    for (; out < end; ++out, x0 = skip(x0, 4)) put_u32(out, draw_four(x0, &head, philox), t);
}
