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
 * eps       at least 0, finite, added to the variance or the mean square. With 0 a row without
 *           variance gets NaN
 * mask      NULL to draw the mask, or one that was stored: one bit for each element, least
 *           significant first, without gaps between rows. With p' = 1 all is dropped anyway
 *
 * A result may be the same memory as tensors that are only read, with the same leading dimension.
 * Otherwise what is written overlaps nothing: no other result, and what has one element a column or
 * a row isn't between the rows of a tensor either.
 *
 * Values are computed in f32 or f64, every operation of a formula rounded to nearest, from left to
 * right. In bf16 that is f32: z is residual + x * scale, rounded to bf16 once, and its statistics
 * are of the rounded; dz' is rounded to bf16, and dx is made of the rounded; weights, their
 * gradients, mean and rstd are f32. A mean is a sum, divided by cols. Sums of a row are made in 16
 * lanes: element j is added to lane j mod 16, in order, from +0; then lane j + 8 to lane j, of those
 * lane j + 4 to lane j, and so on. So results have the same bits on every CPU. A NaN or an infinity
 * stays within its row of a tensor, but not within a gradient of weights. Of p' = 0 nothing is
 * drawn: for inference.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for what rows.h says, NULL where it
 * isn't allowed, an eps out of range, and memory that overlaps otherwise. Without an element
 * pointers may be anything. Thread-safe, but for calls that add to the same dweight or dbias.
 */

/*
 * LayerNorm (Ba, Kiros, Hinton, 2016), of z = residual + dropout(x): with m the mean of z's row and
 * v = mean((z - m)^2), rstd = 1 / sqrt(v + eps), y = (z - m) rstd weight + bias. z may be NULL, and
 * then isn't kept; so may be mean and rstd.
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
 * dz' = (g - mean(g) - h mean(g h)) rstd + dz is z's, and so the residual's: dresidual = dz',
 * dx = dropout(dz'). dweight += sums of dy h and dbias += sums of dy, over rows: they are added one
 * after the other, in order, with the error of dbias in fused.h. Several calls on parts of the rows,
 * in order, give the bits of one. z, mean and rstd are those of the forward call. dz, the gradient
 * that z gets elsewhere, may be NULL for zero; dresidual, dweight and dbias may be NULL.
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

/* RMSNorm (Zhang, Sennrich, 2019), of the same z: rstd = 1 / sqrt(mean(z^2) + eps),
   y = z rstd weight. */
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
