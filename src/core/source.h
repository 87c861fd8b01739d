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
    simdrop_pack_fn *pack;
    struct simdrop_draw draw;
    const struct simdrop_layout *layout; /* whose rows it goes through, or NULL */
    int is_drawn;                        /* whether words take time, so that tiles should be full */
    int is_joined;                       /* whether a row's end is the next one's beginning */
    size_t row, col;                     /* of the next element, if rows apart are joined */
    const uint8_t *mask, *bytes;         /* a stored mask, and what is next of it */
    struct simdrop_broadcast *broadcast; /* whose elements these are (core/broadcast.h) */
    unsigned blocks;                     /* of a word */
    uint64_t drawn[1 + SIMDROP_MAX_TILE_WORDS + SIMDROP_MASK_SLACK]; /* drawn[0] is the carry */
    uint64_t shifted[2 + SIMDROP_MAX_TILE_WORDS]; /* the last may be read, for bits past a row */
};

/* The masks that `plan` draws, from element `offset` on. */
void simdrop_source_draws(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                          const struct simdrop_plan *plan, uint64_t offset);

/* Those of the rows of `layout`, the first row's elements, then the second's, and so on. If rows are
   long and apart, simdrop_source_row has to begin each. */
void simdrop_source_rows(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                         const struct simdrop_plan *plan, const struct simdrop_layout *layout);

/* All ones, or all zeros, of which none is drawn. */
void simdrop_source_ones(struct simdrop_source *source);
void simdrop_source_zeros(struct simdrop_source *source);

/* A stored mask, from its bit `begin` on; with a layout that of its rows, one after the other. */
void simdrop_source_bits(struct simdrop_source *source, const uint8_t *mask, size_t begin,
                         const struct simdrop_layout *layout);

/* A stored mask of bytes, of which any but 0 keeps. */
void simdrop_source_bytes(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                          const uint8_t *mask);
/* A stored mask of one row, which is that of all rows. */
void simdrop_source_same_bits(struct simdrop_source *source, const uint8_t *mask);

/* What `plan` does to the rows of `layout`: a stored mask of theirs, one row after the other, or
   without one its draws, or all ones if it drops none; all zeros if it drops all. */
void simdrop_source_of(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                       const struct simdrop_plan *plan, const struct simdrop_layout *layout,
                       const uint8_t *mask);

/* Goes to the beginning of a row, which wasn't begun, in the middle of one or at its end. */
void simdrop_source_row(struct simdrop_source *source, size_t row);

/* Goes to an element of a row of `layout`, to go on in the row. For sources that are drawn. */
void simdrop_source_goto(struct simdrop_source *source, const struct simdrop_layout *layout,
                         size_t row, size_t col);

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
