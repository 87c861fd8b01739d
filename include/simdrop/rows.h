/* SPDX-License-Identifier: MIT */
/* simdrop: dropout of a piece of a matrix, with the mask that the whole matrix has there. */
#ifndef SIMDROP_ROWS_H
#define SIMDROP_ROWS_H

#include <simdrop/dropout.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A piece of a larger matrix: which rows and columns of the whole it has, and how it lies in
 * memory. Element (i, j) of the piece is element (row * global_cols + first_col + j) of the stream,
 * where row is row_ids[i] or, without row_ids, first_row + i. So any piece gets the part of the
 * whole's mask that is its own, however the whole is split: by rows (data parallel), by a sampler's
 * list of rows, by columns (tensor parallel), in both directions, or as a view of another tensor.
 *
 * Zero means default, so start from {0} and set what differs. 3-D and more: let the last dimension
 * be the columns, and the others, in order, the rows.
 */
typedef struct simdrop_rows {
    size_t rows, cols;       /* of the piece */
    size_t ldx, ldy;         /* elements from one row to the next in x and in y; 0: cols */
    uint64_t first_row;      /* of the piece, in the whole */
    const uint64_t *row_ids; /* NULL, or instead of first_row the row of the whole of each row */
    uint64_t global_cols;    /* columns of the whole; 0: cols */
    uint64_t first_col;      /* of the piece, in the whole */
    uint64_t reserved[4];    /* must be 0 */
} simdrop_rows;

/*
 * Training, forward and backward: y[i * ldy + j] = element (i, j) dropped ? +0 : x[i * ldx + j] *
 * scale, for all rows i and columns j. Elements between rows are neither read nor written. Values
 * are those of simdrop_dropout_<type> (dropout.h); a matrix as a whole, with ldx = ldy = cols, gets
 * the bits of that call with offset = first_row * cols and n = rows * cols.
 *
 * x and y may be the same memory, then with ldx = ldy; or not overlap, where two views of one
 * matrix with the same row length, beside each other, don't overlap.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for NULL (x and y may be NULL if there
 * is no element), ldx or ldy below cols, first_col + cols > global_cols, an element past 2^64 - 1,
 * a byte size past SIZE_MAX, reserved fields that aren't 0, and x and y that overlap otherwise.
 * Thread-safe.
 */
SIMDROP_API simdrop_status simdrop_dropout_rows_f32(const simdrop_dropout *dropout,
                                                    const simdrop_rows *rows, const float *x,
                                                    float *y);
SIMDROP_API simdrop_status simdrop_dropout_rows_f64(const simdrop_dropout *dropout,
                                                    const simdrop_rows *rows, const double *x,
                                                    double *y);
SIMDROP_API simdrop_status simdrop_dropout_rows_bf16(const simdrop_dropout *dropout,
                                                     const simdrop_rows *rows, const uint16_t *x,
                                                     uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_rows_f16(const simdrop_dropout *dropout,
                                                    const simdrop_rows *rows, const uint16_t *x,
                                                    uint16_t *y);

#ifdef __cplusplus
}
#endif

#endif
