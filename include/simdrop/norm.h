/* SPDX-License-Identifier: MIT */
/* simdrop: dropout, residual and a norm over rows in one pass: z = residual + dropout(x), y =
   norm(z). */
#ifndef SIMDROP_NORM_H
#define SIMDROP_NORM_H

#include <simdrop/rows.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * For all functions below:
 *
 * rows      the piece of a matrix that it is, and where its rows lie: rows.h. The norm is over the
 *           piece's own cols columns: a row that is split by columns has other statistics
 * x, dx     rows with the leading dimension ldx; residual, dresidual, z, dz, y and dy with ldy
 * residual  NULL for none: then z = dropout(x)
 * weight    cols elements, or NULL for ones; bias the same, or NULL for zeros
 * mean      rows elements, or NULL; rstd the same: what the backward pass needs, with z
 * eps       at least 0, finite, added to the variance or the mean square
 * mask      NULL to draw the mask, or one that was stored: one bit for each element, least
 *           significant first, without gaps between rows
 *
 * Tensors may be the same memory, with the same leading dimension, or not overlap; what has one
 * element a column or a row overlaps nothing. Values are computed in f32 (bf16: z is rounded to bf16,
 * and its statistics are of the rounded; weights, their gradients, mean and rstd are f32) or f64.
 * Sums of rows are made in 16 lanes, element j in lane j mod 16, which are then added by halves:
 * the same bits on every CPU. Of p' = 0 nothing is drawn.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for what rows.h says, NULL where it
 * isn't allowed, an eps out of range, and tensors that overlap in part. Thread-safe.
 */

/*
 * LayerNorm (Ba, Kiros, Hinton, 2016): with m the mean of z's row and v = mean((z - m)^2),
 * rstd = 1 / sqrt(v + eps), y = (z - m) rstd weight + bias. z may be NULL, and then isn't kept; so
 * may be mean and rstd.
 */
SIMDROP_API simdrop_status simdrop_dropout_layer_norm_f32(const simdrop_dropout *dropout,
                                                          const simdrop_rows *rows, const float *x,
                                                          const float *residual,
                                                          const float *weight, const float *bias,
                                                          float eps, float *z, float *y,
                                                          float *mean, float *rstd);
SIMDROP_API simdrop_status simdrop_dropout_layer_norm_f64(const simdrop_dropout *dropout,
                                                          const simdrop_rows *rows, const double *x,
                                                          const double *residual,
                                                          const double *weight, const double *bias,
                                                          double eps, double *z, double *y,
                                                          double *mean, double *rstd);
SIMDROP_API simdrop_status simdrop_dropout_layer_norm_bf16(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const uint16_t *x,
    const uint16_t *residual, const float *weight, const float *bias, float eps, uint16_t *z,
    uint16_t *y, float *mean, float *rstd);

/*
 * Its gradients. With h = (z - mean) rstd, g = dy weight, and means over the row,
 * dz' = (g - mean(g) - h mean(g h)) rstd + dz is z's, and so the residual's; dx = dropout(dz');
 * dweight += sums of dy h, dbias += sums of dy, row after row, with the error of dbias in fused.h.
 * dz, the gradient that z gets elsewhere, may be NULL for zero; dresidual, dweight, dbias may be NULL.
 */
SIMDROP_API simdrop_status simdrop_dropout_layer_norm_backward_f32(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask, const float *dy,
    const float *dz, const float *z, const float *weight, const float *mean, const float *rstd,
    float *dx, float *dresidual, float *dweight, float *dbias);
SIMDROP_API simdrop_status simdrop_dropout_layer_norm_backward_f64(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask, const double *dy,
    const double *dz, const double *z, const double *weight, const double *mean, const double *rstd,
    double *dx, double *dresidual, double *dweight, double *dbias);
SIMDROP_API simdrop_status simdrop_dropout_layer_norm_backward_bf16(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask,
    const uint16_t *dy, const uint16_t *dz, const uint16_t *z, const float *weight,
    const float *mean, const float *rstd, uint16_t *dx, uint16_t *dresidual, float *dweight,
    float *dbias);

/* RMSNorm (Zhang, Sennrich, 2019): rstd = 1 / sqrt(mean(z^2) + eps), y = z rstd weight. */
SIMDROP_API simdrop_status simdrop_dropout_rms_norm_f32(const simdrop_dropout *dropout,
                                                        const simdrop_rows *rows, const float *x,
                                                        const float *residual, const float *weight,
                                                        float eps, float *z, float *y, float *rstd);
SIMDROP_API simdrop_status simdrop_dropout_rms_norm_f64(const simdrop_dropout *dropout,
                                                        const simdrop_rows *rows, const double *x,
                                                        const double *residual,
                                                        const double *weight, double eps, double *z,
                                                        double *y, double *rstd);
SIMDROP_API simdrop_status simdrop_dropout_rms_norm_bf16(const simdrop_dropout *dropout,
                                                         const simdrop_rows *rows,
                                                         const uint16_t *x,
                                                         const uint16_t *residual,
                                                         const float *weight, float eps,
                                                         uint16_t *z, uint16_t *y, float *rstd);

/* Its gradients: with h = z rstd and g = dy weight, dz' = (g - h mean(g h)) rstd + dz; dx, dresidual
   and dweight as above. */
SIMDROP_API simdrop_status simdrop_dropout_rms_norm_backward_f32(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask, const float *dy,
    const float *dz, const float *z, const float *weight, const float *rstd, float *dx,
    float *dresidual, float *dweight);
SIMDROP_API simdrop_status simdrop_dropout_rms_norm_backward_f64(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask, const double *dy,
    const double *dz, const double *z, const double *weight, const double *rstd, double *dx,
    double *dresidual, double *dweight);
SIMDROP_API simdrop_status simdrop_dropout_rms_norm_backward_bf16(
    const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask,
    const uint16_t *dy, const uint16_t *dz, const uint16_t *z, const float *weight,
    const float *rstd, uint16_t *dx, uint16_t *dresidual, float *dweight);

#ifdef __cplusplus
}
#endif

#endif
