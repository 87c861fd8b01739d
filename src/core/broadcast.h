/* SPDX-License-Identifier: MIT */
/*
 * Masks that are broadcast: some dimensions of a tensor share each draw. Neighbours that all do, or
 * all don't, are one dimension, and those of size 1 are none; so what remains alternates, from the
 * innermost: a block of elements that share a draw, a row of such blocks with a draw for each, and
 * loops around it, of which the first repeats the row, the second goes on to other draws, and so on.
 */
#ifndef SIMDROP_BROADCAST_CORE_H
#define SIMDROP_BROADCAST_CORE_H

#include "core/source.h"

#include <simdrop/broadcast.h>

struct simdrop_loop {
    size_t count, index;
    uint64_t draws; /* of what it repeats; or 0 */
};

struct simdrop_broadcast {
    size_t block, row; /* elements, draws; 1 if there is none */
    int loops;
    struct simdrop_loop loop[SIMDROP_MAX_DIMS];
    uint64_t position, end; /* draws: where the row begins, and where the mask ends */
    size_t col;             /* how far in the row the source is */
    /* of the last draw that was asked for, its bit, and for how many elements more it is */
    size_t rest;
    uint64_t bit;
    uint64_t repeat; /* times a row of less than 64 bits is a word of its repetitions */
    /* how bits come apart to be filled up to blocks of less than 64: see `spread` */
    struct {
        uint64_t mask;
        unsigned shift;
    } step[5];
    int steps;
    /* draws that are there: `held` from `first` on */
    struct simdrop_source source;
    const struct simdrop_kernels *kernels;
    const struct simdrop_plan *plan;
    const uint64_t *bits;
    uint64_t first;
    size_t held;
};

/* Any shape but one of no elements. */
void simdrop_broadcast_init(struct simdrop_broadcast *broadcast,
                            const struct simdrop_kernels *kernels, const struct simdrop_plan *plan,
                            uint64_t offset, int32_t ndim, const size_t *shape,
                            const size_t *mask_shape);

/* Goes to the beginning of the next row, as loops say from number `from` on; not after the last. */
void simdrop_broadcast_next_row(struct simdrop_broadcast *broadcast, int from);

/* Rows of which not every tile has the draws. */
static inline int simdrop_broadcast_is_long(const struct simdrop_broadcast *broadcast) {
    return broadcast->row > 64 * (SIMDROP_MAX_TILE_WORDS - 1);
}

/* All its elements, in order. Blocks may be set to 1 before: then each block is an element. */
void simdrop_source_broadcast(struct simdrop_source *source, struct simdrop_broadcast *broadcast);

#endif
