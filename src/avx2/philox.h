/* SPDX-License-Identifier: MIT */
/* Philox and comparisons of draws, AVX2: the pieces of philox.c, which counts them, and of
   dropout.c. */
#ifndef SIMDROP_AVX2_PHILOX_H
#define SIMDROP_AVX2_PHILOX_H

#include "set.h"

#include <immintrin.h>

/* Before a loop that is faster, and a tenth of the size, if compilers leave it one. */
#if defined(__clang__)
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define ROLLED _Pragma("GCC unroll 1")
#endif

/* A group of four blocks: one counter word per register, one block per 64-bit lane. The word is the
   low half of its lane; the high half is garbage, which the multiplier ignores. */
struct group {
    __m256i x0, x1, x2, x3;
};

/* A finished group in stream order: lanes 0 and 2, lanes 1 and 3. */
struct drawn {
    __m256i lo, hi;
};
SIMDROP_INLINE __m256i broadcast(uint64_t value) { return _mm256_set1_epi64x((long long)value); }
SIMDROP_INLINE __m256i mul(__m256i x, uint64_t m) { return _mm256_mul_epu32(x, broadcast(m)); }
SIMDROP_INLINE __m256i high(__m256i p) { return _mm256_srli_epi64(p, 32); }
SIMDROP_INLINE __m256i to_high(__m256i x) { return _mm256_slli_epi64(x, 32); }
SIMDROP_INLINE __m256i xor3(__m256i a, __m256i b, __m256i c) {
    return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}

/* The orders of blocks in lanes after which finish() leaves draws of 8 and 32 bits, or packed
   comparisons of 16 bits, in the order of the stream. */
SIMDROP_INLINE __m256i order_u32(void) { return _mm256_setr_epi64x(0, 2, 1, 3); }
SIMDROP_INLINE __m256i order_u16(void) { return _mm256_setr_epi64x(0, 1, 2, 3); }
SIMDROP_INLINE __m256i order_u8(void) { return order_u32(); }

/* Round 1's product M0 * (counter word 0) for the group that begins at `block`. */
SIMDROP_INLINE __m256i first_product(uint64_t block, __m256i lanes) {
    return mul(_mm256_add_epi64(broadcast((uint32_t)block), lanes), SIMDROP_PHILOX_M0);
}

/* The same for the group that is `groups` further on: the product grows linearly. */
SIMDROP_INLINE __m256i skip(__m256i p0, uint64_t groups) {
    return _mm256_add_epi64(p0, broadcast(4 * SIMDROP_PHILOX_M0 * groups));
}

/* The same for group `group` of those that follow p0's, or, unless `places` is a constant NULL, for
   the one there (philox.h): p0 is then the product of block 0's group. */
SIMDROP_INLINE __m256i product_of(__m256i p0, const uint64_t *places, unsigned group) {
    return places ? _mm256_add_epi64(p0, broadcast(places[group])) : skip(p0, group);
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

/* The last round makes its xors in the high halves, so that each product becomes two words of the
   result, {x1, x0} and {x3, x2}; then puts the words in order. k0 and k1 are in high halves too. */
SIMDROP_INLINE struct drawn finish(struct group v, __m256i k0, __m256i k1) {
    const __m256i p0 = mul(v.x0, SIMDROP_PHILOX_M0), p1 = mul(v.x2, SIMDROP_PHILOX_M1);
    const __m256 x10 = _mm256_castsi256_ps(xor3(to_high(v.x1), k0, p1));
    const __m256 x32 = _mm256_castsi256_ps(xor3(to_high(v.x3), k1, p0));
    return (struct drawn){_mm256_castps_si256(_mm256_shuffle_ps(x10, x32, 0x11)),
                          _mm256_castps_si256(_mm256_shuffle_ps(x10, x32, 0xBB))};
}

SIMDROP_INLINE struct group rounds_of(struct group v, const uint64_t *k, unsigned rounds) {
    for (unsigned r = 0; r < rounds; ++r)
        v = round_of(v, broadcast(k[2 * r]), broadcast(k[2 * r + 1]));
    return v;
}

/* What else is done meanwhile: called twice for each group, with numbers from 0 on. */
typedef void meanwhile_fn(void *context, unsigned call);
SIMDROP_INLINE void nothing(void *context, unsigned call) { (void)context, (void)call; }

/* The groups of one word, at the end: few enough for the registers. */
SIMDROP_INLINE void draw_few(struct drawn *w, unsigned groups, __m256i p0, const uint64_t *places,
                             const struct simdrop_philox_head *head,
                             const struct simdrop_philox *philox) {
    const uint64_t *k = simdrop_philox_hidden_keys(philox) + 4, *last = k + 2 * philox->rounds - 6;
    struct group v[4];
    for (unsigned i = 0; i < groups; ++i) v[i] = begin(product_of(p0, places, i), head);
    for (; k != last; k += 2)
        for (unsigned i = 0; i < groups; ++i) v[i] = rounds_of(v[i], k, 1);
    const __m256i k0 = broadcast(k[0] << 32), k1 = broadcast(k[1] << 32);
    for (unsigned i = 0; i < groups; ++i) w[i] = finish(v[i], k0, k1);
}

/* Eight groups, because a round takes about 6 cycles, and only other groups can fill them. They
   don't fit 16 registers. Two or three rounds of one group at a time, rather than one of each, spare
   most of the way to memory and back, and leave the CPU enough to overlap. */
enum { GROUPS = 8 };
SIMDROP_INLINE void draw(struct drawn w[GROUPS], __m256i p0, const uint64_t *places,
                         const struct simdrop_philox_head *head,
                         const struct simdrop_philox *philox, meanwhile_fn *meanwhile,
                         void *context) {
    const uint64_t *k = simdrop_philox_hidden_keys(philox) + 4;
    struct group v[GROUPS];
    ROLLED for (unsigned i = 0; i < GROUPS; ++i) {
        v[i] = rounds_of(begin(places ? product_of(p0, places, i) : p0, head), k, 2);
        meanwhile(context, i);
        if (!places) p0 = skip(p0, 1);
    }
    ROLLED for (unsigned i = 0; i < GROUPS; ++i) {
        v[i] = rounds_of(v[i], k + 4, 2);
        meanwhile(context, GROUPS + i);
    }
    k += 8;
    if (philox->rounds == 10) {
        ROLLED for (unsigned i = 0; i < GROUPS; ++i) v[i] = rounds_of(v[i], k, 3);
        k += 6;
    }
    const __m256i k0 = broadcast(k[0] << 32), k1 = broadcast(k[1] << 32);
    ROLLED for (unsigned i = 0; i < GROUPS; ++i) w[i] = finish(v[i], k0, k1);
}

/* 64 draws of 8 bits: one word. There is no unsigned comparison: d >= t is max(d, t) == d. */
SIMDROP_INLINE uint64_t mask_u8(struct drawn w, __m256i threshold) {
    const __m256i lo = _mm256_cmpeq_epi8(_mm256_max_epu8(w.lo, threshold), w.lo);
    const __m256i hi = _mm256_cmpeq_epi8(_mm256_max_epu8(w.hi, threshold), w.hi);
    return (uint32_t)_mm256_movemask_epi8(lo) | (uint64_t)(uint32_t)_mm256_movemask_epi8(hi) << 32;
}

/* 32 draws of 16 bits: half a word. */
SIMDROP_INLINE uint64_t mask_u16(struct drawn w, __m256i threshold) {
    const __m256i lo = _mm256_cmpeq_epi16(_mm256_max_epu16(w.lo, threshold), w.lo);
    const __m256i hi = _mm256_cmpeq_epi16(_mm256_max_epu16(w.hi, threshold), w.hi);
    return (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(lo, hi));
}

/* 16 draws of 32 bits: a quarter of a word. */
SIMDROP_INLINE uint64_t mask_u32(struct drawn w, __m256i threshold) {
    const __m256i lo = _mm256_cmpeq_epi32(_mm256_max_epu32(w.lo, threshold), w.lo);
    const __m256i hi = _mm256_cmpeq_epi32(_mm256_max_epu32(w.hi, threshold), w.hi);
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(lo)) |
           (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(hi)) << 8;
}

SIMDROP_INLINE __m256i threshold_u8(uint32_t t) { return _mm256_set1_epi8((char)t); }
SIMDROP_INLINE __m256i threshold_u16(uint32_t t) { return _mm256_set1_epi16((short)t); }
SIMDROP_INLINE __m256i threshold_u32(uint32_t t) { return _mm256_set1_epi32((int)t); }

/* Words of mask, of 1, 2 or 4 groups each. */
SIMDROP_INLINE void put_u8(uint64_t *out, size_t words, const struct drawn *w, __m256i threshold) {
    ROLLED for (size_t i = 0; i < words; ++i) out[i] = mask_u8(w[i], threshold);
}
SIMDROP_INLINE void put_u16(uint64_t *out, size_t words, const struct drawn *w, __m256i threshold) {
    ROLLED for (size_t i = 0; i < words; ++i, w += 2) out[i] =
        mask_u16(w[0], threshold) | mask_u16(w[1], threshold) << 32;
}
SIMDROP_INLINE void put_u32(uint64_t *out, size_t words, const struct drawn *w, __m256i threshold) {
    ROLLED for (size_t i = 0; i < words; ++i, w += 4) out[i] =
        mask_u32(w[0], threshold) | mask_u32(w[1], threshold) << 16 |
        mask_u32(w[2], threshold) << 32 | mask_u32(w[3], threshold) << 48;
}

typedef void put_fn(uint64_t *out, size_t words, const struct drawn *w, __m256i threshold);

#endif
