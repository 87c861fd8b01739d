/* SPDX-License-Identifier: MIT */
/*
 * The contract between what is portable and the kernels: a typedef for each signature, one list of
 * kernels, one table of them for each instruction set. Declarations, tables, tests and benches are
 * made from the list.
 */
#ifndef SIMDROP_KERNELS_H
#define SIMDROP_KERNELS_H

#include "core/philox.h"
#include "types.h"

#include <stddef.h>
#include <stdint.h>

/* Activations, in the order of SIMDROP_ACT_ constants (fused.h): X(name, ...). */
#define SIMDROP_ACTS(X, ...)                                                                       \
    X(none, __VA_ARGS__)                                                                           \
    X(relu, __VA_ARGS__)                                                                           \
    X(gelu, __VA_ARGS__)                                                                           \
    X(gelu_tanh, __VA_ARGS__)                                                                      \
    X(silu, __VA_ARGS__)
#define SIMDROP_ACT_CONSTANT(name, ...) SIMDROP_act_##name,
enum simdrop_act { SIMDROP_ACTS(SIMDROP_ACT_CONSTANT, ) SIMDROP_ACT_COUNT };
#undef SIMDROP_ACT_CONSTANT

/* The widths of a mask's draws: X(name, bits, ...). */
#define SIMDROP_WIDTHS(X, ...) X(u8, 8, __VA_ARGS__) X(u16, 16, __VA_ARGS__) X(u32, 32, __VA_ARGS__)
#define SIMDROP_WIDTH_CONSTANT(name, bits, ...) SIMDROP_##name,
enum simdrop_width { SIMDROP_WIDTHS(SIMDROP_WIDTH_CONSTANT, ) SIMDROP_WIDTH_COUNT };
#undef SIMDROP_WIDTH_CONSTANT

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
enum { SIMDROP_MASK_SLACK = 8 }; /* 512 bits; AVX-512 needs 1 of them, NEON 3 */

/*
 * y[i] = bit i of `keep` ? x[i] * scale : +0, for 0 <= i < n and 0 < scale < infinity. `scale` is
 * rounded to f32, and products are of f32, then rounded to the type; those of f64 are of f64. x == y
 * or apart; any alignment; reads no byte past x[n - 1]. Bits of keep past n may be anything.
 */
struct simdrop_apply {
    void *y;
    const void *x;
    const uint64_t *keep;
    size_t n;
    double scale;
    size_t ahead;  /* 0, or from memory: bytes from what is read to what is prefetched */
    int streams;   /* may bypass the caches; then `ahead` isn't 0, and y is aligned to 64 bytes */
    uint8_t *mask; /* where kernels that draw leave its words too, or NULL */
    const void *operands; /* what else a sink reads or writes (core/walk.h), ... */
    size_t row, col;      /* ... and where in it x[0] is; kernels needn't know */
};
typedef void simdrop_apply_fn(const struct simdrop_apply *apply);

/*
 * What `affine` kernels, of the same signature, find at `operands`: y[i] = bit i of `keep` ?
 * x[i] * scale + shift, rounded twice, : dropped. The three are rounded to f32, and results of bf16
 * and f16 again to the type; those of f64 are of f64.
 */
struct simdrop_affine {
    double shift, dropped;
};

/*
 * y[i] = x[i] * by[i] or x[i] + by[i], where `by` is of f32, or of f64 if x is, and bf16 and f16 are
 * rounded to f32 and then to their type. `by` has whole groups of SIMDROP_GROUP values and no NaN;
 * the rest as above.
 */
typedef void simdrop_pair_fn(void *y, const void *x, const void *by, size_t n);

/*
 * The same of words that are apart: out[k] = word number[k] of the mask. All of one call have the
 * same upper half of their block numbers. It may write past the last as draw_mask may.
 */
typedef void simdrop_draw_list_fn(uint64_t *out, size_t words, const uint64_t *number,
                                  const struct simdrop_philox *philox, uint32_t threshold);

/*
 * Draws and applies in one loop, so that the multiplier and the memory pipes work at once. A set
 * has it where it gains, or NULL. Whole batches of the n elements, as many as a kernel likes at a
 * time, and none unless two are there; returns how many elements are done. `keep` is not read. The
 * low 32 bits of the block number don't wrap within the words of n elements.
 *
 * With `pieces` the words are those of a list, and their elements in rows, of whole words, which are
 * apart in memory; the rest of simdrop_draw, but for philox and threshold, is not read.
 */
struct simdrop_pieces {
    const uint64_t *number; /* as for draw_list */
    size_t left, row;       /* elements of the row in which it begins, and of those after it */
    size_t x_gap, y_gap;    /* bytes between rows */
};
struct simdrop_draw {
    const struct simdrop_philox *philox;
    uint64_t next_word; /* the first that is not drawn yet */
    uint64_t carry;     /* the one before it, if its upper 64 - begin bits aren't spent */
    uint32_t threshold;
    unsigned begin; /* of x[0]: its bit of the carry, or 64 at the next word; 1 to 64 */
    const struct simdrop_pieces *pieces; /* or NULL */
};
typedef size_t simdrop_dropout_fn(const struct simdrop_apply *apply, struct simdrop_draw *draw);

/*
 * Part of a row of fused operations, forward: y[i] = residual[i] + (bit i of keep ? act(x[i] +
 * bias[i]) * scale : +0); backward: dx[i] = bit i of keep ? dy[i] * scale * act'(x[i] + bias[i]) : +0,
 * which is added to dbias[i] too, before it is rounded to a narrower type. bias and dbias are of the
 * type that is computed in. Each of bias, residual, dbias may be NULL, and x if its value isn't
 * needed. Any alignment, but of streams: of y then to 64 bytes.
 */
struct simdrop_fused {
    void *y; /* dx */
    const void *x;
    const void *residual; /* dy */
    const void *bias;
    void *dbias;
    const uint64_t *keep;
    size_t n;
    double scale;
    size_t ahead; /* as of simdrop_apply */
    int streams;
};
typedef void simdrop_fused_fn(const struct simdrop_fused *fused);
/* Masks of one byte an element: bit i % 64 of bits[i / 64] = bytes[i] != 0, and bytes[i] = that bit,
   0 or 1; for 0 <= i < 64 * words. `bytes` may have any alignment. */
typedef void simdrop_pack_fn(uint64_t *bits, size_t words, const uint8_t *bytes);
typedef void simdrop_unpack_fn(uint8_t *bytes, size_t words, const uint64_t *bits);

/*
 * A row of a norm, norm.h's formulas: z becomes y, which may be the same memory. weight, bias, mean
 * and rstd are of the type that is computed in; each of them may be NULL. z has been rounded to its
 * type. Any alignment.
 */
struct simdrop_norm {
    const void *z;
    void *y;
    size_t n; /* not 0 */
    double eps;
    const void *weight, *bias; /* n elements each */
    void *mean, *rstd;         /* one, written */
};
typedef void simdrop_norm_fn(const struct simdrop_norm *norm);

/* Its gradients: dz' and, added to what is there, those of weight and bias. dz_sum may be the memory
   of dy, dz or z; dz, weight, mean of RMSNorm, dweight and dbias may be NULL. */
struct simdrop_norm_backward {
    const void *dy, *dz, *z;
    void *dz_sum; /* dz' */
    size_t n;     /* not 0 */
    const void *weight, *mean, *rstd;
    void *dweight, *dbias;
};
typedef void simdrop_norm_backward_fn(const struct simdrop_norm_backward *norm);

/*
 * Softmax of a row, in place or apart: with t = x scale + mask, probs[i] = exp(t[i] - max(t)) /
 * sum(exp(t - max(t))), or +0 if all t are -infinity. The mask is of the type that is computed in,
 * and NULL or n elements. Any alignment.
 */
struct simdrop_softmax {
    const void *x, *mask;
    void *probs;
    size_t n;    /* not 0 */
    size_t next; /* bytes from x to the next row's, which is prefetched */
    double scale;
};
typedef void simdrop_softmax_fn(const struct simdrop_softmax *row);

/* Its gradient, in place of dp: dx[i] = probs[i] (dp[i] - sum(dp probs)) scale. */
struct simdrop_softmax_backward {
    void *dp;
    const void *probs;
    size_t n;    /* not 0 */
    size_t next; /* bytes from probs to the next row's */
    double scale;
};
typedef void simdrop_softmax_backward_fn(const struct simdrop_softmax_backward *row);

/* Makes streaming stores visible in the order that other threads expect of stores. */
typedef void simdrop_stream_end_fn(void);

/*
 * out[0 .. n) = values of a distribution, made of words of the stream, as many for each value as
 * api/distributions.c says: whole groups of SIMDROP_GROUP values, from a group's
 * beginning. `words` is aligned to its type and apart from `out`, which may have any alignment.
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

/* Every kernel of libsimdrop: X(signature, name, place in the table). */
#define SIMDROP_KERNELS(X) SIMDROP_CORE_KERNELS(X) SIMDROP_TYPES(SIMDROP_DROPOUT_OF_TYPE, X)

/* Those that every set has, or takes from another, file by file. */
#define SIMDROP_CORE_KERNELS(X)                                                                    \
    SIMDROP_PHILOX_KERNELS(X)                                                                      \
    SIMDROP_APPLY_KERNELS(X)                                                                       \
    SIMDROP_MASK_KERNELS(X)                                                                        \
    SIMDROP_UNIFORM_KERNELS(X)                                                                     \
    SIMDROP_TYPES(SIMDROP_ELEMENTWISE_KERNELS, X)                                                  \
    SIMDROP_FUSED_KERNELS(X)                                                                       \
    SIMDROP_NORM_KERNELS(X)                                                                        \
    SIMDROP_SOFTMAX_KERNELS(f32, X)                                                                \
    SIMDROP_SOFTMAX_KERNELS(f64, X)                                                                \
    SIMDROP_SOFTMAX_KERNELS(bf16, X)
#define SIMDROP_PHILOX_KERNELS(X)                                                                  \
    X(simdrop_fill_u32_fn, fill_u32, fill_u32)                                                     \
    X(simdrop_fill_f32_fn, fill_f32, fill_f32)                                                     \
    SIMDROP_WIDTHS(SIMDROP_DRAW_MASK_KERNEL, X)                                                    \
    SIMDROP_WIDTHS(SIMDROP_DRAW_LIST_KERNEL, X)
#define SIMDROP_APPLY_KERNELS(X)                                                                   \
    SIMDROP_TYPES(SIMDROP_APPLY_KERNEL, X)                                                         \
    X(simdrop_stream_end_fn, stream_end, stream_end)
#define SIMDROP_MASK_KERNELS(X)                                                                    \
    X(simdrop_pack_fn, pack_mask, pack_mask)                                                       \
    X(simdrop_unpack_fn, unpack_mask, unpack_mask)
#define SIMDROP_UNIFORM_KERNELS(X)                                                                 \
    X(simdrop_transform_fn, uniform_f32, uniform_f32)                                              \
    X(simdrop_transform_fn, uniform_f64, uniform_f64)                                              \
    X(simdrop_transform_fn, uniform_bf16, uniform_bf16)                                            \
    X(simdrop_transform_fn, uniform_f16, uniform_f16)                                              \
    X(simdrop_transform_fn, bernoulli_u8, bernoulli_u8)                                            \
    X(simdrop_transform_fn, uniform_int_u32, uniform_int_u32)
#define SIMDROP_FUSED_KERNELS(X)                                                                   \
    SIMDROP_ACTS(SIMDROP_FUSED_KERNEL_OF, f32, X)                                                  \
    SIMDROP_ACTS(SIMDROP_FUSED_KERNEL_OF, bf16, X)                                                 \
    SIMDROP_ACTS(SIMDROP_FUSED_KERNEL_OF, f64, X)
#define SIMDROP_FUSED_KERNEL_OF(act, type, X) SIMDROP_FUSED_KERNEL(type, act, X)
#define SIMDROP_FUSED_KERNEL(type, act, X)                                                         \
    X(simdrop_fused_fn, fused_##type##_##act, fused[SIMDROP_##type][SIMDROP_act_##act])            \
    X(simdrop_fused_fn, fused_backward_##type##_##act,                                             \
      fused_backward[SIMDROP_##type][SIMDROP_act_##act])
#define SIMDROP_SOFTMAX_KERNELS(type, X)                                                           \
    X(simdrop_softmax_fn, softmax_##type, softmax[SIMDROP_##type])                                 \
    X(simdrop_softmax_backward_fn, softmax_backward_##type, softmax_backward[SIMDROP_##type])
#define SIMDROP_ELEMENTWISE_KERNELS(type, c_type, X)                                               \
    X(simdrop_apply_fn, affine_##type, affine[SIMDROP_##type])
#define SIMDROP_NORM_KERNELS(X) SIMDROP_REAL_TYPES(SIMDROP_NORM_KERNELS_OF, X)
#define SIMDROP_NORM_KERNELS_OF(type, c_type, real, X)                                             \
    X(simdrop_norm_fn, layer_norm_##type, layer_norm[SIMDROP_##type])                              \
    X(simdrop_norm_fn, rms_norm_##type, rms_norm[SIMDROP_##type])                                  \
    X(simdrop_norm_backward_fn, layer_norm_backward_##type, layer_norm_backward[SIMDROP_##type])   \
    X(simdrop_norm_backward_fn, rms_norm_backward_##type, rms_norm_backward[SIMDROP_##type])
#define SIMDROP_DRAW_MASK_KERNEL(width, bits, X)                                                   \
    X(simdrop_draw_mask_fn, draw_mask_##width, draw_mask[SIMDROP_##width])
#define SIMDROP_DRAW_LIST_KERNEL(width, bits, X)                                                   \
    X(simdrop_draw_list_fn, draw_list_##width, draw_list[SIMDROP_##width])
#define SIMDROP_APPLY_KERNEL(type, c_type, X)                                                      \
    X(simdrop_apply_fn, apply_##type, apply[SIMDROP_##type])

/* Those of libsimdrop_sleef, which have a table of their own. */
#define SIMDROP_SLEEF_KERNELS(X)                                                                   \
    SIMDROP_DISTRIBUTION_KERNELS(X) SIMDROP_TYPES(SIMDROP_PAIR_KERNELS, X)
#define SIMDROP_PAIR_KERNELS(type, c_type, X)                                                      \
    X(simdrop_pair_fn, mul_##type, mul[SIMDROP_##type])                                            \
    X(simdrop_pair_fn, add_##type, add[SIMDROP_##type])
#define SIMDROP_DISTRIBUTION_KERNELS(X)                                                            \
    X(simdrop_transform_fn, normal_f32, normal_f32)                                                \
    X(simdrop_transform_fn, normal_f64, normal_f64)                                                \
    X(simdrop_transform_fn, normal_bf16, normal_bf16)                                              \
    X(simdrop_transform_fn, normal_f16, normal_f16)                                                \
    X(simdrop_transform_fn, exponential_f32, exponential_f32)                                      \
    X(simdrop_transform_fn, exponential_f64, exponential_f64)                                      \
    X(simdrop_transform_fn, gumbel_f32, gumbel_f32)                                                \
    X(simdrop_transform_fn, gumbel_f64, gumbel_f64)                                                \
    X(simdrop_transform_fn, truncated_normal_f32, truncated_normal_f32)

/* Those of which a set has some widths or none. */
#define SIMDROP_DROPOUT_OF_TYPE(type, c_type, X) SIMDROP_WIDTHS(SIMDROP_DROPOUT_KERNEL, type, X)
#define SIMDROP_DROPOUT_KERNEL(width, bits, type, X)                                               \
    X(simdrop_dropout_fn, dropout_##type##_##width, dropout[SIMDROP_##type][SIMDROP_##width])

/* The kernels of one instruction set. */
struct simdrop_kernels {
    const char *name;    /* "avx2" */
    uint32_t cpu_needs;  /* the SIMDROP_CPU_* bits (cpu/cpu.h) without which it can't run */
    uint32_t tile_words; /* mask words that are best drawn at a time, 2 or more */
    simdrop_fill_u32_fn *fill_u32;
    simdrop_fill_f32_fn *fill_f32;
    simdrop_draw_mask_fn *draw_mask[SIMDROP_WIDTH_COUNT];
    simdrop_draw_list_fn *draw_list[SIMDROP_WIDTH_COUNT];
    simdrop_apply_fn *apply[SIMDROP_TYPE_COUNT];
    simdrop_dropout_fn *dropout[SIMDROP_TYPE_COUNT][SIMDROP_WIDTH_COUNT];
    simdrop_stream_end_fn *stream_end;
    simdrop_apply_fn *affine[SIMDROP_TYPE_COUNT];
#define SIMDROP_MEMBER(signature, name, place) signature *place;
    SIMDROP_MASK_KERNELS(SIMDROP_MEMBER)
    SIMDROP_UNIFORM_KERNELS(SIMDROP_MEMBER)
    simdrop_fused_fn *fused[SIMDROP_TYPE_COUNT][SIMDROP_ACT_COUNT]; /* not of f16 */
    simdrop_fused_fn *fused_backward[SIMDROP_TYPE_COUNT][SIMDROP_ACT_COUNT];
    simdrop_norm_fn *layer_norm[SIMDROP_TYPE_COUNT], *rms_norm[SIMDROP_TYPE_COUNT];
    simdrop_norm_backward_fn *layer_norm_backward[SIMDROP_TYPE_COUNT];
    simdrop_norm_backward_fn *rms_norm_backward[SIMDROP_TYPE_COUNT];
    simdrop_softmax_fn *softmax[SIMDROP_TYPE_COUNT];
    simdrop_softmax_backward_fn *softmax_backward[SIMDROP_TYPE_COUNT];
};

/* Those of libsimdrop_sleef. */
struct simdrop_sleef_kernels {
    const char *name;
    SIMDROP_DISTRIBUTION_KERNELS(SIMDROP_MEMBER)
#undef SIMDROP_MEMBER
    simdrop_pair_fn *mul[SIMDROP_TYPE_COUNT], *add[SIMDROP_TYPE_COUNT];
};

enum { SIMDROP_MAX_TILE_WORDS = 16 }; /* what sources have room for */

/* The table in use, chosen at the first call (cpu/dispatch.c); and libsimdrop_sleef's of the same set
   (sleef/choice.c). */
const struct simdrop_kernels *simdrop_kernels(void);
const struct simdrop_sleef_kernels *simdrop_sleef_kernels(void);

/* For the pieces of a kernel: a call between them would send their registers through memory. */
#define SIMDROP_INLINE static inline __attribute__((always_inline))

#endif
