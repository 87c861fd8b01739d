/* SPDX-License-Identifier: MIT */
/*
 * Draw kernels, AVX-512.
 *
 * A group of 8 blocks (128 bytes), 10 rounds, takes
 *    rounds 1, 2    1 add (for round 1's product), 1 mul, 2 shuffles, 3 xor
 *    rounds 3 to 9  2 mul, 2 shuffles, 2 ternary logic each
 *    round 10       2 mul, 2 shifts, 2 ternary logic, then 2 shuffles into stream order
 * 57 operations, of which 17 multiply. Zen 5 starts four a cycle, at most two of them
 * multiplications and two shuffles: 57/4 = 14.3 cycles, 0.111 a byte. Two vector ports that share
 * one multiplier (Ice Lake, Sapphire Rapids) or half-width ones (Zen 4) need 28.5, 0.22 a byte.
 * A mask adds per group 2 comparisons and 2 moves out of mask registers.
 */
#include "kernels.h"

#include <immintrin.h>

SIMDROP_DECLARE_KERNELS(avx512)

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

SIMDROP_INLINE struct six_drawn draw_six(__m512i p0, const struct simdrop_philox_head *head,
                                         const struct simdrop_philox *philox) {
    const uint64_t *k = simdrop_philox_hidden_keys(philox) + 4, *last = k + 2 * philox->rounds - 6;
    struct six_groups v = {begin(p0, head),          begin(skip(p0, 1), head),
                           begin(skip(p0, 2), head), begin(skip(p0, 3), head),
                           begin(skip(p0, 4), head), begin(skip(p0, 5), head)};
    for (; k != last; k += 2) {
        const __m512i k0 = broadcast(k[0]), k1 = broadcast(k[1]);
        v.a = round_of(v.a, k0, k1);
        v.b = round_of(v.b, k0, k1);
        v.c = round_of(v.c, k0, k1);
        v.d = round_of(v.d, k0, k1);
        v.e = round_of(v.e, k0, k1);
        v.f = round_of(v.f, k0, k1);
    }
    const __m512i k0 = broadcast(k[0] << 32), k1 = broadcast(k[1] << 32);
    return (struct six_drawn){finish(v.a, k0, k1), finish(v.b, k0, k1), finish(v.c, k0, k1),
                              finish(v.d, k0, k1), finish(v.e, k0, k1), finish(v.f, k0, k1)};
}

SIMDROP_INLINE __m512i scaled(__m512i words, __m512 scale) {
    const __m512 numbers = _mm512_cvtepi32_ps(_mm512_srli_epi32(words, 8));
    return _mm512_castps_si512(_mm512_mul_ps(numbers, scale));
}

/* Words as they are, or their upper 24 bits as f32 times `scale`. */
SIMDROP_INLINE struct drawn as(struct drawn w, int scales, __m512 scale) {
    return scales ? (struct drawn){scaled(w.lo, scale), scaled(w.hi, scale)} : w;
}

SIMDROP_INLINE void store(uint32_t *out, struct drawn w) {
    _mm512_storeu_si512(out, w.lo);
    _mm512_storeu_si512(out + 16, w.hi);
}

SIMDROP_INLINE void store_part(uint32_t *out, struct drawn w, size_t blocks) {
    const unsigned there = (1u << 2 * blocks) - 1; /* two 64-bit lanes a block */
    _mm512_mask_storeu_epi64(out, (__mmask8)there, w.lo);
    _mm512_mask_storeu_epi64(out + 16, (__mmask8)(there >> 8), w.hi);
}

SIMDROP_INLINE void fill(uint32_t *out, size_t blocks, uint64_t first_block,
                         const struct simdrop_philox *philox, int scales, float scale) {
    const struct simdrop_philox_head head = simdrop_philox_head(first_block, philox);
    const __m512 s = _mm512_set1_ps(scale);
    __m512i p0 = first_product(first_block);
    for (; blocks >= 48; blocks -= 48, out += 192, p0 = skip(p0, 6)) {
        const struct six_drawn w = draw_six(p0, &head, philox);
        store(out, as(w.a, scales, s));
        store(out + 32, as(w.b, scales, s));
        store(out + 64, as(w.c, scales, s));
        store(out + 96, as(w.d, scales, s));
        store(out + 128, as(w.e, scales, s));
        store(out + 160, as(w.f, scales, s));
    }
    for (; blocks >= 8; blocks -= 8, out += 32, p0 = skip(p0, 1))
        store(out, as(draw_one(p0, &head, philox), scales, s));
    if (blocks) store_part(out, as(draw_one(p0, &head, philox), scales, s), blocks);
}

void simdrop_fill_u32_avx512(uint32_t *out, size_t blocks, uint64_t first_block,
                             const struct simdrop_philox *philox) {
    fill(out, blocks, first_block, philox, 0, 0);
}

void simdrop_fill_f32_avx512(float *out, size_t blocks, uint64_t first_block,
                             const struct simdrop_philox *philox, float scale) {
    fill((uint32_t *)out, blocks, first_block, philox, 1, scale);
}

/* 128 draws of 8 bits: two words. */
SIMDROP_INLINE void put_u8(uint64_t *out, struct drawn w, __m512i threshold) {
    out[0] = _mm512_cmpge_epu8_mask(w.lo, threshold);
    out[1] = _mm512_cmpge_epu8_mask(w.hi, threshold);
}

void simdrop_draw_mask_u8_avx512(uint64_t *out, size_t words, uint64_t first_word,
                                 const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(4 * first_word, philox);
    const __m512i t = _mm512_set1_epi8((char)threshold);
    uint64_t *const end = out + words;
    __m512i p0 = first_product(4 * first_word);
    for (; end - out >= 12; out += 12, p0 = skip(p0, 6)) {
        const struct six_drawn w = draw_six(p0, &head, philox);
        put_u8(out, w.a, t);
        put_u8(out + 2, w.b, t);
        put_u8(out + 4, w.c, t);
        put_u8(out + 6, w.d, t);
        put_u8(out + 8, w.e, t);
        put_u8(out + 10, w.f, t);
    }
    for (; end > out; out += 2, p0 = skip(p0, 1)) put_u8(out, draw_one(p0, &head, philox), t);
}

/* 64 draws of 16 bits: one word. */
SIMDROP_INLINE uint64_t mask_u16(struct drawn w, __m512i threshold) {
    return _mm512_cmpge_epu16_mask(w.lo, threshold) |
           (uint64_t)_mm512_cmpge_epu16_mask(w.hi, threshold) << 32;
}

void simdrop_draw_mask_u16_avx512(uint64_t *out, size_t words, uint64_t first_word,
                                  const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(8 * first_word, philox);
    const __m512i t = _mm512_set1_epi16((short)threshold);
    uint64_t *const end = out + words;
    __m512i p0 = first_product(8 * first_word);
    for (; end - out >= 6; out += 6, p0 = skip(p0, 6)) {
        const struct six_drawn w = draw_six(p0, &head, philox);
        out[0] = mask_u16(w.a, t);
        out[1] = mask_u16(w.b, t);
        out[2] = mask_u16(w.c, t);
        out[3] = mask_u16(w.d, t);
        out[4] = mask_u16(w.e, t);
        out[5] = mask_u16(w.f, t);
    }
    for (; end > out; ++out, p0 = skip(p0, 1)) *out = mask_u16(draw_one(p0, &head, philox), t);
}

/* 32 draws of 32 bits: half a word. */
SIMDROP_INLINE uint64_t mask_u32(struct drawn w, __m512i threshold) {
    return _mm512_cmpge_epu32_mask(w.lo, threshold) |
           (uint64_t)_mm512_cmpge_epu32_mask(w.hi, threshold) << 16;
}

void simdrop_draw_mask_u32_avx512(uint64_t *out, size_t words, uint64_t first_word,
                                  const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(16 * first_word, philox);
    const __m512i t = _mm512_set1_epi32((int)threshold);
    uint64_t *const end = out + words;
    __m512i p0 = first_product(16 * first_word);
    for (; end - out >= 3; out += 3, p0 = skip(p0, 6)) {
        const struct six_drawn w = draw_six(p0, &head, philox);
        out[0] = mask_u32(w.a, t) | mask_u32(w.b, t) << 32;
        out[1] = mask_u32(w.c, t) | mask_u32(w.d, t) << 32;
        out[2] = mask_u32(w.e, t) | mask_u32(w.f, t) << 32;
    }
    for (; end > out; ++out, p0 = skip(p0, 2))
        *out = mask_u32(draw_one(p0, &head, philox), t) |
               mask_u32(draw_one(skip(p0, 1), &head, philox), t) << 32;
}
