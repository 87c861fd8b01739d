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

/* Every kernel there is: X(signature, name, isa). The _stream forms want y aligned to 64 bytes and
   may bypass the caches. */
#define SIMDROP_KERNELS(X, isa)                                                                    \
    X(simdrop_fill_u32_fn, fill_u32, isa)                                                          \
    X(simdrop_draw_mask_fn, draw_mask_u8, isa)                                                     \
    X(simdrop_draw_mask_fn, draw_mask_u16, isa)                                                    \
    X(simdrop_draw_mask_fn, draw_mask_u32, isa)                                                    \
    X(simdrop_apply_fn, apply_f32, isa)                                                            \
    X(simdrop_apply_fn, apply_f32_stream, isa)                                                     \
    X(simdrop_apply_fn, apply_f64, isa)                                                            \
    X(simdrop_apply_fn, apply_f64_stream, isa)                                                     \
    X(simdrop_stream_end_fn, stream_end, isa)

/* The kernels of one instruction set; none is NULL. */
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
