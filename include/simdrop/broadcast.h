/* SPDX-License-Identifier: MIT */
/* simdrop: dropout with a mask that is broadcast: whole channels, samples, rows or time steps. */
#ifndef SIMDROP_BROADCAST_H
#define SIMDROP_BROADCAST_H

#include <simdrop/dropout.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIMDROP_MAX_DIMS 8

/*
 * Training, forward and backward, of a tensor of ndim dimensions, dense and row-major, whose mask
 * has size 1 in some of them: along these all elements share one draw, and are kept or dropped
 * together.
 *
 * dropout     prepared by simdrop_dropout_init
 * offset      which draw of the stream decides on the mask's first element
 * ndim        0 (a number) to SIMDROP_MAX_DIMS
 * shape       the ndim sizes of x and y; any of them may be 0
 * mask_shape  the mask's: mask_shape[k] is shape[k], or 1 where a draw is shared (of a size 0 the
 *             mask's may be either)
 * x, y        of any alignment; the same memory, or not overlapping at all
 *
 * The mask is dense and row-major too: its element m is draw offset + m, dropped or kept as
 * simdrop_dropout_mask_bits says, and values are those of simdrop_dropout_<type>, both in dropout.h.
 * So the element of x with indices i[0], i[1], ... is element m of the mask, where m is computed as
 * m = 0, then for each k in order, m = m * mask_shape[k] + (mask_shape[k] == 1 ? 0 : i[k]).
 * With mask_shape equal to shape this is simdrop_dropout_<type>. Any split of a tensor along its
 * first dimension gets the bits of the whole: of a dimension that is shared with the same offset,
 * or else with that of the part's first mask element.
 *
 * As drawing takes little here, SIMDROP_STREAM_AUTO streams when x and y together exceed the
 * last-level cache, unless nothing is shared.
 *
 * The mask is never in memory, except some of it on the stack, at most 5 KiB; nothing is allocated.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for NULL (shapes may be NULL if ndim is
 * 0, x and y if there is no element) or zeroed memory, for ndim out of range, a mask_shape that is
 * neither, more elements or bytes than SIZE_MAX, an offset from which the mask goes past 2^64, and
 * x and y that overlap in part. Thread-safe.
 */
SIMDROP_API simdrop_status simdrop_dropout_nd_f32(const simdrop_dropout *dropout, uint64_t offset,
                                                  int32_t ndim, const size_t *shape,
                                                  const size_t *mask_shape, const float *x,
                                                  float *y);
SIMDROP_API simdrop_status simdrop_dropout_nd_f64(const simdrop_dropout *dropout, uint64_t offset,
                                                  int32_t ndim, const size_t *shape,
                                                  const size_t *mask_shape, const double *x,
                                                  double *y);
SIMDROP_API simdrop_status simdrop_dropout_nd_bf16(const simdrop_dropout *dropout, uint64_t offset,
                                                   int32_t ndim, const size_t *shape,
                                                   const size_t *mask_shape, const uint16_t *x,
                                                   uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_nd_f16(const simdrop_dropout *dropout, uint64_t offset,
                                                  int32_t ndim, const size_t *shape,
                                                  const size_t *mask_shape, const uint16_t *x,
                                                  uint16_t *y);

/*
 * Shorthands for it, with the same arguments and errors otherwise.
 *
 * channels: shape (samples, channels, size), mask (samples, channels, 1). Each channel of each
 * sample is kept or dropped as a whole: dropout 1d, 2d, 3d of (N, C, *), where size is the product
 * of *. Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.
 * Embedding dropout is it too, with the embeddings as channels of one sample.
 */
SIMDROP_API simdrop_status simdrop_dropout_channels_f32(const simdrop_dropout *dropout,
                                                        uint64_t offset, size_t samples,
                                                        size_t channels, size_t size,
                                                        const float *x, float *y);
SIMDROP_API simdrop_status simdrop_dropout_channels_f64(const simdrop_dropout *dropout,
                                                        uint64_t offset, size_t samples,
                                                        size_t channels, size_t size,
                                                        const double *x, double *y);
SIMDROP_API simdrop_status simdrop_dropout_channels_bf16(const simdrop_dropout *dropout,
                                                         uint64_t offset, size_t samples,
                                                         size_t channels, size_t size,
                                                         const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_channels_f16(const simdrop_dropout *dropout,
                                                        uint64_t offset, size_t samples,
                                                        size_t channels, size_t size,
                                                        const uint16_t *x, uint16_t *y);

/*
 * channels_last: shape (samples, size, channels), mask (samples, 1, channels): the same of
 * (N, *, C), and with the same draws. Locked dropout is it too: one mask for all time steps of
 * (time, batch, features) with samples = 1, size = time and channels = batch * features, or of
 * (batch, time, features) with samples = batch. Gal and Ghahramani, "A theoretically grounded
 * application of dropout in recurrent neural networks", NIPS 2016.
 */
SIMDROP_API simdrop_status simdrop_dropout_channels_last_f32(const simdrop_dropout *dropout,
                                                             uint64_t offset, size_t samples,
                                                             size_t size, size_t channels,
                                                             const float *x, float *y);
SIMDROP_API simdrop_status simdrop_dropout_channels_last_f64(const simdrop_dropout *dropout,
                                                             uint64_t offset, size_t samples,
                                                             size_t size, size_t channels,
                                                             const double *x, double *y);
SIMDROP_API simdrop_status simdrop_dropout_channels_last_bf16(const simdrop_dropout *dropout,
                                                              uint64_t offset, size_t samples,
                                                              size_t size, size_t channels,
                                                              const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_channels_last_f16(const simdrop_dropout *dropout,
                                                             uint64_t offset, size_t samples,
                                                             size_t size, size_t channels,
                                                             const uint16_t *x, uint16_t *y);

/*
 * drop_path: shape (samples, size), mask (samples, 1): stochastic depth. Of a residual branch whole
 * samples are dropped. With scale_by_keep 0 the kept ones are multiplied by 1 and not by the scale;
 * any other value means the scale, as elsewhere. Huang et al., "Deep networks with stochastic
 * depth", ECCV 2016.
 */
SIMDROP_API simdrop_status simdrop_drop_path_f32(const simdrop_dropout *dropout, uint64_t offset,
                                                 size_t samples, size_t size, int32_t scale_by_keep,
                                                 const float *x, float *y);
SIMDROP_API simdrop_status simdrop_drop_path_f64(const simdrop_dropout *dropout, uint64_t offset,
                                                 size_t samples, size_t size, int32_t scale_by_keep,
                                                 const double *x, double *y);
SIMDROP_API simdrop_status simdrop_drop_path_bf16(const simdrop_dropout *dropout, uint64_t offset,
                                                  size_t samples, size_t size,
                                                  int32_t scale_by_keep, const uint16_t *x,
                                                  uint16_t *y);
SIMDROP_API simdrop_status simdrop_drop_path_f16(const simdrop_dropout *dropout, uint64_t offset,
                                                 size_t samples, size_t size, int32_t scale_by_keep,
                                                 const uint16_t *x, uint16_t *y);

#ifdef __cplusplus
}
#endif

#endif
