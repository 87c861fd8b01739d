/* SPDX-License-Identifier: MIT */
/* Masks that are left in memory, of bits or of bytes, words at a time. */
#ifndef SIMDROP_LEAVE_H
#define SIMDROP_LEAVE_H

#include "kernels.h"

#include <string.h>

/* All of a mask of bits, if these are the words of all of it; a begun byte is padded with 0. */
static inline void simdrop_write_bits(uint8_t *to, const uint64_t *words, size_t n) {
    memcpy(to, words, (n + 7) / 8);
    if (n % 8) to[n / 8] &= (uint8_t)((1u << n % 8) - 1);
}

/* A mask that is being written, from element 0 on. */
struct simdrop_leaving {
    uint8_t *to;               /* the next byte */
    simdrop_unpack_fn *unpack; /* for a byte an element, or NULL for a bit */
    unsigned filled;           /* bits of the next byte that are known, below 8, ... */
    uint8_t known;             /* ... and what they are */
};

/* Of the next n elements, at most 64 * SIMDROP_LEAVE_WORDS. A word past theirs is readable; bits
   there, and past n, may be anything. */
void simdrop_leave(struct simdrop_leaving *leaving, const uint64_t *words, size_t n);
enum { SIMDROP_LEAVE_WORDS = 256 };

/* No element follows: a begun byte is padded with 0. */
void simdrop_leave_end(const struct simdrop_leaving *leaving);

/* Whether it is of bits. */
static inline int simdrop_leaves_bits(const struct simdrop_leaving *leaving) {
    return !leaving->unpack;
}

/* Whether words can be copied into the mask as they are. */
static inline int simdrop_leaves_words(const struct simdrop_leaving *leaving) {
    return !leaving->unpack && !leaving->filled;
}

#endif
