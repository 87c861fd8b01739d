/* SPDX-License-Identifier: MIT */
/* simdrop: dropout. Configure once, then call from any thread on any part of a tensor. */
#ifndef SIMDROP_DROPOUT_H
#define SIMDROP_DROPOUT_H

#include <simdrop/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How training and inference are made to agree in expectation (simdrop_dropout_config.mode). Vanilla
   is the form of Srivastava et al., "Dropout", JMLR 15 (2014). */
#define SIMDROP_INVERTED 0 /* training scales kept elements by 1/(1-p'), inference is identity */
#define SIMDROP_VANILLA 1  /* training doesn't scale, inference scales all elements by 1-p' */

/* Stores that bypass the caches (simdrop_dropout_config.flags). They change speed only, and are
   never used in place, or if y isn't aligned to its type; AUTO needs a known cache size too. */
#define SIMDROP_STREAM_AUTO 0u   /* when a call writes more than the last-level cache or 32 MiB */
#define SIMDROP_STREAM_NEVER 1u  /* when the result is read again soon */
#define SIMDROP_STREAM_ALWAYS 2u /* when all calls together write more than the caches hold */

/* What to do. Zero means default, so start from {0} and set what differs. */
typedef struct simdrop_dropout_config {
    double drop_prob;     /* p, the probability of dropping an element, in [0, 1] */
    uint64_t seed;        /* the same seed, stream and offset give the same mask, everywhere */
    uint64_t stream;      /* independent masks under one seed: see simdrop_stream_derive */
    int32_t bits;         /* of each random draw: 8, 16, 32, or 0 to choose from drop_prob */
    int32_t rounds;       /* of Philox: 10, 7, or 0 for 10 */
    int32_t mode;         /* SIMDROP_INVERTED or SIMDROP_VANILLA */
    uint32_t flags;       /* SIMDROP_STREAM_AUTO, _NEVER or _ALWAYS */
    uint64_t reserved[6]; /* must be 0 */
} simdrop_dropout_config;

/*
 * A prepared dropout. Plain data without pointers: copy it, share it between threads, never free
 * it. Good for the version of the library that made it.
 */
typedef struct simdrop_dropout {
    uint64_t opaque[32];
} simdrop_dropout;

/* The default configuration with the three values most callers set, for those without designated
   initialisers: const auto config = simdrop_dropout_config_of(0.1, seed, stream); */
static inline simdrop_dropout_config simdrop_dropout_config_of(double drop_prob, uint64_t seed,
                                                               uint64_t stream) {
    simdrop_dropout_config config = {0, 0, 0, 0, 0, 0, 0, {0, 0, 0, 0, 0, 0}};
    config.drop_prob = drop_prob;
    config.seed = seed;
    config.stream = stream;
    return config;
}

/*
 * Prepares `dropout` from `config`.
 *
 * With draws of r bits the threshold is T = floor(p * 2^r + 0.5), and element e is dropped if and
 * only if draw e of the stream is below T; so the realized drop probability is p' = T / 2^r, and
 * the training scale is 1/(1-p'), not 1/(1-p): the expectation is kept whatever r is.
 *
 * T is evaluated in double, as written, with the default rounding.
 *
 * bits = 0 takes 8 bits if p * 256 is an integer; else 16 if p rounded to 16 bits is within 0.1 %
 * of p and leaves 1-p within 0.1 %; else 32. It may round to 0 a p below 2^-33, and to 1 one as
 * near to 1.
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and *dropout untouched, for NULL, a NaN or p outside
 * [0, 1], any other field outside the values listed above, and for explicit bits at which
 * 0 < p < 1 would drop nothing (T = 0) or everything (T = 2^r). Thread-safe; the two may not
 * overlap.
 */
SIMDROP_API simdrop_status simdrop_dropout_init(simdrop_dropout *dropout,
                                                const simdrop_dropout_config *config);

/*
 * Another stream, as if *dropout had been prepared with it: for a step, a layer or a rank, in a
 * tenth of the time. Errors: SIMDROP_ERR_INVALID_ARGUMENT for NULL and zeroed memory. Not while
 * another thread uses *dropout; copies are independent.
 */
SIMDROP_API simdrop_status simdrop_dropout_set_stream(simdrop_dropout *dropout, uint64_t stream);

/* What simdrop_dropout_init decided. On NULL, or on zeroed memory, the two doubles are NaN and the
   two integers 0. Thread-safe. */

/* p' = T / 2^r, exactly. */
SIMDROP_API double simdrop_dropout_realized_prob(const simdrop_dropout *dropout);

/* What training multiplies kept elements by, before it is rounded to the data's type: 2^r/(2^r - T)
   when inverted, 1 when vanilla; 0 when p' = 1. */
SIMDROP_API double simdrop_dropout_scale(const simdrop_dropout *dropout);

/* r: 8, 16 or 32. */
SIMDROP_API int32_t simdrop_dropout_bits(const simdrop_dropout *dropout);

/* T, from 0 to 2^r. */
SIMDROP_API uint64_t simdrop_dropout_threshold(const simdrop_dropout *dropout);

/*
 * For all functions below:
 *
 * dropout   prepared by simdrop_dropout_init
 * offset    absolute index of the call's first element: any split of a tensor into calls, on any
 *           threads, gives the bits of one call; offset + n may be 2^64 but not more
 * n         elements; 0 does nothing, whatever x, y and mask are
 * x, y      n elements of any alignment; the same memory, or not overlapping at all
 * mask      overlaps none of the others; nor does any of them overlap *dropout
 *
 * Errors: SIMDROP_ERR_INVALID_ARGUMENT, and nothing written, for NULL or zeroed memory, for
 * offset + n > 2^64, for a byte size past SIZE_MAX, and for x and y that overlap in part.
 * Thread-safe. Values assume the CPU's default floating-point state (round to nearest, denormals
 * kept; on Arm also FPCR's FZ16, AHP and DN off); masks don't depend on it.
 *
 * bf16 (bfloat16) and f16 (IEEE 754 binary16) are the bits of such numbers, in uint16_t.
 */

/*
 * Training, forward and backward: y[i] = element offset + i dropped ? +0 : x[i] * scale.
 *
 * The gradient is the same call with dy for x and dx for y, and the same offset: the mask is drawn
 * again, none is stored. The scale is rounded to the type, and so, once, is the product; bf16 and
 * f16 are multiplied in f32, by the scale rounded to f32, and the product, rounded to f32, is rounded
 * to the type, all to nearest even. A dropped element is +0 whatever it was, NaN and infinities
 * included; a kept NaN keeps its payload and is quieted, as x86 and Arm do. With p' = 0, y is x bit
 * for bit. The mask is the same for all types.
 */
SIMDROP_API simdrop_status simdrop_dropout_f32(const simdrop_dropout *dropout, uint64_t offset,
                                               size_t n, const float *x, float *y);
SIMDROP_API simdrop_status simdrop_dropout_f64(const simdrop_dropout *dropout, uint64_t offset,
                                               size_t n, const double *x, double *y);
SIMDROP_API simdrop_status simdrop_dropout_bf16(const simdrop_dropout *dropout, uint64_t offset,
                                                size_t n, const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_f16(const simdrop_dropout *dropout, uint64_t offset,
                                               size_t n, const uint16_t *x, uint16_t *y);

/*
 * Inference: y[i] = x[i], bit for bit, when inverted; x[i] * (1 - p'), rounded as in training, when
 * vanilla (+0 for all when p' = 1, x bit for bit when p' = 0).
 */
SIMDROP_API simdrop_status simdrop_dropout_infer_f32(const simdrop_dropout *dropout, size_t n,
                                                     const float *x, float *y);
SIMDROP_API simdrop_status simdrop_dropout_infer_f64(const simdrop_dropout *dropout, size_t n,
                                                     const double *x, double *y);
SIMDROP_API simdrop_status simdrop_dropout_infer_bf16(const simdrop_dropout *dropout, size_t n,
                                                      const uint16_t *x, uint16_t *y);
SIMDROP_API simdrop_status simdrop_dropout_infer_f16(const simdrop_dropout *dropout, size_t n,
                                                     const uint16_t *x, uint16_t *y);

/*
 * The mask of elements [offset, offset + n), one bit each: bit i%8 of mask[i/8], least significant
 * first, is 1 if element offset + i is kept. Writes n / 8 bytes, rounded up; unused bits of the
 * last are 0.
 */
SIMDROP_API simdrop_status simdrop_dropout_mask_bits(const simdrop_dropout *dropout,
                                                     uint64_t offset, size_t n, uint8_t *mask);

#ifdef __cplusplus
}
#endif

#endif
