/* SPDX-License-Identifier: MIT */
/* simdrop: alpha dropout, for self-normalising networks, and Gaussian noise. docs/family/noise.md
   has the formulas and their equivalents elsewhere. */
#ifndef SIMDROP_NOISE_H
#define SIMDROP_NOISE_H

#include <simdrop/dropout.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * For all functions below:
 *
 * x, y      n elements of any alignment; the same memory, or not overlapping at all. They may be
 *           NULL if there is no element
 * offset    absolute index of the call's first element: any split of a tensor into calls gives the
 *           bits of one call
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for NULL, for positions past the end
 * of the stream, for a byte size past SIZE_MAX, for x and y that overlap in part, and for what is
 * named at each function. Thread-safe. Values assume the CPU's default floating-point state, as
 * those of dropout.h do. bf16 and f16 are computed in f32 and then rounded to their type. A NaN
 * that is computed with keeps its payload and becomes quiet.
 *
 * Inference is the identity for all of them: there is no function for it.
 */

/*
 * Alpha dropout (Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017, section 3).
 * A dropped activation takes the value alpha' = -1.7580993408473766 to which SELU saturates, then
 * a * x + b brings mean and variance back: of activations with mean 0 and variance 1 both are kept.
 * With p' the realized drop probability and q = 1 - p',
 *
 *     a = 1 / sqrt(q + alpha'^2 * q * p')        b = -a * p' * alpha'
 *     y[i] = element offset + i dropped ? a * alpha' + b : x[i] * a + b
 *
 * a, b and a * alpha' + b are computed in double and rounded to f32 (those of f64 aren't); the
 * product and the sum are each rounded. The mask is that of simdrop_dropout_<type>. With p' = 0, y
 * is x bit for bit; with p' = 1, where a is infinite, it is +0, as PyTorch then multiplies by 0. No
 * dropped NaN or infinity survives.
 *
 * `dropout` must be inverted, or have p' = 0: alpha dropout has no vanilla form, and
 * SIMDROP_ERR_INVALID_ARGUMENT is the answer to one.
 */
SIMDROP_API simdrop_status simdrop_alpha_dropout_f32(const simdrop_dropout *dropout,
                                                     uint64_t offset, size_t n, const float *x,
                                                     float *y);
SIMDROP_API simdrop_status simdrop_alpha_dropout_f64(const simdrop_dropout *dropout,
                                                     uint64_t offset, size_t n, const double *x,
                                                     double *y);
SIMDROP_API simdrop_status simdrop_alpha_dropout_bf16(const simdrop_dropout *dropout,
                                                      uint64_t offset, size_t n, const uint16_t *x,
                                                      uint16_t *y);
SIMDROP_API simdrop_status simdrop_alpha_dropout_f16(const simdrop_dropout *dropout,
                                                     uint64_t offset, size_t n, const uint16_t *x,
                                                     uint16_t *y);

/* Its gradient: dx[i] = element offset + i dropped ? +0 : dy[i] * a. The mask is drawn again. */
SIMDROP_API simdrop_status simdrop_alpha_dropout_backward_f32(const simdrop_dropout *dropout,
                                                              uint64_t offset, size_t n,
                                                              const float *dy, float *dx);
SIMDROP_API simdrop_status simdrop_alpha_dropout_backward_f64(const simdrop_dropout *dropout,
                                                              uint64_t offset, size_t n,
                                                              const double *dy, double *dx);
SIMDROP_API simdrop_status simdrop_alpha_dropout_backward_bf16(const simdrop_dropout *dropout,
                                                               uint64_t offset, size_t n,
                                                               const uint16_t *dy, uint16_t *dx);
SIMDROP_API simdrop_status simdrop_alpha_dropout_backward_f16(const simdrop_dropout *dropout,
                                                              uint64_t offset, size_t n,
                                                              const uint16_t *dy, uint16_t *dx);

/*
 * Feature alpha dropout: the same, but channels are dropped as a whole. Of a tensor of `samples`
 * times `channels` times `size` elements, one after the other, channel c of sample s is element
 * offset + s * channels + c of the stream; `offset` is that of the first sample's first channel.
 * SIMDROP_ERR_INVALID_ARGUMENT too if the three multiply to more than memory has.
 */
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_f32(const simdrop_dropout *dropout,
                                                             uint64_t offset, size_t samples,
                                                             size_t channels, size_t size,
                                                             const float *x, float *y);
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_f64(const simdrop_dropout *dropout,
                                                             uint64_t offset, size_t samples,
                                                             size_t channels, size_t size,
                                                             const double *x, double *y);
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_bf16(const simdrop_dropout *dropout,
                                                              uint64_t offset, size_t samples,
                                                              size_t channels, size_t size,
                                                              const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_f16(const simdrop_dropout *dropout,
                                                             uint64_t offset, size_t samples,
                                                             size_t channels, size_t size,
                                                             const uint16_t *x, uint16_t *y);

/* Its gradient. */
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_backward_f32(
    const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t channels, size_t size,
    const float *dy, float *dx);
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_backward_f64(
    const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t channels, size_t size,
    const double *dy, double *dx);
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_backward_bf16(
    const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t channels, size_t size,
    const uint16_t *dy, uint16_t *dx);
SIMDROP_API simdrop_status simdrop_feature_alpha_dropout_backward_f16(
    const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t channels, size_t size,
    const uint16_t *dy, uint16_t *dx);

/*
 * SLEEF. Gaussian dropout (Srivastava et al., "Dropout", JMLR 15 (2014), section 10): every element
 * is multiplied by a number of mean 1 and of the variance that dropout's factors have,
 *
 *     y[i] = x[i] * m[i],   m normal with mean 1 and standard deviation sqrt(p / (1 - p))
 *
 * m[i] is value offset + i of simdrop_random_normal_f32 (of f64, of simdrop_random_normal_f64) with
 * the same seed and stream, mean 1 and that standard deviation, computed in double and rounded to
 * its type; p is drop_prob as it is, as nothing is dropped. The product is rounded. With p = 0, and
 * whenever the standard deviation rounds to 0, y is x bit for bit.
 *
 * The gradient is the same call with dy for x and dx for y.
 *
 * It is in libsimdrop_sleef, as distributions.h says.
 *
 * Errors also: drop_prob outside [0, 1), NaN too; offset + n > 2^64, of f64 2^63.
 */
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_dropout_f32(uint64_t seed, uint64_t stream,
                                                              double drop_prob, uint64_t offset,
                                                              size_t n, const float *x, float *y);
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_dropout_f64(uint64_t seed, uint64_t stream,
                                                              double drop_prob, uint64_t offset,
                                                              size_t n, const double *x, double *y);
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_dropout_bf16(uint64_t seed, uint64_t stream,
                                                               double drop_prob, uint64_t offset,
                                                               size_t n, const uint16_t *x,
                                                               uint16_t *y);
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_dropout_f16(uint64_t seed, uint64_t stream,
                                                              double drop_prob, uint64_t offset,
                                                              size_t n, const uint16_t *x,
                                                              uint16_t *y);

/*
 * SLEEF. Gaussian noise: y[i] = x[i] + z[i], z[i] value offset + i of simdrop_random_normal_f32 (of
 * f64, of simdrop_random_normal_f64) with mean 0 and standard deviation `stddev`, rounded to its
 * type. The sum is rounded. With stddev = 0, or one that rounds to 0, y is x bit for bit.
 *
 * The gradient is the identity: dx = dy. It is in libsimdrop_sleef, too.
 *
 * Errors also: `stddev` negative, NaN, or so large that those functions refuse it; offset as for
 * simdrop_gaussian_dropout_<type>.
 */
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_noise_f32(uint64_t seed, uint64_t stream,
                                                            double stddev, uint64_t offset,
                                                            size_t n, const float *x, float *y);
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_noise_f64(uint64_t seed, uint64_t stream,
                                                            double stddev, uint64_t offset,
                                                            size_t n, const double *x, double *y);
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_noise_bf16(uint64_t seed, uint64_t stream,
                                                             double stddev, uint64_t offset,
                                                             size_t n, const uint16_t *x,
                                                             uint16_t *y);
SIMDROP_SLEEF_API simdrop_status simdrop_gaussian_noise_f16(uint64_t seed, uint64_t stream,
                                                            double stddev, uint64_t offset,
                                                            size_t n, const uint16_t *x,
                                                            uint16_t *y);

#ifdef __cplusplus
}
#endif

#endif
