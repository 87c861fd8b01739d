/* SPDX-License-Identifier: MIT */
/*
 * Masks as bytes, AVX2.
 *
 * To pack, 64 bytes take 2 comparisons with loads, 2 moves of their bits, and 3 operations on whole
 * words: the moves, one a cycle on Intel and on Zen 3, bind: 2 cycles. To unpack, 32 bytes take a
 * broadcast of their bits from memory, 1 shuffle, 1 and, 1 minimum, and a store: one a cycle.
 */
#include "set.h"

#include <immintrin.h>
#include <string.h>

SIMDROP_INLINE uint32_t zeros_among(const uint8_t *bytes) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)bytes);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_setzero_si256()));
}

void KERNEL(pack_mask)(uint64_t *bits, size_t words, const uint8_t *bytes) {
    for (size_t k = 0; k < words; ++k, bytes += 64)
        bits[k] = ~(zeros_among(bytes) | (uint64_t)zeros_among(bytes + 32) << 32);
}

/* Each byte of the 32 bits goes to eight lanes, and each of those has a bit of its own. */
SIMDROP_INLINE void put_32(uint8_t *bytes, const char *bits) {
    const __m256i lanes = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                           2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit = _mm256_set1_epi64x((long long)UINT64_C(0x8040201008040201));
    int32_t word;
    memcpy(&word, bits, sizeof word);
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32(word), lanes);
    const __m256i kept = _mm256_min_epu8(_mm256_and_si256(spread, bit), _mm256_set1_epi8(1));
    _mm256_storeu_si256((__m256i *)bytes, kept);
}

void KERNEL(unpack_mask)(uint8_t *bytes, size_t words, const uint64_t *bits) {
    const char *from = (const char *)bits;
    for (size_t k = 0; k < words; ++k, bytes += 64, from += 8) {
        put_32(bytes, from);
        put_32(bytes + 32, from + 4);
    }
}
