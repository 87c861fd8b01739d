/* SPDX-License-Identifier: MIT */
/* simdrop: softmax and dropout over rows, for attention. */
#ifndef SIMDROP_SOFTMAX_H
#define SIMDROP_SOFTMAX_H

#include <simdrop/rows.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Which scores a row sees, and how they are scaled. Zero means default, so start from {0}.
 *
 * A row of scores is one query's, with a column for each key. Rows of batch x heads x queries are
 * consecutive rows of the piece. The additive mask has mask_rows rows of cols elements without gaps,
 * in the computation's type (f32 for bf16); -infinity hides a key. Row i adds mask row
 * (i / mask_repeat) mod mask_rows: for a mask of [batch][cols] mask_repeat = heads * queries; for one
 * of [queries][cols] mask_rows = queries; for a bias of [heads][queries][cols], heads * queries.
 */
typedef struct simdrop_softmax_config {
    double scale;         /* of scores, before the mask is added, finite; 0: 1 */
    int32_t causal;       /* 1: query q sees key k if k <= q + cols - queries */
    int32_t reserved0;    /* must be 0 */
    size_t queries;       /* rows of one causal matrix, q = i mod queries; 0: all rows are one */
    size_t mask_rows;     /* 0: as many as the piece has */
    size_t mask_repeat;   /* rows that share one of the mask's; 0: 1 */
    uint64_t reserved[4]; /* must be 0 */
} simdrop_softmax_config;

/*
 * For both functions below:
 *
 * rows      the piece of a matrix that it is, and where its rows lie: rows.h. Softmax is over its own
 *           cols columns
 * x, dx     rows with the leading dimension ldx; probs, y and dy with ldy
 * config    NULL for defaults
 *
 * x, probs and y (dy, probs and dx) may be the same memory, with the same leading dimension, but
 * probs isn't y nor dx; or don't overlap. Values are computed in f32 (bf16: probs are rounded to
 * bf16, and what follows is of the rounded) or f64. Sums of rows are made in 16 lanes, element j in
 * lane j mod 16, which are then added by halves: the same bits on every CPU.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for what rows.h says, NULL where it
 * isn't allowed, a config out of range, and tensors that overlap otherwise. SIMDROP_ERR_UNSUPPORTED
 * for f64 in a build without SLEEF. Thread-safe.
 */

/*
 * With t = x scale + mask, probs = exp(t - max(t)) / sum(exp(t - max(t))) over the keys that the row
 * sees, +0 elsewhere, and y = dropout(probs). A row that sees no key, or -infinity only, gets +0. probs
 * may be NULL, and then isn't kept; the backward pass needs it.
 */
SIMDROP_API simdrop_status simdrop_softmax_dropout_f32(const simdrop_dropout *dropout,
                                                       const simdrop_rows *rows,
                                                       const simdrop_softmax_config *config,
                                                       const float *x, const float *mask,
                                                       float *probs, float *y);
SIMDROP_API simdrop_status simdrop_softmax_dropout_f64(const simdrop_dropout *dropout,
                                                       const simdrop_rows *rows,
                                                       const simdrop_softmax_config *config,
                                                       const double *x, const double *mask,
                                                       double *probs, double *y);
SIMDROP_API simdrop_status simdrop_softmax_dropout_bf16(const simdrop_dropout *dropout,
                                                        const simdrop_rows *rows,
                                                        const simdrop_softmax_config *config,
                                                        const uint16_t *x, const float *mask,
                                                        uint16_t *probs, uint16_t *y);

/*
 * The gradient: with dp = dropout(dy), dx = scale probs (dp - sum(dp probs)) over the keys that the
 * row sees, +0 elsewhere. `keep` is NULL to draw the dropout's mask again, or one that was stored: one
 * bit for each element, least significant first, without gaps between rows.
 */
SIMDROP_API simdrop_status simdrop_softmax_dropout_backward_f32(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const simdrop_softmax_config *config,
    const uint8_t *keep, const float *dy, const float *probs, float *dx);
SIMDROP_API simdrop_status simdrop_softmax_dropout_backward_f64(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const simdrop_softmax_config *config,
    const uint8_t *keep, const double *dy, const double *probs, double *dx);
SIMDROP_API simdrop_status simdrop_softmax_dropout_backward_bf16(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const simdrop_softmax_config *config,
    const uint8_t *keep, const uint16_t *dy, const uint16_t *probs, uint16_t *dx);

#ifdef __cplusplus
}
#endif

#endif
