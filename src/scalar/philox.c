/* SPDX-License-Identifier: MIT */
/*
 * Draw kernels, scalar: the reference. One block at a time, as docs/stream.md says it.
 *
 * A block of 16 bytes takes 10 rounds of 2 multiplications and 4 xors, and each round waits for the
 * last: about 4 cycles of multiplication and 2 of xor. A CPU that overlaps three blocks is bound by
 * its one scalar multiplier instead: 20 multiplications, 20 cycles, 1.25 cycles a byte.
 */
#include "set.h"

#include <string.h>

void KERNEL(fill_u32)(uint32_t *out, size_t blocks, uint64_t first_block,
                      const struct simdrop_philox *philox) {
    for (size_t b = 0; b < blocks; ++b) {
        uint32_t words[4];
        simdrop_philox_block(words, first_block + b, philox);
        memcpy((char *)(out + 4 * b), words, sizeof words);
    }
}

void KERNEL(fill_f32)(float *out, size_t blocks, uint64_t first_block,
                      const struct simdrop_philox *philox, float scale) {
    for (size_t b = 0; b < blocks; ++b) {
        uint32_t words[4];
        float numbers[4];
        simdrop_philox_block(words, first_block + b, philox);
        for (size_t i = 0; i < 4; ++i) numbers[i] = (float)(int32_t)(words[i] >> 8) * scale;
        memcpy((char *)(out + 4 * b), numbers, sizeof numbers);
    }
}

/* One word of mask from the r/2 blocks that hold its 64 draws of r bits. */
static inline uint64_t mask_word(uint64_t word, unsigned r, const struct simdrop_philox *philox,
                                 uint32_t threshold) {
    const unsigned draws_per_u32 = 32 / r, draws_per_block = 128 / r;
    uint64_t keep = 0;
    for (unsigned b = 0; b < r / 2; ++b) {
        uint32_t words[4];
        simdrop_philox_block(words, word * (r / 2) + b, philox);
        for (unsigned i = 0; i < draws_per_block; ++i) {
            const uint32_t shifted = words[i / draws_per_u32] >> (r * (i % draws_per_u32));
            const uint32_t draw = shifted & (UINT32_MAX >> (32 - r));
            keep |= (uint64_t)(draw >= threshold) << (b * draws_per_block + i);
        }
    }
    return keep;
}

#define DRAW(width, bits, ...)                                                                     \
    void KERNEL(draw_mask_##width)(uint64_t *out, size_t words, uint64_t first_word,               \
                                   const struct simdrop_philox *philox, uint32_t threshold) {      \
        for (size_t k = 0; k < words; ++k)                                                         \
            out[k] = mask_word(first_word + k, bits, philox, threshold);                           \
    }                                                                                              \
    void KERNEL(draw_list_##width)(uint64_t *out, size_t words, const uint64_t *number,            \
                                   const struct simdrop_philox *philox, uint32_t threshold) {      \
        for (size_t k = 0; k < words; ++k) out[k] = mask_word(number[k], bits, philox, threshold); \
    }
SIMDROP_WIDTHS(DRAW, )
