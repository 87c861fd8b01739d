/* SPDX-License-Identifier: MIT */
/* Draws, carries and shifts. */
#include "mask.h"

void simdrop_mask_begin(struct simdrop_mask *mask, const struct simdrop_kernels *kernels,
                        const struct simdrop_plan *plan, uint64_t offset) {
    mask->plan = plan;
    mask->draw = plan->bits == 8    ? kernels->draw_mask_u8
                 : plan->bits == 16 ? kernels->draw_mask_u16
                                    : kernels->draw_mask_u32;
    mask->next_word = offset / 64;
    mask->begin = 64 + offset % 64;
}

/* Draws in two parts where counter word 0 carries, every 2^32 blocks. */
static void draw_words(struct simdrop_mask *mask, uint64_t *out, size_t words) {
    const struct simdrop_plan *plan = mask->plan;
    const uint32_t threshold = (uint32_t)plan->threshold;
    const uint64_t period = UINT64_C(1) << (33 - __builtin_ctz((unsigned)plan->bits)); /* 2^33/r */
    const uint64_t room = period - (mask->next_word & (period - 1));
    if (words > room) {
        mask->draw(out, (size_t)room, mask->next_word, &plan->philox, threshold);
        mask->next_word += room, out += room, words -= (size_t)room;
    }
    mask->draw(out, words, mask->next_word, &plan->philox, threshold);
    mask->next_word += words;
}

const uint64_t *simdrop_mask_next(struct simdrop_mask *mask, size_t n) {
    const size_t begin = mask->begin, end = begin + n, words = (end - 1) / 64;
    mask->drawn[words + 1] = 0; /* shifted in behind the last element, if no kernel writes there */
    draw_words(mask, mask->drawn + 1, words);
    const uint64_t *bits = mask->drawn + begin / 64;
    const unsigned shift = begin % 64;
    if (shift) {
        uint64_t low = bits[0];
        for (size_t i = 0; i < (n + 63) / 64; ++i) {
            const uint64_t high = bits[i + 1];
            mask->shifted[i] = low >> shift | high << (64 - shift);
            low = high;
        }
        bits = mask->shifted;
    }
    mask->drawn[0] = mask->drawn[words];
    mask->begin = end % 64 ? end % 64 : 64;
    return bits;
}
