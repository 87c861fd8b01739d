/* SPDX-License-Identifier: MIT */
/* Words of mask, shifted into place. */
#ifndef SIMDROP_SPLICE_H
#define SIMDROP_SPLICE_H

#include <stddef.h>
#include <stdint.h>

/* out[0 .. words) = the bits from bit `begin` of `carry` on, 0 < begin < 64, and then those of
   drawn[0 .. words). */
static inline void simdrop_splice(uint64_t *out, size_t words, uint64_t carry,
                                  const uint64_t *drawn, unsigned begin) {
    for (size_t i = 0; i < words; ++i) {
        out[i] = carry >> begin | drawn[i] << (64 - begin);
        carry = drawn[i];
    }
}

#endif
