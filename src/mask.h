/* SPDX-License-Identifier: MIT */
/*
 * The mask of a range of elements, tile by tile. Kernels draw whole words of 64 bits, where element
 * e is bit e % 64; a call may begin at any element, so a tile's bits are shifted out of its words.
 * The last word of a tile is carried to the next, never drawn twice.
 */
#ifndef SIMDROP_MASK_H
#define SIMDROP_MASK_H

#include "kernels.h"
#include "plan.h"

struct simdrop_mask {
    const struct simdrop_plan *plan;
    simdrop_draw_mask_fn *draw;
    uint64_t next_word; /* of the stream: the first that is not drawn yet */
    unsigned begin;     /* bit of `drawn` where the next tile begins */
    uint64_t drawn[1 + SIMDROP_MAX_TILE_WORDS + SIMDROP_MASK_SLACK]; /* drawn[0] is the carry */
    uint64_t shifted[1 + SIMDROP_MAX_TILE_WORDS];
};

/* Begins at element `offset`. */
void simdrop_mask_begin(struct simdrop_mask *mask, const struct simdrop_kernels *kernels,
                        const struct simdrop_plan *plan, uint64_t offset);

/* The bits of the next n elements; n is at most 64 * tile_words, less offset % 64 for the first
   tile, and a multiple of 64 for all tiles but the first and the last. */
const uint64_t *simdrop_mask_next(struct simdrop_mask *mask, size_t n);

#endif
