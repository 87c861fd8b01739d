/* SPDX-License-Identifier: MIT */
/* A piece of a matrix: where its rows are in memory, and which elements of the whole they are. */
#ifndef SIMDROP_LAYOUT_H
#define SIMDROP_LAYOUT_H

#include "kernels.h"

#include <simdrop/rows.h>

/* simdrop_rows, but no field has a default. */
struct simdrop_layout {
    size_t rows, cols, ldx, ldy;
    uint64_t first_row, global_cols, first_col;
    const uint64_t *row_ids;
};

/* Whether `rows` describes a piece: its rows are within the whole and the whole within the stream,
   and rows of `size` bytes an element within memory. */
int simdrop_layout_init(struct simdrop_layout *layout, const simdrop_rows *rows, size_t size);

/* The way back: what is read with the one leading dimension, and written with the other. */
static inline void simdrop_layout_turn(struct simdrop_layout *layout) {
    const size_t ldx = layout->ldx;
    layout->ldx = layout->ldy;
    layout->ldy = ldx;
}

static inline int simdrop_layout_is_empty(const struct simdrop_layout *layout) {
    return layout->rows == 0 || layout->cols == 0;
}

/* The element of the whole with which a row begins. */
static inline uint64_t simdrop_layout_position(const struct simdrop_layout *layout, size_t row) {
    const uint64_t id = layout->row_ids ? layout->row_ids[row] : layout->first_row + row;
    return id * layout->global_cols + layout->first_col;
}

/* Rows that follow one another, in the whole or in memory, are one row. */
static inline int simdrop_layout_is_range(const struct simdrop_layout *layout) {
    return layout->rows == 1 || (layout->cols == layout->global_cols && !layout->row_ids);
}
static inline int simdrop_layout_is_dense(const struct simdrop_layout *layout) {
    return layout->rows == 1 || (layout->ldx == layout->cols && layout->ldy == layout->cols);
}

/* Every row is of whole words of the mask. */
static inline int simdrop_layout_is_of_words(const struct simdrop_layout *layout) {
    return (layout->cols | layout->first_col | layout->global_cols) % 64 == 0;
}

/* Rows that are walked one by one: not every tile has the words of one, or they are apart in the
   whole, and to draw those of some together gains less than to put them together costs. */
static inline int simdrop_layout_is_long(const struct simdrop_layout *layout) {
    return layout->cols >
           (simdrop_layout_is_range(layout) ? 64 * (SIMDROP_MAX_TILE_WORDS - 1) : 128);
}

#endif
