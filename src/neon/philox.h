/* SPDX-License-Identifier: MIT */
/* Philox and comparisons of draws, NEON: the pieces of philox.c, which counts them. */
#ifndef SIMDROP_NEON_PHILOX_H
#define SIMDROP_NEON_PHILOX_H

#include "set.h"

#include <arm_neon.h>

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

/* The same for group `group` of those that follow x0's, or, unless `places` is a constant NULL, for
   the one that begins at the block there: x0 is then block 0's. */
SIMDROP_INLINE uint32x4_t counter_of(uint32x4_t x0, const uint32_t *places, unsigned group) {
    return places ? vaddq_u32(x0, vld1q_dup_u32(places + group)) : skip(x0, group);
}

/* The places of four groups, `groups` of them in a word of the list; what it lacks is drawn again. */
SIMDROP_INLINE void places_of(uint32_t places[4], const uint64_t *number, size_t words,
                              unsigned groups) {
    for (unsigned i = 0; i < 4; ++i) {
        const size_t word = i / groups < words ? i / groups : words - 1;
        places[i] = (uint32_t)(4 * (groups * number[word] + i % groups));
    }
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

SIMDROP_INLINE struct four_groups draw_four(uint32x4_t x0, const uint32_t *places,
                                            const struct simdrop_philox_head *head,
                                            const struct simdrop_philox *philox) {
    const uint64_t *k = philox->key + 4, *end = k + 2 * philox->rounds - 4;
    struct four_groups v = {
        begin(counter_of(x0, places, 0), head), begin(counter_of(x0, places, 1), head),
        begin(counter_of(x0, places, 2), head), begin(counter_of(x0, places, 3), head)};
    for (; k != end; k += 2) {
        const uint32x4_t k0 = broadcast(k[0]), k1 = broadcast(k[1]);
        v.a = round_of(v.a, k0, k1);
        v.b = round_of(v.b, k0, k1);
        v.c = round_of(v.c, k0, k1);
        v.d = round_of(v.d, k0, k1);
    }
    return v;
}

/* Lane 0 of all four registers, then lane 1, 2, 3: block after block. st4 would do it in one, but
   is for words that are aligned to their type, and no faster. */
SIMDROP_INLINE void store(uint32_t *out, struct group v) {
    const uint64x2_t even01 = vreinterpretq_u64_u32(vtrn1q_u32(v.x0, v.x1));
    const uint64x2_t even23 = vreinterpretq_u64_u32(vtrn1q_u32(v.x2, v.x3));
    const uint64x2_t odd01 = vreinterpretq_u64_u32(vtrn2q_u32(v.x0, v.x1));
    const uint64x2_t odd23 = vreinterpretq_u64_u32(vtrn2q_u32(v.x2, v.x3));
    uint8_t *const to = (uint8_t *)out;
    vst1q_u8(to, vreinterpretq_u8_u64(vtrn1q_u64(even01, even23)));
    vst1q_u8(to + 16, vreinterpretq_u8_u64(vtrn1q_u64(odd01, odd23)));
    vst1q_u8(to + 32, vreinterpretq_u8_u64(vtrn2q_u64(even01, even23)));
    vst1q_u8(to + 48, vreinterpretq_u8_u64(vtrn2q_u64(odd01, odd23)));
}
SIMDROP_INLINE void store_four(uint32_t *out, struct four_groups v) {
    store(out, v.a);
    store(out + 16, v.b);
    store(out + 32, v.c);
    store(out + 48, v.d);
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

#endif
