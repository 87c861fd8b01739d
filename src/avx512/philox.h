/* SPDX-License-Identifier: MIT */
/* Philox and comparisons of draws, AVX-512: the pieces of philox.c, which counts them, and of
   dropout.c. */
#ifndef SIMDROP_AVX512_PHILOX_H
#define SIMDROP_AVX512_PHILOX_H

#include "set.h"

#include <immintrin.h>

/* A group of eight blocks: one counter word per register, one block per 64-bit lane. The word is
   the low half of its lane; the high half is garbage, which the multiplier ignores. */
struct group {
    __m512i x0, x1, x2, x3;
};

/* Six groups, because a round takes about 7 cycles, and only other groups can fill them. */
struct six_groups {
    struct group a, b, c, d, e, f;
};

/* A finished group in stream order: blocks 0-3 and 4-7. */
struct drawn {
    __m512i lo, hi;
};
struct six_drawn {
    struct drawn a, b, c, d, e, f;
};

SIMDROP_INLINE __m512i broadcast(uint64_t value) { return _mm512_set1_epi64((long long)value); }
SIMDROP_INLINE __m512i mul(__m512i x, uint64_t m) { return _mm512_mul_epu32(x, broadcast(m)); }
SIMDROP_INLINE __m512i high(__m512i p) { return _mm512_shuffle_epi32(p, 0xF5); }
SIMDROP_INLINE __m512i to_high(__m512i x) { return _mm512_slli_epi64(x, 32); }
SIMDROP_INLINE __m512i xor3(__m512i a, __m512i b, __m512i c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

/* Round 1's product M0 * (counter word 0) for the group that begins at `block`. The lanes are in
   the order that finish() undoes. */
SIMDROP_INLINE __m512i first_product(uint64_t block) {
    const __m512i lanes = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    return mul(_mm512_add_epi64(broadcast((uint32_t)block), lanes), SIMDROP_PHILOX_M0);
}

/* The same for the group that is `groups` further on: the product grows linearly. */
SIMDROP_INLINE __m512i skip(__m512i p0, uint64_t groups) {
    return _mm512_add_epi64(p0, broadcast(8 * SIMDROP_PHILOX_M0 * groups));
}

/* The same for group `group` of those that follow p0's, or, unless `places` is a constant NULL, for
   the two halves there (philox.h): p0 is then the product of block 0's half, twice. */
SIMDROP_INLINE __m512i product_of(__m512i p0, const uint64_t *places, unsigned group) {
    if (!places) return skip(p0, group);
    const __m128i pair = _mm_loadu_si128((const __m128i *)(places + 2 * group));
    return _mm512_add_epi64(p0, _mm512_broadcast_i64x2(pair));
}
SIMDROP_INLINE __m512i half_product(void) {
    return mul(_mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3), SIMDROP_PHILOX_M0);
}

/* Rounds 1 and 2 (philox.h). */
SIMDROP_INLINE struct group begin(__m512i p0, const struct simdrop_philox_head *head) {
    const __m512i x2 = _mm512_xor_si512(high(p0), broadcast(head->round1_x2));
    const __m512i p1 = mul(x2, SIMDROP_PHILOX_M1);
    return (struct group){_mm512_xor_si512(high(p1), broadcast(head->round2_x0)), p1,
                          _mm512_xor_si512(p0, broadcast(head->round2_x2)),
                          broadcast(head->round2_x3)};
}

SIMDROP_INLINE struct group round_of(struct group v, __m512i k0, __m512i k1) {
    const __m512i p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    return (struct group){xor3(high(p1), v.x1, k0), p1, xor3(high(p0), v.x3, k1), p0};
}

/* The last round makes its xors in the high halves, so that each product becomes two words of the
   result, {x1, x0} and {x3, x2}; then puts the words in order. k0 and k1 are in high halves too. */
SIMDROP_INLINE struct drawn finish(struct group v, __m512i k0, __m512i k1) {
    const __m512i p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    const __m512 x10 = _mm512_castsi512_ps(xor3(p1, to_high(v.x1), k0));
    const __m512 x32 = _mm512_castsi512_ps(xor3(p0, to_high(v.x3), k1));
    return (struct drawn){_mm512_castps_si512(_mm512_shuffle_ps(x10, x32, 0x11)),
                          _mm512_castps_si512(_mm512_shuffle_ps(x10, x32, 0xBB))};
}

SIMDROP_INLINE struct drawn draw_one(__m512i p0, const struct simdrop_philox_head *head,
                                     const struct simdrop_philox *philox) {
    const uint64_t *k = simdrop_philox_hidden_keys(philox) + 4, *last = k + 2 * philox->rounds - 6;
    struct group v = begin(p0, head);
    for (; k != last; k += 2) v = round_of(v, broadcast(k[0]), broadcast(k[1]));
    return finish(v, broadcast(k[0] << 32), broadcast(k[1] << 32));
}

/* What else is done meanwhile: called twice, with 0 and 1, in each round from the fourth to the last
   but one, 12 times in ten rounds. */
typedef void meanwhile_fn(void *context, unsigned half);
SIMDROP_INLINE void nothing(void *context, unsigned half) { (void)context, (void)half; }

SIMDROP_INLINE struct six_groups round_of_six(struct six_groups v, const uint64_t *k,
                                              meanwhile_fn *meanwhile, void *context) {
    const __m512i k0 = broadcast(k[0]), k1 = broadcast(k[1]);
    v.a = round_of(v.a, k0, k1);
    v.b = round_of(v.b, k0, k1);
    v.c = round_of(v.c, k0, k1);
    meanwhile(context, 0);
    v.d = round_of(v.d, k0, k1);
    v.e = round_of(v.e, k0, k1);
    v.f = round_of(v.f, k0, k1);
    meanwhile(context, 1);
    return v;
}

SIMDROP_INLINE struct six_drawn draw_six(__m512i p0, const uint64_t *places,
                                         const struct simdrop_philox_head *head,
                                         const struct simdrop_philox *philox,
                                         meanwhile_fn *meanwhile, void *context) {
    const uint64_t *k = simdrop_philox_hidden_keys(philox) + 4, *last = k + 2 * philox->rounds - 6;
    struct six_groups v = {
        begin(product_of(p0, places, 0), head), begin(product_of(p0, places, 1), head),
        begin(product_of(p0, places, 2), head), begin(product_of(p0, places, 3), head),
        begin(product_of(p0, places, 4), head), begin(product_of(p0, places, 5), head)};
    v = round_of_six(v, k, nothing, context);
    for (k += 2; k != last; k += 2) v = round_of_six(v, k, meanwhile, context);
    const __m512i k0 = broadcast(k[0] << 32), k1 = broadcast(k[1] << 32);
    return (struct six_drawn){finish(v.a, k0, k1), finish(v.b, k0, k1), finish(v.c, k0, k1),
                              finish(v.d, k0, k1), finish(v.e, k0, k1), finish(v.f, k0, k1)};
}

/* 128 draws of 8 bits: two words. */
SIMDROP_INLINE void put_u8(uint64_t *out, struct drawn w, __m512i threshold) {
    out[0] = _mm512_cmpge_epu8_mask(w.lo, threshold);
    out[1] = _mm512_cmpge_epu8_mask(w.hi, threshold);
}

/* 64 draws of 16 bits: one word. */
SIMDROP_INLINE uint64_t mask_u16(struct drawn w, __m512i threshold) {
    return _mm512_cmpge_epu16_mask(w.lo, threshold) |
           (uint64_t)_mm512_cmpge_epu16_mask(w.hi, threshold) << 32;
}

/* 32 draws of 32 bits: half a word. */
SIMDROP_INLINE uint64_t mask_u32(struct drawn w, __m512i threshold) {
    return _mm512_cmpge_epu32_mask(w.lo, threshold) |
           (uint64_t)_mm512_cmpge_epu32_mask(w.hi, threshold) << 16;
}

SIMDROP_INLINE __m512i threshold_u8(uint32_t t) { return _mm512_set1_epi8((char)t); }
SIMDROP_INLINE __m512i threshold_u16(uint32_t t) { return _mm512_set1_epi16((short)t); }
SIMDROP_INLINE __m512i threshold_u32(uint32_t t) { return _mm512_set1_epi32((int)t); }

/* Words of mask of six groups: 12 of draws of 8 bits, 6 of 16, 3 of 32. */
SIMDROP_INLINE void put_six_u8(uint64_t *out, struct six_drawn w, __m512i threshold) {
    put_u8(out, w.a, threshold);
    put_u8(out + 2, w.b, threshold);
    put_u8(out + 4, w.c, threshold);
    put_u8(out + 6, w.d, threshold);
    put_u8(out + 8, w.e, threshold);
    put_u8(out + 10, w.f, threshold);
}

SIMDROP_INLINE void put_six_u16(uint64_t *out, struct six_drawn w, __m512i threshold) {
    out[0] = mask_u16(w.a, threshold);
    out[1] = mask_u16(w.b, threshold);
    out[2] = mask_u16(w.c, threshold);
    out[3] = mask_u16(w.d, threshold);
    out[4] = mask_u16(w.e, threshold);
    out[5] = mask_u16(w.f, threshold);
}

SIMDROP_INLINE void put_six_u32(uint64_t *out, struct six_drawn w, __m512i threshold) {
    out[0] = mask_u32(w.a, threshold) | mask_u32(w.b, threshold) << 32;
    out[1] = mask_u32(w.c, threshold) | mask_u32(w.d, threshold) << 32;
    out[2] = mask_u32(w.e, threshold) | mask_u32(w.f, threshold) << 32;
}

#endif
