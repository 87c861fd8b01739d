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
 * consecutive rows of the piece; i counts them from 0, whatever rows of the whole they are, so
 * that a piece of causal rows begins with a query 0, and one with a mask where the mask begins.
 *
 * The additive mask has mask_rows rows of cols elements without gaps, in the type that is computed
 * in (f32 for bf16); -infinity hides a key. Row i adds mask row (i / mask_repeat) mod mask_rows:
 * for a mask of [batch][cols] mask_repeat = heads * queries; for one of [queries][cols] mask_rows
 * = queries; for a bias of [heads][queries][cols] mask_rows = heads * queries.
 */
typedef struct simdrop_softmax_config {
    double scale;         /* of scores, before the mask is added; finite in f32 or f64; 0: 1 */
    int32_t causal;       /* 1: query q sees key k if k <= q + cols - queries; 0: it sees all */
    int32_t reserved0;    /* must be 0 */
    size_t queries;       /* rows of one causal matrix, q = i mod queries; 0: all rows are one */
    size_t mask_rows;     /* 0: as many as the piece has */
    size_t mask_repeat;   /* rows that share one of the mask's; 0: 1 */
    uint64_t reserved[4]; /* must be 0 */
} simdrop_softmax_config;

/*
 * For both functions below:
 *
 * rows      the piece of a matrix that it is, and where its rows lie: rows.h. Softmax is over its
 *           own cols columns
 * x, dx     rows with the leading dimension ldx; probs, y and dy with ldy
 * config    NULL for defaults. The backward pass ignores mask_rows and mask_repeat
 *
 * x and one of probs and y, or dy and dx, may be the same memory, with the same leading dimension.
 * Otherwise what is written overlaps nothing; so probs is neither y nor dx. Elements between rows
 * are neither read nor written, and scores that aren't seen because of `causal` are not read.
 *
 * Values are computed in f32 or f64, every operation of a formula rounded to nearest, from left to
 * right. In bf16 that is f32: probs are rounded to bf16, y is made of the rounded, and so are dp
 * and dx. Sums of a row are made in 16 lanes: element j is added to lane j mod 16, in order, from
 * +0; then lane j + 8 to lane j, of those lane j + 4 to lane j, and so on. So results have the
 * same bits on every CPU. A NaN or an infinity stays in its row. Of p' = 0 nothing is drawn: for
 * inference.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for what rows.h says, NULL where it
 * isn't allowed, a config out of range, a mask whose byte size exceeds SIZE_MAX, and memory that
 * overlaps otherwise. Without an element pointers may be anything. Thread-safe.
 */

/*
 * With t = x scale + mask, probs = exp(t - max(t)) / sum(exp(t - max(t))) over the keys that the
 * row sees, +0 elsewhere, and y = dropout(probs). `mask` is NULL for none. exp of f32 is at most
 * 0.977 ulp off, of f64 1.05; probs are relatively at most (12 + cols / 16) 2^-24, or
 * 2^-53, off what exact functions of t - max(t) would give.
 *
 * A row that sees no key, or -infinity only, gets +0. One that sees a NaN, or a t of +infinity,
 * gets NaN; so does one where the mask hides an infinite score by its opposite.
 *
 * probs may be NULL, and then isn't kept; the backward pass needs it.
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
 * The gradient: with dp = dropout(dy), dx = probs (dp - sum(dp probs)) scale over the keys that
 * `causal` lets the row see, +0 elsewhere. Keys that the mask hides have probs of +0, and so a dx
 * of 0. Dropout, rows and config are those of the forward call, and probs what it wrote. `keep` is
 * NULL to draw the dropout's mask again, or one that was stored: one bit for each element, least
 * significant first, without gaps between rows. With p' = 1 all is dropped anyway.
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
