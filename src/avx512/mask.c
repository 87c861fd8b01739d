/* SPDX-License-Identifier: MIT */
/*
 * Masks as bytes, AVX-512.
 *
 * To pack, 64 bytes take a load, 1 test, and a store of the mask register; to unpack, a load of a
 * mask register, 1 move, and a store. Either has one line of memory a cycle.
 */
#include "set.h"

#include <immintrin.h>

void KERNEL(pack_mask)(uint64_t *bits, size_t words, const uint8_t *bytes) {
    for (size_t k = 0; k < words; ++k, bytes += 64) {
        const __m512i x = _mm512_loadu_si512(bytes);
        bits[k] = _mm512_test_epi8_mask(x, x);
    }
}

void KERNEL(unpack_mask)(uint8_t *bytes, size_t words, const uint64_t *bits) {
    for (size_t k = 0; k < words; ++k, bytes += 64)
        _mm512_storeu_si512(bytes, _mm512_maskz_mov_epi8(bits[k], _mm512_set1_epi8(1)));
}
