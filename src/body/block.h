/* SPDX-License-Identifier: MIT */
/*
 * Blocks of 16 virtual lanes, made of as many registers as a set needs for them: for bodies that
 * are written once for every type, and that sum. A file of kernels computes in one type, which it
 * says by `#define REAL f32` or `#define REAL f64` before it includes this; its tensors may be of
 * another one (enum simdrop_type), as bf16 is computed in f32. Names that the C library has end
 * with an underscore.
 *
 * A file whose kernels don't sum says `#define ELEMENTWISE 4` too, and its blocks are so many
 * registers, but no more than 32 lanes. In plain C every block is one number: 16 lanes would be a
 * tenfold of code, and registers for none of it.
 *
 * Lane j of a sum has the elements 16 k + j of a row. It begins with no_sums(), adds the row's blocks
 * in order, the last of them with +0 in dead lanes, and ends with sum(): so its bits are the same on
 * every set.
 */
#ifndef SIMDROP_BODY_BLOCK_H
#define SIMDROP_BODY_BLOCK_H

#include "lanes.h" /* of the folder that it is compiled for */

#include <string.h>

#define PASTE(a, b) a##b
#define PASTE_EXPANDED(a, b) PASTE(a, b)
#define OF_REAL(name) PASTE_EXPANDED(REAL, _##name) /* f32_add, say */

typedef float f32;
typedef double f64;
typedef REAL real;
typedef OF_REAL(lanes) lanes;
#define REAL_TYPE PASTE_EXPANDED(SIMDROP_, REAL)

enum { WIDTH = sizeof(lanes) / sizeof(real) };
#if defined(ONE_LANE)
enum { BLOCK = WIDTH };
#elif defined(ELEMENTWISE)
enum { BLOCK = ELEMENTWISE * WIDTH < 32 ? ELEMENTWISE * WIDTH : 32 };
#else
enum { BLOCK = 16 };
#endif
enum { PARTS = BLOCK / WIDTH };
typedef struct {
    lanes part[PARTS];
} block;

/* Unrolled, or compilers keep blocks in memory. Clang knows the pragma too. */
#define EACH_PART _Pragma("GCC unroll 16") for (int p = 0; p < PARTS; ++p)

/* Arithmetic, lane by lane. max is x > y ? x : y, and min x < y ? x : y: y, if one is NaN. */
SIMDROP_INLINE block set(double x) {
    block z;
    EACH_PART z.part[p] = OF_REAL(set)(x);
    return z;
}
#define BLOCK_OF_ONE(name, operation)                                                              \
    SIMDROP_INLINE block name(block x) {                                                           \
        EACH_PART x.part[p] = operation(x.part[p]);                                                \
        return x;                                                                                  \
    }
#define BLOCK_OF_TWO(name, operation)                                                              \
    SIMDROP_INLINE block name(block x, block y) {                                                  \
        EACH_PART x.part[p] = operation(x.part[p], y.part[p]);                                     \
        return x;                                                                                  \
    }
BLOCK_OF_ONE(neg, OF_REAL(neg))
BLOCK_OF_ONE(abs_, OF_REAL(abs))
BLOCK_OF_ONE(sqrt_, OF_REAL(sqrt))
BLOCK_OF_TWO(add, OF_REAL(add))
BLOCK_OF_TWO(sub, OF_REAL(sub))
BLOCK_OF_TWO(mul, OF_REAL(mul))
BLOCK_OF_TWO(div_, OF_REAL(div))
BLOCK_OF_TWO(min, OF_REAL(min))
BLOCK_OF_TWO(max, OF_REAL(max))

SIMDROP_INLINE block if_less(block x, block y, block then, block other) {
    EACH_PART x.part[p] = OF_REAL(if_less)(x.part[p], y.part[p], then.part[p], other.part[p]);
    return x;
}

/* Lane j is x's if bit j is 1, or +0. */
SIMDROP_INLINE block keep(block x, uint32_t bits) {
    EACH_PART x.part[p] = OF_REAL(keep)(x.part[p], bits, (unsigned)(p * WIDTH));
    return x;
}

/* Lane j and lane j + 8, those and 4 more, 2, 1: the operation of all lanes, in that order. */
#define FOLD(x, lanes, operation)                                                                  \
    _Pragma("GCC unroll 4") for (int by = lanes / 2; by >= WIDTH; by /= 2)                         \
        _Pragma("GCC unroll 8") for (int p = 0; p < by / WIDTH; ++p)                               \
            x.part[p] = operation(x.part[p], x.part[p + by / WIDTH]);                              \
    _Pragma("GCC unroll 4") for (int by = WIDTH / 2; by > 0; by /= 2) x.part[0] =                  \
        operation(x.part[0], OF_REAL(down)(x.part[0], by));
SIMDROP_INLINE real max_of(block x) {
    FOLD(x, BLOCK, OF_REAL(max))
    return OF_REAL(first)(x.part[0]);
}

/* A sum has 16 lanes on every set. Blocks of less are added to them in turn. */
enum { SUM_LANES = 16 };
typedef struct {
    lanes part[SUM_LANES / WIDTH];
} sums;
SIMDROP_INLINE sums no_sums(void) {
    sums s;
    for (int p = 0; p < SUM_LANES / WIDTH; ++p) s.part[p] = OF_REAL(set)(0);
    return s;
}
/* x, the block at element i of its row. */
SIMDROP_INLINE void sum_up(sums *s, size_t i, block x) {
    lanes *const part = s->part + (PARTS == SUM_LANES / WIDTH ? 0 : i % SUM_LANES / WIDTH);
    EACH_PART part[p] = OF_REAL(add)(part[p], x.part[p]);
}
SIMDROP_INLINE real sum(sums s) {
    FOLD(s, SUM_LANES, OF_REAL(add))
    return OF_REAL(first)(s.part[0]);
}

/* One register from and to a tensor, whose type is a constant of inlined calls. Stores round to the
   nearest, ties to even; NaN stays NaN. */
SIMDROP_INLINE f32_lanes f32_load_as(const void *from, size_t i, enum simdrop_type type) {
    return type == SIMDROP_bf16 ? f32_load_bf16(from, i) : f32_load(from, i);
}
SIMDROP_INLINE void f32_store_as(void *out, size_t i, f32_lanes x, enum simdrop_type type) {
    if (type == SIMDROP_bf16)
        f32_store_bf16_or_nan(out, i, x);
    else
        f32_store(out, i, x);
}
SIMDROP_INLINE f64_lanes f64_load_as(const void *from, size_t i, enum simdrop_type type) {
    return (void)type, f64_load(from, i);
}
SIMDROP_INLINE void f64_store_as(void *out, size_t i, f64_lanes x, enum simdrop_type type) {
    (void)type, f64_store(out, i, x);
}

/* The elements [i, i + BLOCK) of a tensor. */
SIMDROP_INLINE block load(const void *from, size_t i, enum simdrop_type type) {
    block z;
    EACH_PART z.part[p] = OF_REAL(load_as)(from, i + (size_t)(p * WIDTH), type);
    return z;
}
SIMDROP_INLINE void store(void *out, size_t i, block x, enum simdrop_type type) {
    EACH_PART OF_REAL(store_as)(out, i + (size_t)(p * WIDTH), x.part[p], type);
}

SIMDROP_INLINE size_t size_of(enum simdrop_type type) {
    return type == SIMDROP_bf16 ? sizeof(uint16_t) : sizeof(real);
}

/* Fewer than a block's elements. Not by memcpy alone: with a variable size it is a call. */
SIMDROP_INLINE void copy_part(char *to, const char *from, size_t n, size_t size) {
    if (BLOCK > 8 && n & 8) memcpy(to, from, 8 * size), to += 8 * size, from += 8 * size;
    if (BLOCK > 4 && n & 4) memcpy(to, from, 4 * size), to += 4 * size, from += 4 * size;
    if (BLOCK > 2 && n & 2) memcpy(to, from, 2 * size), to += 2 * size, from += 2 * size;
    if (n & 1) memcpy(to, from, size);
}

/* The elements [i, i + n) of a tensor, n <= BLOCK, a constant if it is BLOCK; the lanes from n on are
   `dead`, and not stored. */
SIMDROP_INLINE block load_part(const void *from, size_t i, size_t n, enum simdrop_type type,
                               double dead) {
    if (n == BLOCK) return load(from, i, type);
    char part[BLOCK * sizeof(real)];
    store(part, 0, set(dead), type);
    copy_part(part, (const char *)from + i * size_of(type), n, size_of(type));
    return load(part, 0, type);
}
SIMDROP_INLINE void store_part(void *out, size_t i, size_t n, block x, enum simdrop_type type) {
    if (n == BLOCK) {
        store(out, i, x, type);
        return;
    }
    char part[BLOCK * sizeof(real)];
    store(part, 0, x, type);
    copy_part((char *)out + i * size_of(type), part, n, size_of(type));
}

#endif
