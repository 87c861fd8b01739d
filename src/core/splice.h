/* SPDX-License-Identifier: MIT */
/* Words of mask, shifted into place. */
#ifndef SIMDROP_SPLICE_H
#define SIMDROP_SPLICE_H

#include "kernels.h"

#include <string.h>

/* out[0 .. words) = the bits from bit `begin` of `carry` on, 0 < begin < 64, and then those of
   drawn[0 .. words). */
static inline void simdrop_splice(uint64_t *out, size_t words, uint64_t carry,
                                  const uint64_t *drawn, unsigned begin) {
    for (size_t i = 0; i < words; ++i) {
        out[i] = carry >> begin | drawn[i] << (64 - begin);
        carry = drawn[i];
    }
}

/* drawn[0 .. words), the next words of the stream, as words that begin where `draw` does: themselves
   or, spliced, in out[0 .. words). They are then drawn, and left at *mask too, unless it is NULL. */
static inline const uint64_t *simdrop_splice_next(uint64_t *out, size_t words,
                                                  const uint64_t *drawn, struct simdrop_draw *draw,
                                                  uint8_t **mask) {
    const uint64_t carry = draw->carry;
    draw->carry = drawn[words - 1];
    draw->next_word += words;
    if (draw->begin != 64) {
        simdrop_splice(out, words, carry, drawn, draw->begin);
        drawn = out;
    }
    if (*mask) {
        __builtin_prefetch((const void *)((uintptr_t)*mask + 512)); /* as nothing reads it */
        *mask = (uint8_t *)memcpy(*mask, drawn, words * sizeof *drawn) + words * sizeof *drawn;
    }
    return drawn;
}

#endif
