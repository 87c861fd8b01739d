/* SPDX-License-Identifier: MIT */
/*
 * Draw kernels, AVX2.
 *
 * A group of 4 blocks (64 bytes), 10 rounds, takes
 *    rounds 1, 2    1 add (for round 1's product), 1 mul, 2 shifts, 3 xor
 *    rounds 3 to 9  2 mul, 2 shifts, 4 xor each
 *    round 10       2 mul, 2 shifts, 4 xor, then 2 shuffles into stream order
 * 73 operations, of which 17 multiply. Zen 3 to 5 start four a cycle, two of them multiplications:
 * 73/4 = 18.3 cycles, 0.285 a byte. Three vector ports (Skylake to Alder Lake) need 24.3, 0.38.
 * A mask adds per group 4 operations (8 and 32 bits) or 5 (16 bits), and 1 or 2 moves out.
 */
#include "kernels.h"

#include <immintrin.h>

SIMDROP_DECLARE_KERNELS(avx2)

/* A group of four blocks: one counter word per register, one block per 64-bit lane. The word is the
   low half of its lane; the high half is garbage, which the multiplier ignores. */
struct group {
    __m256i x0, x1, x2, x3;
};

/* Eight groups, because a round takes about 6 cycles, and only other groups can fill them. */
struct eight_groups {
    struct group a, b, c, d, e, f, g, h;
};

/* A finished group in stream order: lanes 0 and 2, lanes 1 and 3. */
struct drawn {
    __m256i lo, hi;
};
struct eight_drawn {
    struct drawn a, b, c, d, e, f, g, h;
};

SIMDROP_INLINE __m256i broadcast(uint64_t value) { return _mm256_set1_epi64x((long long)value); }
SIMDROP_INLINE __m256i mul(__m256i x, uint64_t m) { return _mm256_mul_epu32(x, broadcast(m)); }
SIMDROP_INLINE __m256i high(__m256i p) { return _mm256_srli_epi64(p, 32); }
SIMDROP_INLINE __m256i to_high(__m256i x) { return _mm256_slli_epi64(x, 32); }
SIMDROP_INLINE __m256i xor3(__m256i a, __m256i b, __m256i c) {
    return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}

/* The orders of blocks in lanes after which finish() leaves draws of 8 and 32 bits, or packed
   comparisons of 16 bits, in stream order. */
SIMDROP_INLINE __m256i in_order(void) { return _mm256_setr_epi64x(0, 2, 1, 3); }
SIMDROP_INLINE __m256i packed_in_order(void) { return _mm256_setr_epi64x(0, 1, 2, 3); }

/* Round 1's product M0 * (counter word 0) for the group that begins at `block`. */
SIMDROP_INLINE __m256i first_product(uint64_t block, __m256i lanes) {
    return mul(_mm256_add_epi64(broadcast((uint32_t)block), lanes), SIMDROP_PHILOX_M0);
}

/* The same for the group that is `groups` further on: the product grows linearly. */
SIMDROP_INLINE __m256i skip(__m256i p0, uint64_t groups) {
    return _mm256_add_epi64(p0, broadcast(4 * SIMDROP_PHILOX_M0 * groups));
}

/* Rounds 1 and 2 (philox.h). */
SIMDROP_INLINE struct group begin(__m256i p0, const struct simdrop_philox_head *head) {
    const __m256i x2 = _mm256_xor_si256(high(p0), broadcast(head->round1_x2));
    const __m256i p1 = mul(x2, SIMDROP_PHILOX_M1);
    return (struct group){_mm256_xor_si256(high(p1), broadcast(head->round2_x0)), p1,
                          _mm256_xor_si256(p0, broadcast(head->round2_x2)),
                          broadcast(head->round2_x3)};
}

SIMDROP_INLINE struct group round_of(struct group v, __m256i k0, __m256i k1) {
    const __m256i p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    return (struct group){xor3(v.x1, k0, high(p1)), p1, xor3(v.x3, k1, high(p0)), p0};
}

/* Eight groups don't fit 16 registers. Two or three rounds of one group at a time, rather than one
   of each, spare most of the way to memory and back, and leave the CPU enough to overlap. */
SIMDROP_INLINE struct group two_rounds_of(struct group v, const uint64_t *k) {
    return round_of(round_of(v, broadcast(k[0]), broadcast(k[1])), broadcast(k[2]),
                    broadcast(k[3]));
}
SIMDROP_INLINE struct eight_groups two_rounds_of_eight(struct eight_groups v, const uint64_t *k) {
    return (struct eight_groups){
        two_rounds_of(v.a, k), two_rounds_of(v.b, k), two_rounds_of(v.c, k), two_rounds_of(v.d, k),
        two_rounds_of(v.e, k), two_rounds_of(v.f, k), two_rounds_of(v.g, k), two_rounds_of(v.h, k)};
}
SIMDROP_INLINE struct group three_rounds_of(struct group v, const uint64_t *k) {
    return round_of(two_rounds_of(v, k), broadcast(k[4]), broadcast(k[5]));
}
SIMDROP_INLINE struct eight_groups three_rounds_of_eight(struct eight_groups v, const uint64_t *k) {
    return (struct eight_groups){three_rounds_of(v.a, k), three_rounds_of(v.b, k),
                                 three_rounds_of(v.c, k), three_rounds_of(v.d, k),
                                 three_rounds_of(v.e, k), three_rounds_of(v.f, k),
                                 three_rounds_of(v.g, k), three_rounds_of(v.h, k)};
}

/* The last round makes its xors in the high halves, so that each product becomes two words of the
   result, {x1, x0} and {x3, x2}; then puts the words in order. k0 and k1 are in high halves too. */
SIMDROP_INLINE struct drawn finish(struct group v, __m256i k0, __m256i k1) {
    const __m256i p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    const __m256 x10 = _mm256_castsi256_ps(xor3(to_high(v.x1), k0, p1));
    const __m256 x32 = _mm256_castsi256_ps(xor3(to_high(v.x3), k1, p0));
    return (struct drawn){_mm256_castps_si256(_mm256_shuffle_ps(x10, x32, 0x11)),
                          _mm256_castps_si256(_mm256_shuffle_ps(x10, x32, 0xBB))};
}

SIMDROP_INLINE struct drawn draw_one(__m256i p0, const struct simdrop_philox_head *head,
                                     const struct simdrop_philox *philox) {
    const uint64_t *k = simdrop_philox_hidden_keys(philox) + 4, *last = k + 2 * philox->rounds - 6;
    struct group v = begin(p0, head);
    for (; k != last; k += 2) v = round_of(v, broadcast(k[0]), broadcast(k[1]));
    return finish(v, broadcast(k[0] << 32), broadcast(k[1] << 32));
}

SIMDROP_INLINE struct eight_drawn draw_eight(__m256i p0, const struct simdrop_philox_head *head,
                                             const struct simdrop_philox *philox) {
    const uint64_t *k = simdrop_philox_hidden_keys(philox) + 4;
    struct eight_groups v = {begin(p0, head),          begin(skip(p0, 1), head),
                             begin(skip(p0, 2), head), begin(skip(p0, 3), head),
                             begin(skip(p0, 4), head), begin(skip(p0, 5), head),
                             begin(skip(p0, 6), head), begin(skip(p0, 7), head)};
    v = two_rounds_of_eight(v, k);
    v = two_rounds_of_eight(v, k + 4);
    k += 8;
    if (philox->rounds == 10) {
        v = three_rounds_of_eight(v, k);
        k += 6;
    }
    const __m256i k0 = broadcast(k[0] << 32), k1 = broadcast(k[1] << 32);
    return (struct eight_drawn){finish(v.a, k0, k1), finish(v.b, k0, k1), finish(v.c, k0, k1),
                                finish(v.d, k0, k1), finish(v.e, k0, k1), finish(v.f, k0, k1),
                                finish(v.g, k0, k1), finish(v.h, k0, k1)};
}

SIMDROP_INLINE __m256i scaled(__m256i words, __m256 scale) {
    const __m256 numbers = _mm256_cvtepi32_ps(_mm256_srli_epi32(words, 8));
    return _mm256_castps_si256(_mm256_mul_ps(numbers, scale));
}

/* Words as they are, or their upper 24 bits as f32 times `scale`. */
SIMDROP_INLINE struct drawn as(struct drawn w, int scales, __m256 scale) {
    return scales ? (struct drawn){scaled(w.lo, scale), scaled(w.hi, scale)} : w;
}

SIMDROP_INLINE void store(uint32_t *out, struct drawn w) {
    _mm256_storeu_si256((__m256i *)out, w.lo);
    _mm256_storeu_si256((__m256i *)(out + 8), w.hi);
}

SIMDROP_INLINE void store_part(uint32_t *out, struct drawn w, size_t blocks) {
    const __m256i count = _mm256_set1_epi64x((long long)(2 * blocks)); /* 64-bit lanes */
    const __m256i lo = _mm256_cmpgt_epi64(count, _mm256_setr_epi64x(0, 1, 2, 3));
    const __m256i hi = _mm256_cmpgt_epi64(count, _mm256_setr_epi64x(4, 5, 6, 7));
    _mm256_maskstore_epi64((long long *)out, lo, w.lo);
    _mm256_maskstore_epi64((long long *)(out + 8), hi, w.hi);
}

SIMDROP_INLINE void fill(uint32_t *out, size_t blocks, uint64_t first_block,
                         const struct simdrop_philox *philox, int scales, float scale) {
    const struct simdrop_philox_head head = simdrop_philox_head(first_block, philox);
    const __m256 s = _mm256_set1_ps(scale);
    __m256i p0 = first_product(first_block, in_order());
    for (; blocks >= 32; blocks -= 32, out += 128, p0 = skip(p0, 8)) {
        const struct eight_drawn w = draw_eight(p0, &head, philox);
        store(out, as(w.a, scales, s));
        store(out + 16, as(w.b, scales, s));
        store(out + 32, as(w.c, scales, s));
        store(out + 48, as(w.d, scales, s));
        store(out + 64, as(w.e, scales, s));
        store(out + 80, as(w.f, scales, s));
        store(out + 96, as(w.g, scales, s));
        store(out + 112, as(w.h, scales, s));
    }
    for (; blocks >= 4; blocks -= 4, out += 16, p0 = skip(p0, 1))
        store(out, as(draw_one(p0, &head, philox), scales, s));
    if (blocks) store_part(out, as(draw_one(p0, &head, philox), scales, s), blocks);
}

void simdrop_fill_u32_avx2(uint32_t *out, size_t blocks, uint64_t first_block,
                           const struct simdrop_philox *philox) {
    fill(out, blocks, first_block, philox, 0, 0);
}

void simdrop_fill_f32_avx2(float *out, size_t blocks, uint64_t first_block,
                           const struct simdrop_philox *philox, float scale) {
    fill((uint32_t *)out, blocks, first_block, philox, 1, scale);
}

/* 64 draws of 8 bits: one word. There is no unsigned comparison: d >= t is max(d, t) == d. */
SIMDROP_INLINE uint64_t mask_u8(struct drawn w, __m256i threshold) {
    const __m256i lo = _mm256_cmpeq_epi8(_mm256_max_epu8(w.lo, threshold), w.lo);
    const __m256i hi = _mm256_cmpeq_epi8(_mm256_max_epu8(w.hi, threshold), w.hi);
    return (uint32_t)_mm256_movemask_epi8(lo) | (uint64_t)(uint32_t)_mm256_movemask_epi8(hi) << 32;
}

void simdrop_draw_mask_u8_avx2(uint64_t *out, size_t words, uint64_t first_word,
                               const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(4 * first_word, philox);
    const __m256i t = _mm256_set1_epi8((char)threshold);
    uint64_t *const end = out + words;
    __m256i p0 = first_product(4 * first_word, in_order());
    for (; end - out >= 8; out += 8, p0 = skip(p0, 8)) {
        const struct eight_drawn w = draw_eight(p0, &head, philox);
        out[0] = mask_u8(w.a, t);
        out[1] = mask_u8(w.b, t);
        out[2] = mask_u8(w.c, t);
        out[3] = mask_u8(w.d, t);
        out[4] = mask_u8(w.e, t);
        out[5] = mask_u8(w.f, t);
        out[6] = mask_u8(w.g, t);
        out[7] = mask_u8(w.h, t);
    }
    for (; end > out; ++out, p0 = skip(p0, 1)) *out = mask_u8(draw_one(p0, &head, philox), t);
}

/* 32 draws of 16 bits: half a word. */
SIMDROP_INLINE uint64_t mask_u16(struct drawn w, __m256i threshold) {
    const __m256i lo = _mm256_cmpeq_epi16(_mm256_max_epu16(w.lo, threshold), w.lo);
    const __m256i hi = _mm256_cmpeq_epi16(_mm256_max_epu16(w.hi, threshold), w.hi);
    return (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(lo, hi));
}

void simdrop_draw_mask_u16_avx2(uint64_t *out, size_t words, uint64_t first_word,
                                const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(8 * first_word, philox);
    const __m256i t = _mm256_set1_epi16((short)threshold);
    uint64_t *const end = out + words;
    __m256i p0 = first_product(8 * first_word, packed_in_order());
    for (; end - out >= 4; out += 4, p0 = skip(p0, 8)) {
        const struct eight_drawn w = draw_eight(p0, &head, philox);
        out[0] = mask_u16(w.a, t) | mask_u16(w.b, t) << 32;
        out[1] = mask_u16(w.c, t) | mask_u16(w.d, t) << 32;
        out[2] = mask_u16(w.e, t) | mask_u16(w.f, t) << 32;
        out[3] = mask_u16(w.g, t) | mask_u16(w.h, t) << 32;
    }
    for (; end > out; ++out, p0 = skip(p0, 2))
        *out = mask_u16(draw_one(p0, &head, philox), t) |
               mask_u16(draw_one(skip(p0, 1), &head, philox), t) << 32;
}

/* 16 draws of 32 bits: a quarter of a word. */
SIMDROP_INLINE uint64_t mask_u32(struct drawn w, __m256i threshold) {
    const __m256i lo = _mm256_cmpeq_epi32(_mm256_max_epu32(w.lo, threshold), w.lo);
    const __m256i hi = _mm256_cmpeq_epi32(_mm256_max_epu32(w.hi, threshold), w.hi);
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(lo)) |
           (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(hi)) << 8;
}

void simdrop_draw_mask_u32_avx2(uint64_t *out, size_t words, uint64_t first_word,
                                const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(16 * first_word, philox);
    const __m256i t = _mm256_set1_epi32((int)threshold);
    uint64_t *const end = out + words;
    __m256i p0 = first_product(16 * first_word, in_order());
    for (; end - out >= 2; out += 2, p0 = skip(p0, 8)) {
        const struct eight_drawn w = draw_eight(p0, &head, philox);
        out[0] = mask_u32(w.a, t) | mask_u32(w.b, t) << 16 | mask_u32(w.c, t) << 32 |
                 mask_u32(w.d, t) << 48;
        out[1] = mask_u32(w.e, t) | mask_u32(w.f, t) << 16 | mask_u32(w.g, t) << 32 |
                 mask_u32(w.h, t) << 48;
    }
    for (; end > out; ++out, p0 = skip(p0, 4))
        *out = mask_u32(draw_one(p0, &head, philox), t) |
               mask_u32(draw_one(skip(p0, 1), &head, philox), t) << 16 |
               mask_u32(draw_one(skip(p0, 2), &head, philox), t) << 32 |
               mask_u32(draw_one(skip(p0, 3), &head, philox), t) << 48;
}
