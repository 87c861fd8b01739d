/* SPDX-License-Identifier: MIT */
/* simdrop: bias, activation, dropout and residual in one pass over memory. */
#ifndef SIMDROP_FUSED_H
#define SIMDROP_FUSED_H

#include <simdrop/rows.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Activations, act(t). */
#define SIMDROP_ACT_NONE 0      /* t */
#define SIMDROP_ACT_RELU 1      /* t < 0 ? +0 : t; its derivative is t > 0 ? 1 : 0 */
#define SIMDROP_ACT_GELU 2      /* t Phi(t), with Phi by erf: Hendrycks and Gimpel, 2016 */
#define SIMDROP_ACT_GELU_TANH 3 /* t (1 + tanh(sqrt(2/pi) (t + 0.044715 t^3))) / 2 */
#define SIMDROP_ACT_SILU 4      /* t / (1 + exp(-t)): swish */

/*
 * For all functions below:
 *
 * rows      the piece of a matrix that it is, and where its rows lie: rows.h
 * x, dx     rows of it with the leading dimension ldx; y, dy and residual with ldy
 * bias      cols elements, one for each column of the piece, or NULL for none
 * mask      NULL to draw the mask, or one that was stored: one bit for each element, least
 *           significant first, without gaps between rows
 *
 * Tensors may be the same memory, with the same leading dimension, or not overlap; bias, dbias and
 * mask overlap nothing. Values are computed in f32 (bf16: from bf16 and rounded to it, once, at the
 * end; bias and dbias are f32) or f64, every operation of the formula rounded to nearest, and the
 * same on every CPU. With u = 2^-24, in f64 2^-53, GELU and SiLU are within 8 u of themselves for
 * t > -1, and within 3 u |t| for any t; their derivatives within 6 u (before bf16 is rounded). A result
 * of t below 0 that is smaller than 2^-119 may be 0; of -infinity it is NaN or 0, as limits aren't
 * taken. NaN stays NaN. A dropped element of the activation is +0, whatever it was. With a plan of
 * p' = 0 nothing is dropped and nothing drawn: for inference.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for what rows.h says, NULL where it
 * isn't allowed, an unknown activation, and tensors that overlap in part. Thread-safe.
 */

/* y = residual + dropout(act(x + bias)). bias and residual may be NULL, and then aren't added. */
SIMDROP_API simdrop_status simdrop_dropout_fused_f32(const simdrop_dropout *dropout,
                                                     const simdrop_rows *rows, int32_t act,
                                                     const float *x, const float *bias,
                                                     const float *residual, float *y);
SIMDROP_API simdrop_status simdrop_dropout_fused_f64(const simdrop_dropout *dropout,
                                                     const simdrop_rows *rows, int32_t act,
                                                     const double *x, const double *bias,
                                                     const double *residual, double *y);
SIMDROP_API simdrop_status simdrop_dropout_fused_bf16(const simdrop_dropout *dropout,
                                                      const simdrop_rows *rows, int32_t act,
                                                      const uint16_t *x, const float *bias,
                                                      const uint16_t *residual, uint16_t *y);

/*
 * Its gradients: dx = dropout(dy) act'(x + bias), and dbias += the sums of dx over rows; the
 * residual's gradient is dy itself. x may be NULL if the activation is none; dbias may be NULL.
 *
 * Rows are added to dbias one after the other, in order: for the same rows in the same calls it has
 * the same bits everywhere. Its error is at most rows u / (1 - rows u) times the sum of the absolute
 * values that are added, with u = 2^-24, in f64 2^-53 (Higham, "Accuracy and Stability of Numerical
 * Algorithms", 2002, 4.2). In bf16 the sums are of dx before it is rounded to bf16.
 */
SIMDROP_API simdrop_status simdrop_dropout_fused_backward_f32(const simdrop_dropout *dropout,
                                                              const simdrop_rows *rows, int32_t act,
                                                              const uint8_t *mask, const float *dy,
                                                              const float *x, const float *bias,
                                                              float *dx, float *dbias);
SIMDROP_API simdrop_status simdrop_dropout_fused_backward_f64(const simdrop_dropout *dropout,
                                                              const simdrop_rows *rows, int32_t act,
                                                              const uint8_t *mask, const double *dy,
                                                              const double *x, const double *bias,
                                                              double *dx, double *dbias);
SIMDROP_API simdrop_status simdrop_dropout_fused_backward_bf16(
    const simdrop_dropout *dropout, const simdrop_rows *rows, int32_t act, const uint8_t *mask,
    const uint16_t *dy, const uint16_t *x, const float *bias, uint16_t *dx, float *dbias);

/* y += dropout(x), of elements [offset, offset + n): for engines that accumulate. Arguments and
   errors are those of simdrop_dropout_<type> (dropout.h), but x and y don't overlap. */
SIMDROP_API simdrop_status simdrop_dropout_add_f32(const simdrop_dropout *dropout, uint64_t offset,
                                                   size_t n, const float *x, float *y);
SIMDROP_API simdrop_status simdrop_dropout_add_f64(const simdrop_dropout *dropout, uint64_t offset,
                                                   size_t n, const double *x, double *y);
SIMDROP_API simdrop_status simdrop_dropout_add_bf16(const simdrop_dropout *dropout, uint64_t offset,
                                                    size_t n, const uint16_t *x, uint16_t *y);

#ifdef __cplusplus
}
#endif

#endif
