/* SPDX-License-Identifier: MIT */
/*
 * Sources of mask words, 64 bits each, one for an element: bit i of word k is 1 to keep element
 * 64 * k + i of what was asked for. A source alone knows of positions: which draws these are, where
 * the counter carries, at which bit of a word a range begins, where a row of a matrix does.
 */
#ifndef SIMDROP_SOURCE_H
#define SIMDROP_SOURCE_H

#include "core/layout.h"
#include "core/plan.h"
#include "kernels.h"

/* Kernels draw whole words, in which element e is bit e % 64; a range may begin at any element, so
   its bits are shifted out of them. The word in which it ends is kept, and not drawn again. */
struct simdrop_source {
    const uint64_t *(*next)(struct simdrop_source *source, size_t n);
    simdrop_draw_mask_fn *draw_words;
    simdrop_draw_list_fn *draw_list;
    struct simdrop_draw draw;
    const struct simdrop_layout *layout; /* whose rows it goes through, or NULL */
    size_t row, col;                     /* of the next element, if rows are joined */
    const uint8_t *bytes;                /* of a stored mask, the next */
    unsigned blocks;                     /* of a word */
    uint64_t drawn[1 + SIMDROP_MAX_TILE_WORDS + SIMDROP_MASK_SLACK]; /* drawn[0] is the carry */
    uint64_t shifted[1 + SIMDROP_MAX_TILE_WORDS];
};

/* The masks that `plan` draws, from element `offset` on. */
void simdrop_source_draws(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                          const struct simdrop_plan *plan, uint64_t offset);

/* Those of the rows of `layout`, the first row's elements, then the second's, and so on. If rows are
   long, the next one is begun by simdrop_source_row. */
void simdrop_source_rows(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                         const struct simdrop_plan *plan, const struct simdrop_layout *layout);

/* All ones, of which none is drawn. */
void simdrop_source_ones(struct simdrop_source *source);

/* A stored mask, from its bit `begin` on. */
void simdrop_source_bits(struct simdrop_source *source, const uint8_t *mask, size_t begin);

/* Goes to the beginning of a row. Sources that know no layout are there. */
void simdrop_source_row(struct simdrop_source *source, size_t row);

/* Goes to an element of a row of `layout`, to go on in the row. For sources that are drawn. */
void simdrop_source_goto(struct simdrop_source *source, const struct simdrop_layout *layout,
                         size_t row, size_t col);
int simdrop_source_is_drawn(const struct simdrop_source *source);

/* For how many elements `words` more words are enough. */
static inline size_t simdrop_source_room(const struct simdrop_source *source, size_t words) {
    return 64 * (1 + words) - source->draw.begin;
}

/* The words of the next n elements, of any number above 0 for which SIMDROP_MAX_TILE_WORDS are
   enough. Their bits past n may be anything. */
static inline const uint64_t *simdrop_source_next(struct simdrop_source *source, size_t n) {
    return source->next(source, n);
}

/* Lets `kernel` draw for itself, for part.n elements at most; returns for how many it has. None, if
   the source isn't of draws that follow one another. */
size_t simdrop_source_pipe(struct simdrop_source *source, simdrop_dropout_fn *kernel,
                           struct simdrop_apply part);

/* The same for rows of words, elements of `size` bytes, from (row, col) on, of a source that is drawn.
   The source itself stays where it is. */
size_t simdrop_source_pipe_rows(const struct simdrop_source *source, simdrop_dropout_fn *kernel,
                                struct simdrop_apply part, const struct simdrop_layout *layout,
                                size_t row, size_t col, size_t size);

#endif
