/* SPDX-License-Identifier: MIT */
/*
 * Draw kernels, NEON.
 */
#include "kernels.h"

#include <arm_neon.h>
#include <string.h>

SIMDROP_DECLARE_KERNELS(neon)

/* Four blocks: one counter word per register, one block per lane. */
typedef struct {
    uint32x4_t x0, x1, x2, x3;
} blocks;

/* Four of those, because a round takes about 9 cycles and only other blocks can fill them. */
typedef struct {
    blocks a, b, c, d;
} four;

#define INLINE static inline __attribute__((always_inline))

INLINE uint32x4_t broadcast(uint64_t value) { return vdupq_n_u32((uint32_t)value); }
INLINE uint32x4_t add(uint32x4_t x, uint32_t n) { return vaddq_u32(x, vdupq_n_u32(n)); }

/* The 64-bit products of four words, and their low and high halves. */
typedef struct {
    uint32x4_t p01, p23;
} products;
INLINE products mul(uint32x4_t x, uint64_t m) {
    return (products){vreinterpretq_u32_u64(vmull_n_u32(vget_low_u32(x), (uint32_t)m)),
                      vreinterpretq_u32_u64(vmull_high_n_u32(x, (uint32_t)m))};
}
INLINE uint32x4_t low(products p) { return vuzp1q_u32(p.p01, p.p23); }
INLINE uint32x4_t high(products p) { return vuzp2q_u32(p.p01, p.p23); }

/* Rounds 1 and 2, whose constant half is in `h`; x0 is counter word 0. */
INLINE blocks begin(uint32x4_t x0, const struct simdrop_philox_head *h) {
    const products p0 = mul(x0, SIMDROP_PHILOX_M0);
    const uint32x4_t x2 = veorq_u32(high(p0), broadcast(h->round1_x2));
    const products p1 = mul(x2, SIMDROP_PHILOX_M1);
    return (blocks){veorq_u32(high(p1), broadcast(h->round2_x0)), low(p1),
                    veorq_u32(low(p0), broadcast(h->round2_x2)), broadcast(h->round2_x3)};
}

/* The keys meet the odd words while the products are on their way. */
INLINE blocks round_of(blocks v, uint32x4_t k0, uint32x4_t k1) {
    const products p0 = mul(v.x0, SIMDROP_PHILOX_M0);
    const products p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    return (blocks){veorq_u32(high(p1), veorq_u32(v.x1, k0)), low(p1),
                    veorq_u32(high(p0), veorq_u32(v.x3, k1)), low(p0)};
}

INLINE four round_four(four v, const uint64_t *k) {
    const uint32x4_t k0 = broadcast(k[0]), k1 = broadcast(k[1]);
    return (four){round_of(v.a, k0, k1), round_of(v.b, k0, k1), round_of(v.c, k0, k1),
                  round_of(v.d, k0, k1)};
}

/* Counter word 0 of blocks [block, block + 4). */
INLINE uint32x4_t start(uint64_t block) {
    return vaddq_u32(broadcast(block), (uint32x4_t){0, 1, 2, 3});
}

/* The 16 blocks from x0 on. */
INLINE four draw(uint32x4_t x0, const struct simdrop_philox_head *h,
                 const struct simdrop_philox *philox) {
    const uint64_t *const end = philox->key + 2 * philox->rounds;
    four v = {begin(x0, h), begin(add(x0, 4), h), begin(add(x0, 8), h), begin(add(x0, 12), h)};
    for (const uint64_t *k = philox->key + 4; k != end; k += 2) v = round_four(v, k);
    return v;
}

/* st4 writes lane 0 of the four registers, then lane 1, …: block after block. */
INLINE void store(uint32_t *out, blocks v) {
    const uint32x4x4_t words = {{v.x0, v.x1, v.x2, v.x3}};
    vst4q_u32(out, words);
}

INLINE void store_four(uint32_t *out, four v) {
    store(out, v.a);
    store(out + 16, v.b);
    store(out + 32, v.c);
    store(out + 48, v.d);
}

void simdrop_fill_u32_neon(uint32_t *out, size_t nblocks, uint64_t first_block,
                           const struct simdrop_philox *philox) {
    const struct simdrop_philox_head h = simdrop_philox_head(first_block, philox);
    uint32x4_t x0 = start(first_block);
    for (; nblocks >= 16; nblocks -= 16, out += 64, x0 = add(x0, 16))
        store_four(out, draw(x0, &h, philox));
    if (nblocks > 0) {
        uint32_t words[64];
        store_four(words, draw(x0, &h, philox));
        memcpy(out, words, nblocks * 16);
    }
}

/* Draws of 8 bits: a block's bytes 0-3 are in x0, 4-7 in x1, …, and give two bytes of mask. From
   each byte of x0 and x1 a bit of the low one: bytes 0-3 of the result hold its bits 0 and 4, 1 and
   5, 2 and 6, 3 and 7. Likewise the high byte from x2 and x3. Adding pairs leaves half of the sum. */
INLINE uint8x16_t mask_u8(blocks v, uint8x16_t threshold) {
    const uint8x16_t bits = vreinterpretq_u8_u32(vdupq_n_u32(0x88442211));
    const uint8x16_t keep0 = vcgeq_u8(vreinterpretq_u8_u32(v.x0), threshold);
    const uint8x16_t keep1 = vcgeq_u8(vreinterpretq_u8_u32(v.x1), threshold);
    const uint8x16_t keep2 = vcgeq_u8(vreinterpretq_u8_u32(v.x2), threshold);
    const uint8x16_t keep3 = vcgeq_u8(vreinterpretq_u8_u32(v.x3), threshold);
    return vpaddq_u8(vandq_u8(vsliq_n_u8(keep0, keep1, 4), bits),
                     vandq_u8(vsliq_n_u8(keep2, keep3, 4), bits));
}

void simdrop_draw_mask_u8_neon(uint64_t *out, size_t words, uint64_t first_word,
                               const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head h = simdrop_philox_head(4 * first_word, philox);
    const uint8x16_t t = vdupq_n_u8((uint8_t)threshold);
    /* The sums of two groups: low bytes of blocks 0-3, high bytes of 0-3, low of 4-7, high of 4-7. */
    const uint8x16_t order = {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15};
    uint32x4_t x0 = start(4 * first_word);
    for (size_t k = 0; k < words; k += 4, x0 = add(x0, 16)) {
        const four v = draw(x0, &h, philox);
        const uint8x16_t ab = vpaddq_u8(mask_u8(v.a, t), mask_u8(v.b, t));
        const uint8x16_t cd = vpaddq_u8(mask_u8(v.c, t), mask_u8(v.d, t));
        vst1q_u8((uint8_t *)(out + k), vqtbl1q_u8(ab, order));
        vst1q_u8((uint8_t *)(out + k + 2), vqtbl1q_u8(cd, order));
    }
}

/* Draws of 16 bits: a block's are the low and high halves of x0, x1, x2, x3, and give one byte of
   mask. In each half, sli puts two bits of every word side by side; one of them is its own. */
INLINE uint16x8_t mask_u16(blocks v, uint16x8_t threshold) {
    const uint16x8_t bits = vreinterpretq_u16_u32(vdupq_n_u32(0x00AA0055));
    const uint16x8_t keep0 = vcgeq_u16(vreinterpretq_u16_u32(v.x0), threshold);
    const uint16x8_t keep1 = vcgeq_u16(vreinterpretq_u16_u32(v.x1), threshold);
    const uint16x8_t keep2 = vcgeq_u16(vreinterpretq_u16_u32(v.x2), threshold);
    const uint16x8_t keep3 = vcgeq_u16(vreinterpretq_u16_u32(v.x3), threshold);
    const uint16x8_t keep01 = vsliq_n_u16(keep0, keep1, 2);
    const uint16x8_t keep23 = vsliq_n_u16(keep2, keep3, 2);
    return vandq_u16(vsliq_n_u16(keep01, keep23, 4), bits);
}

void simdrop_draw_mask_u16_neon(uint64_t *out, size_t words, uint64_t first_word,
                                const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head h = simdrop_philox_head(8 * first_word, philox);
    const uint16x8_t t = vdupq_n_u16((uint16_t)threshold);
    uint32x4_t x0 = start(8 * first_word);
    for (size_t k = 0; k < words; k += 2, x0 = add(x0, 16)) {
        const four v = draw(x0, &h, philox);
        const uint16x8_t ab = vpaddq_u16(mask_u16(v.a, t), mask_u16(v.b, t));
        const uint16x8_t cd = vpaddq_u16(mask_u16(v.c, t), mask_u16(v.d, t));
        vst1q_u8((uint8_t *)(out + k),
                 vuzp1q_u8(vreinterpretq_u8_u16(ab), vreinterpretq_u8_u16(cd)));
    }
}

/* Draws of 32 bits: x0, x1, x2, x3, which give half a byte of mask: the low bits of each lane. */
INLINE uint16x8_t mask_u32(blocks v, uint32x4_t threshold) {
    const uint32x4_t keep01 = vsliq_n_u32(vcgeq_u32(v.x0, threshold), vcgeq_u32(v.x1, threshold), 1);
    const uint32x4_t keep23 = vsliq_n_u32(vcgeq_u32(v.x2, threshold), vcgeq_u32(v.x3, threshold), 1);
    return vreinterpretq_u16_u32(vsliq_n_u32(keep01, keep23, 2));
}

void simdrop_draw_mask_u32_neon(uint64_t *out, size_t words, uint64_t first_word,
                                const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head h = simdrop_philox_head(16 * first_word, philox);
    const uint32x4_t t = vdupq_n_u32(threshold);
    uint32x4_t x0 = start(16 * first_word);
    for (size_t k = 0; k < words; ++k, x0 = add(x0, 16)) {
        const four v = draw(x0, &h, philox);
        const uint8x16_t ab = vreinterpretq_u8_u16(vuzp1q_u16(mask_u32(v.a, t), mask_u32(v.b, t)));
        const uint8x16_t cd = vreinterpretq_u8_u16(vuzp1q_u16(mask_u32(v.c, t), mask_u32(v.d, t)));
        /* A byte per block; twice the same half, so that a shift joins two blocks' halves. */
        const uint8x16_t abcd = vuzp1q_u8(ab, cd);
        const uint16x8_t twice = vreinterpretq_u16_u8(vsliq_n_u8(abcd, abcd, 4));
        vst1_u8((uint8_t *)(out + k), vshrn_n_u16(twice, 4));
    }
}
