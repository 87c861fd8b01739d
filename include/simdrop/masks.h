/* SPDX-License-Identifier: MIT */
/* simdrop: stored masks. Dropout that leaves its mask, dropout under a mask that is there, and masks
   of bits and of bytes. docs/family/masks.md says when to store one and when to draw it again. */
#ifndef SIMDROP_MASKS_H
#define SIMDROP_MASKS_H

#include <simdrop/dropout.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A mask is stored in one of two ways, element i of the n elements being
 *
 * bits    bit i % 8, least significant first, of byte i / 8: 1 kept, 0 dropped
 * bytes   byte i: 1 kept, 0 dropped, as a bool of C, C++, NumPy or PyTorch. Where bytes are read,
 *         any but 0 keeps.
 *
 * For all functions below, with dropout, offset, n, x and y as in dropout.h:
 *
 * mask         of any alignment; overlaps neither x nor y nor *dropout
 * bit_offset   bits of `mask` before that of element 0, any number
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for NULL or zeroed memory as `dropout`,
 * NULL as x, y or a mask of n > 0 elements, offset + n > 2^64, bit_offset + n or a byte size past
 * SIZE_MAX, x and y that overlap in part, and a mask that overlaps what it may not. n = 0 does
 * nothing, whatever the pointers are. Thread-safe; but two threads may not write bits of one byte.
 */

/*
 * Training that leaves its mask: y as simdrop_dropout_<type> writes it, and the mask of elements
 * [offset, offset + n), as simdrop_dropout_mask_bits (padded with 0 to a whole byte) or
 * simdrop_dropout_mask_bytes writes it. x is read once, and the mask drawn once.
 */
SIMDROP_API simdrop_status simdrop_dropout_store_bits_f32(const simdrop_dropout *dropout,
                                                          uint64_t offset, size_t n, const float *x,
                                                          float *y, uint8_t *mask);
SIMDROP_API simdrop_status simdrop_dropout_store_bits_f64(const simdrop_dropout *dropout,
                                                          uint64_t offset, size_t n,
                                                          const double *x, double *y,
                                                          uint8_t *mask);
SIMDROP_API simdrop_status simdrop_dropout_store_bits_bf16(const simdrop_dropout *dropout,
                                                           uint64_t offset, size_t n,
                                                           const uint16_t *x, uint16_t *y,
                                                           uint8_t *mask);
SIMDROP_API simdrop_status simdrop_dropout_store_bits_f16(const simdrop_dropout *dropout,
                                                          uint64_t offset, size_t n,
                                                          const uint16_t *x, uint16_t *y,
                                                          uint8_t *mask);
SIMDROP_API simdrop_status simdrop_dropout_store_bytes_f32(const simdrop_dropout *dropout,
                                                           uint64_t offset, size_t n,
                                                           const float *x, float *y, uint8_t *mask);
SIMDROP_API simdrop_status simdrop_dropout_store_bytes_f64(const simdrop_dropout *dropout,
                                                           uint64_t offset, size_t n,
                                                           const double *x, double *y,
                                                           uint8_t *mask);
SIMDROP_API simdrop_status simdrop_dropout_store_bytes_bf16(const simdrop_dropout *dropout,
                                                            uint64_t offset, size_t n,
                                                            const uint16_t *x, uint16_t *y,
                                                            uint8_t *mask);
SIMDROP_API simdrop_status simdrop_dropout_store_bytes_f16(const simdrop_dropout *dropout,
                                                           uint64_t offset, size_t n,
                                                           const uint16_t *x, uint16_t *y,
                                                           uint8_t *mask);

/*
 * Under a stored mask, the backward (dy for x, dx for y) or the forward: y[i] = element i of the
 * mask kept ? x[i] * scale : +0. The mask alone decides; of *dropout the training scale is taken,
 * simdrop_dropout_scale, and products are rounded as in simdrop_dropout_<type>. So the mask may be
 * anyone's, and under the one that training left this is its backward, bit for bit, if p' > 0.
 *
 * With scale 1 (vanilla, or p' = 0) y is x * 1: x itself, but that a signalling NaN is quieted, where
 * simdrop_dropout_<type> with p' = 0 copies it. With scale 0 (p' = 1) all of y is +0 whatever x and
 * the mask are.
 */
SIMDROP_API simdrop_status simdrop_dropout_from_bits_f32(const simdrop_dropout *dropout,
                                                         const uint8_t *mask, size_t bit_offset,
                                                         size_t n, const float *x, float *y);
SIMDROP_API simdrop_status simdrop_dropout_from_bits_f64(const simdrop_dropout *dropout,
                                                         const uint8_t *mask, size_t bit_offset,
                                                         size_t n, const double *x, double *y);
SIMDROP_API simdrop_status simdrop_dropout_from_bits_bf16(const simdrop_dropout *dropout,
                                                          const uint8_t *mask, size_t bit_offset,
                                                          size_t n, const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_from_bits_f16(const simdrop_dropout *dropout,
                                                         const uint8_t *mask, size_t bit_offset,
                                                         size_t n, const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_from_bytes_f32(const simdrop_dropout *dropout,
                                                          const uint8_t *mask, size_t n,
                                                          const float *x, float *y);
SIMDROP_API simdrop_status simdrop_dropout_from_bytes_f64(const simdrop_dropout *dropout,
                                                          const uint8_t *mask, size_t n,
                                                          const double *x, double *y);
SIMDROP_API simdrop_status simdrop_dropout_from_bytes_bf16(const simdrop_dropout *dropout,
                                                           const uint8_t *mask, size_t n,
                                                           const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_from_bytes_f16(const simdrop_dropout *dropout,
                                                          const uint8_t *mask, size_t n,
                                                          const uint16_t *x, uint16_t *y);

/* The mask of elements [offset, offset + n) as n bytes; simdrop_dropout_mask_bits (dropout.h) gives
   it as bits. */
SIMDROP_API simdrop_status simdrop_dropout_mask_bytes(const simdrop_dropout *dropout,
                                                      uint64_t offset, size_t n, uint8_t *mask);

/*
 * From one to the other: bit bit_offset + i of `bits` = (bytes[i] != 0), for i < n, and the way back,
 * bytes[i] = that bit. Packing leaves the bits before and after, in the first and the last byte, as
 * they were. `bytes` and the bytes of those bits don't overlap.
 */
SIMDROP_API simdrop_status simdrop_mask_pack(const uint8_t *bytes, size_t n, uint8_t *bits,
                                             size_t bit_offset);
SIMDROP_API simdrop_status simdrop_mask_unpack(const uint8_t *bits, size_t bit_offset, size_t n,
                                               uint8_t *bytes);

#ifdef __cplusplus
}
#endif

#endif
