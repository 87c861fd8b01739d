/* SPDX-License-Identifier: MIT */
/*
 * The contract between the drivers and the kernels: one typedef per kernel signature, one list of
 * kernels, one table of them per instruction set.
 */
#ifndef SIMDROP_KERNELS_H
#define SIMDROP_KERNELS_H

#include "philox.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Words of the stream, whole blocks of four: out[0 .. 4 * blocks) = blocks [first, first + blocks).
 * The low 32 bits of the block number don't wrap within a call. Any alignment.
 */
typedef void simdrop_fill_u32_fn(uint32_t *out, size_t blocks, uint64_t first_block,
                                 const struct simdrop_philox *philox);

/*
 * The same, but of each word its upper 24 bits times `scale`, rounded once. A transform (below) of
 * stored words takes a fifth longer.
 */
typedef void simdrop_fill_f32_fn(float *out, size_t blocks, uint64_t first_block,
                                 const struct simdrop_philox *philox, float scale);

/*
 * Mask bits, whole words of 64: bit i of out[k] is 1 (keep) if draw 64 * (first_word + k) + i of
 * the stream is at least `threshold`, 1 <= threshold < 2^r. The low 32 bits of the block number
 * don't wrap within `words`, which may be 0. A kernel may write up to SIMDROP_MASK_SLACK words past
 * the last.
 */
typedef void simdrop_draw_mask_fn(uint64_t *out, size_t words, uint64_t first_word,
                                  const struct simdrop_philox *philox, uint32_t threshold);
enum { SIMDROP_MASK_SLACK = 8 };

/*
 * y[i] = bit i of `keep` ? x[i] * scale : +0, for 0 <= i < n. f32 rounds `scale` to f32 first.
 * x == y or apart; any alignment; reads no byte past x[n - 1]. Bits of keep past n may be anything.
 */
typedef void simdrop_apply_fn(void *y, const void *x, const uint64_t *keep, size_t n, double scale);

/* Makes streaming stores visible in the order that other threads expect of stores. */
typedef void simdrop_stream_end_fn(void);

/*
 * out[0 .. n) = values of a distribution, made of words of the stream, as many for each value as the
 * driver knows (distributions.c): whole groups of SIMDROP_GROUP values, from a group's beginning.
 * `words` is aligned to its type and apart from `out`, which may have any alignment.
 */
struct simdrop_transform {
    double location, scale;      /* what they mean is the distribution's; rounded to its type */
    double least, greatest;      /* limits of the results, representable in their type */
    double below, within, above; /* probabilities around and in a truncated interval */
    uint64_t bound;              /* of words, at most 2^32, or of integers, less */
};
typedef void simdrop_transform_fn(void *out, size_t n, const uint32_t *words,
                                  const struct simdrop_transform *transform);
enum { SIMDROP_GROUP = 32 };

/* Every kernel there is: X(signature, name, isa). The _stream forms want y aligned to 64 bytes and
   may bypass the caches. */
#define SIMDROP_KERNELS(X, isa)                                                                    \
    X(simdrop_fill_u32_fn, fill_u32, isa)                                                          \
    X(simdrop_fill_f32_fn, fill_f32, isa)                                                          \
    X(simdrop_draw_mask_fn, draw_mask_u8, isa)                                                     \
    X(simdrop_draw_mask_fn, draw_mask_u16, isa)                                                    \
    X(simdrop_draw_mask_fn, draw_mask_u32, isa)                                                    \
    X(simdrop_apply_fn, apply_f32, isa)                                                            \
    X(simdrop_apply_fn, apply_f32_stream, isa)                                                     \
    X(simdrop_apply_fn, apply_f64, isa)                                                            \
    X(simdrop_apply_fn, apply_f64_stream, isa)                                                     \
    X(simdrop_stream_end_fn, stream_end, isa)                                                      \
    SIMDROP_UNIFORM_KERNELS(X, isa)                                                                \
    SIMDROP_SLEEF_KERNELS(X, isa)

/* Transforms, and those of them that need SLEEF. */
#define SIMDROP_UNIFORM_KERNELS(X, isa)                                                            \
    X(simdrop_transform_fn, uniform_f32, isa)                                                      \
    X(simdrop_transform_fn, uniform_f64, isa)                                                      \
    X(simdrop_transform_fn, uniform_bf16, isa)                                                     \
    X(simdrop_transform_fn, uniform_f16, isa)                                                      \
    X(simdrop_transform_fn, bernoulli_u8, isa)                                                     \
    X(simdrop_transform_fn, uniform_int_u32, isa)
#define SIMDROP_SLEEF_KERNELS(X, isa)                                                              \
    X(simdrop_transform_fn, normal_f32, isa)                                                       \
    X(simdrop_transform_fn, normal_f64, isa)                                                       \
    X(simdrop_transform_fn, normal_bf16, isa)                                                      \
    X(simdrop_transform_fn, normal_f16, isa)                                                       \
    X(simdrop_transform_fn, exponential_f32, isa)                                                  \
    X(simdrop_transform_fn, exponential_f64, isa)                                                  \
    X(simdrop_transform_fn, gumbel_f32, isa)                                                       \
    X(simdrop_transform_fn, gumbel_f64, isa)                                                       \
    X(simdrop_transform_fn, truncated_normal_f32, isa)

#if defined(SIMDROP_HAVE_SLEEF)
#define SIMDROP_IF_SLEEF(kernel) kernel
#else
#define SIMDROP_IF_SLEEF(kernel) NULL
#endif

/* The kernels of one instruction set. None is NULL, but in a build without SLEEF those that need
   it. */
struct simdrop_kernels {
    const char *name;    /* "avx2" */
    uint32_t cpu_needs;  /* the SIMDROP_CPU_* bits (cpu.h) without which it can't run */
    uint32_t tile_words; /* mask words that a driver best draws at a time, 2 or more */
#define SIMDROP_MEMBER(type, kernel, isa) type *kernel;
    SIMDROP_KERNELS(SIMDROP_MEMBER, )
#undef SIMDROP_MEMBER
};
enum { SIMDROP_MAX_TILE_WORDS = 16 };

/* Declares simdrop_<kernel>_<isa> for every kernel, and their table simdrop_kernels_<isa>. */
#define SIMDROP_DECLARE_KERNELS(isa)                                                               \
    SIMDROP_KERNELS(SIMDROP_DECLARE_KERNEL, isa)                                                   \
    extern const struct simdrop_kernels simdrop_kernels_##isa;
#define SIMDROP_DECLARE_KERNEL(type, kernel, isa) extern type simdrop_##kernel##_##isa;

/* For the pieces of a kernel: a call between them would send their registers through memory. */
#define SIMDROP_INLINE static inline __attribute__((always_inline))

/* The table in use, chosen at the first call (dispatch.c). */
const struct simdrop_kernels *simdrop_kernels(void);

#endif
