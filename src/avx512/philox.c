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
 * A mask adds per group 2 comparisons and 2 moves out of mask registers. Words of a list take the
 * same: the add is of products made by the scalar multiplier, 1 multiplication a word, 1 add and 1
 * store for 4 blocks, and their broadcast is a load.
 */
#include "philox.h"

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
        const struct six_drawn w = draw_six(p0, NULL, &head, philox, nothing, NULL);
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
    const __m512i t = threshold_u8(threshold);
    uint64_t *const end = out + words;
    __m512i p0 = first_product(4 * first_word);
    for (; end - out >= 12; out += 12, p0 = skip(p0, 6))
        put_six_u8(out, draw_six(p0, NULL, &head, philox, nothing, NULL), t);
    for (; end > out; out += 2, p0 = skip(p0, 1)) put_u8(out, draw_one(p0, &head, philox), t);
}

void KERNEL(draw_mask_u16)(uint64_t *out, size_t words, uint64_t first_word,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(8 * first_word, philox);
    const __m512i t = threshold_u16(threshold);
    uint64_t *const end = out + words;
    __m512i p0 = first_product(8 * first_word);
    for (; end - out >= 6; out += 6, p0 = skip(p0, 6))
        put_six_u16(out, draw_six(p0, NULL, &head, philox, nothing, NULL), t);
    for (; end > out; ++out, p0 = skip(p0, 1)) *out = mask_u16(draw_one(p0, &head, philox), t);
}

void KERNEL(draw_mask_u32)(uint64_t *out, size_t words, uint64_t first_word,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    const struct simdrop_philox_head head = simdrop_philox_head(16 * first_word, philox);
    const __m512i t = threshold_u32(threshold);
    uint64_t *const end = out + words;
    __m512i p0 = first_product(16 * first_word);
    for (; end - out >= 3; out += 3, p0 = skip(p0, 6))
        put_six_u32(out, draw_six(p0, NULL, &head, philox, nothing, NULL), t);
    for (; end > out; ++out, p0 = skip(p0, 2))
        *out = mask_u32(draw_one(p0, &head, philox), t) |
               mask_u32(draw_one(skip(p0, 1), &head, philox), t) << 32;
}

void KERNEL(draw_list_u8)(uint64_t *out, size_t words, const uint64_t *number,
                          const struct simdrop_philox *philox, uint32_t threshold) {
    if (!words) return;
    const struct simdrop_philox_head head = simdrop_philox_head(4 * *number, philox);
    const __m512i t = threshold_u8(threshold), p0 = half_product();
    uint64_t *const end = out + words, places[12];
    for (; end - out >= 12; out += 12) {
        number = simdrop_philox_places(places, number, 12, 1);
        put_six_u8(out, draw_six(p0, places, &head, philox, nothing, NULL), t);
    }
    for (; end > out; out += 2) {
        const size_t last = end - out == 1; /* is drawn twice */
        simdrop_philox_places(places, number, 1, 1);
        number = simdrop_philox_places(places + 1, number + 1 - last, 1, 1);
        put_u8(out, draw_one(product_of(p0, places, 0), &head, philox), t);
    }
}

void KERNEL(draw_list_u16)(uint64_t *out, size_t words, const uint64_t *number,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    if (!words) return;
    const struct simdrop_philox_head head = simdrop_philox_head(8 * *number, philox);
    const __m512i t = threshold_u16(threshold), p0 = half_product();
    uint64_t *const end = out + words, places[12];
    for (; end - out >= 6; out += 6) {
        number = simdrop_philox_places(places, number, 6, 2);
        put_six_u16(out, draw_six(p0, places, &head, philox, nothing, NULL), t);
    }
    for (; end > out; ++out) {
        number = simdrop_philox_places(places, number, 1, 2);
        *out = mask_u16(draw_one(product_of(p0, places, 0), &head, philox), t);
    }
}

void KERNEL(draw_list_u32)(uint64_t *out, size_t words, const uint64_t *number,
                           const struct simdrop_philox *philox, uint32_t threshold) {
    if (!words) return;
    const struct simdrop_philox_head head = simdrop_philox_head(16 * *number, philox);
    const __m512i t = threshold_u32(threshold), p0 = half_product();
    uint64_t *const end = out + words, places[12];
    for (; end - out >= 3; out += 3) {
        number = simdrop_philox_places(places, number, 3, 4);
        put_six_u32(out, draw_six(p0, places, &head, philox, nothing, NULL), t);
    }
    for (; end > out; ++out) {
        number = simdrop_philox_places(places, number, 1, 4);
        *out = mask_u32(draw_one(product_of(p0, places, 0), &head, philox), t) |
               mask_u32(draw_one(product_of(p0, places, 1), &head, philox), t) << 32;
    }
}
