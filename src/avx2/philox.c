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
 * A mask adds per group 4 operations (8 and 32 bits) or 5 (16 bits), and 1 or 2 moves out. Words of
 * a list take the same: the add is of a product made by the scalar multiplier, 1 multiplication a
 * word, 1 add and 1 store a group, and its broadcast is a load.
 */
#include "philox.h"

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
    struct drawn w[GROUPS];
    __m256i p0 = first_product(first_block, order_u32());
    for (; blocks >= 4 * GROUPS; blocks -= 4 * GROUPS, p0 = skip(p0, GROUPS)) {
        draw(w, p0, NULL, &head, philox, nothing, NULL);
        ROLLED for (unsigned i = 0; i < GROUPS; ++i, out += 16) store(out, as(w[i], scales, s));
    }
    for (; blocks >= 4; blocks -= 4, out += 16, p0 = skip(p0, 1)) {
        draw_few(w, 1, p0, NULL, &head, philox);
        store(out, as(w[0], scales, s));
    }
    if (!blocks) return;
    draw_few(w, 1, p0, NULL, &head, philox);
    store_part(out, as(w[0], scales, s), blocks);
}

void KERNEL(fill_u32)(uint32_t *out, size_t blocks, uint64_t first_block,
                      const struct simdrop_philox *philox) {
    fill(out, blocks, first_block, philox, 0, 0);
}

void KERNEL(fill_f32)(float *out, size_t blocks, uint64_t first_block,
                      const struct simdrop_philox *philox, float scale) {
    fill((uint32_t *)out, blocks, first_block, philox, 1, scale);
}

/* Words of `groups` groups each. */
SIMDROP_INLINE void draw_mask(uint64_t *out, size_t words, __m256i p0,
                              const struct simdrop_philox_head *head,
                              const struct simdrop_philox *philox, put_fn *put, __m256i threshold,
                              unsigned groups) {
    struct drawn w[GROUPS];
    for (const size_t most = GROUPS / groups; words >= most; words -= most, out += most) {
        draw(w, p0, NULL, head, philox, nothing, NULL);
        put(out, most, w, threshold);
        p0 = skip(p0, GROUPS);
    }
    for (; words; --words, ++out, p0 = skip(p0, groups)) {
        draw_few(w, groups, p0, NULL, head, philox);
        put(out, 1, w, threshold);
    }
}

/* The same of words that are apart; `lanes` is block 0's product. */
SIMDROP_INLINE void draw_list(uint64_t *out, size_t words, const uint64_t *number, __m256i lanes,
                              const struct simdrop_philox_head *head,
                              const struct simdrop_philox *philox, put_fn *put, __m256i threshold,
                              unsigned groups) {
    struct drawn w[GROUPS];
    uint64_t places[GROUPS];
    for (const size_t most = GROUPS / groups; words >= most; words -= most, out += most) {
        number = simdrop_philox_places(places, number, most, groups);
        draw(w, lanes, places, head, philox, nothing, NULL);
        put(out, most, w, threshold);
    }
    for (; words; --words, ++out) {
        number = simdrop_philox_places(places, number, 1, groups);
        draw_few(w, groups, lanes, places, head, philox);
        put(out, 1, w, threshold);
    }
}

#define DRAW(width, bits, ...)                                                                     \
    void KERNEL(draw_mask_##width)(uint64_t *out, size_t words, uint64_t first_word,               \
                                   const struct simdrop_philox *philox, uint32_t threshold) {      \
        const uint64_t first_block = bits / 2 * first_word;                                        \
        const struct simdrop_philox_head head = simdrop_philox_head(first_block, philox);          \
        draw_mask(out, words, first_product(first_block, order_##width()), &head, philox,          \
                  put_##width, threshold_##width(threshold), bits / 8);                            \
    }                                                                                              \
    void KERNEL(draw_list_##width)(uint64_t *out, size_t words, const uint64_t *number,            \
                                   const struct simdrop_philox *philox, uint32_t threshold) {      \
        if (!words) return;                                                                        \
        const struct simdrop_philox_head head = simdrop_philox_head(bits / 2 * *number, philox);   \
        draw_list(out, words, number, first_product(0, order_##width()), &head, philox,            \
                  put_##width, threshold_##width(threshold), bits / 8);                            \
    }
SIMDROP_WIDTHS(DRAW, )
