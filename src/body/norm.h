/* SPDX-License-Identifier: MIT */
/*
 * Norms of a row, written once for each type: #define REAL first. RMSNorm is LayerNorm with a mean
 * of 0, whose subtraction is exact. A row comes from the cache when it is read again.
 */
#ifndef SIMDROP_BODY_NORM_H
#define SIMDROP_BODY_NORM_H

#include "body/block.h"

/* The statement for every block [i, i + m) of a row; m is a constant but in the last. */
#define EACH_BLOCK(n, statement)                                                                   \
    do {                                                                                           \
        size_t i = 0;                                                                              \
        for (const size_t m = BLOCK; (n) - i >= m; i += m) statement;                              \
        if (i < (n)) {                                                                             \
            const size_t m = (n) - i;                                                              \
            statement;                                                                             \
        }                                                                                          \
    } while (0)

/* Of m lanes; the others are +0, which changes no sum. */
SIMDROP_INLINE block live(block x, size_t m) { return m == BLOCK ? x : keep(x, (1u << m) - 1); }

/* What is not there is the neutral element: 1 of products, -0 of sums. */
SIMDROP_INLINE block load_or(const void *from, size_t i, size_t m, enum simdrop_type type,
                             double neutral) {
    return from ? load_part(from, i, m, type, 0) : set(neutral);
}
SIMDROP_INLINE real value_or(const void *from, real other) {
    if (from) memcpy(&other, from, sizeof other);
    return other;
}
SIMDROP_INLINE void leave(void *at, real x) {
    if (at) memcpy(at, &x, sizeof x);
}

SIMDROP_INLINE real mean_of(sums all, size_t n) { return sum(all) / (real)n; }

SIMDROP_INLINE real one_by_root(real x) {
    return OF_REAL(first)(OF_REAL(div)(OF_REAL(set)(1), OF_REAL(sqrt)(OF_REAL(set)(x))));
}

SIMDROP_INLINE void norm(const struct simdrop_norm *norm, enum simdrop_type type, int is_centred) {
    const size_t n = norm->n;
    sums of_z = no_sums(), of_squares = no_sums();
    if (is_centred) EACH_BLOCK(n, sum_up(&of_z, i, load_part(norm->z, i, m, type, 0)));
    const real mean = is_centred ? mean_of(of_z, n) : 0;
    const block centre = set(mean);
    EACH_BLOCK(n, {
        const block d = live(sub(load_part(norm->z, i, m, type, 0), centre), m);
        sum_up(&of_squares, i, mul(d, d));
    });
    const real rstd = one_by_root(mean_of(of_squares, n) + (real)norm->eps);
    const block factor = set(rstd);
    EACH_BLOCK(n, {
        const block h = mul(sub(load_part(norm->z, i, m, type, 0), centre), factor);
        const block y = mul(h, load_or(norm->weight, i, m, REAL_TYPE, 1));
        store_part(norm->y, i, m, add(y, load_or(norm->bias, i, m, REAL_TYPE, -0.0)), type);
    });
    leave(norm->mean, mean);
    leave(norm->rstd, rstd);
}

/* Into the cache, before the first pass comes there. On Zen 3 with AVX2 it makes rows of f32 from L3
   or memory 5 % faster, and costs rows in L2 2 %; 2 or 4 KiB ahead gain less. */
SIMDROP_INLINE void prefetch(const void *tensor, size_t i, enum simdrop_type type) {
    __builtin_prefetch((const void *)((uintptr_t)tensor + i * size_of(type) + 1024));
}

SIMDROP_INLINE void add_to(void *row, size_t i, size_t m, block x, enum simdrop_type type) {
    if (row) store_part(row, i, m, add(load_part(row, i, m, type, 0), x), type);
}

SIMDROP_INLINE void norm_backward(const struct simdrop_norm_backward *norm, enum simdrop_type type,
                                  int is_centred) {
    const size_t n = norm->n;
    const block centre = set(value_or(norm->mean, 0)), factor = set(value_or(norm->rstd, 0));
    sums of_g = no_sums(), of_gh = no_sums();
    EACH_BLOCK(n, {
        prefetch(norm->dy, i, type);
        prefetch(norm->z, i, type);
        const block dy = load_part(norm->dy, i, m, type, 0);
        const block h = mul(sub(load_part(norm->z, i, m, type, 0), centre), factor);
        const block g = live(mul(dy, load_or(norm->weight, i, m, REAL_TYPE, 1)), m);
        if (is_centred) sum_up(&of_g, i, g);
        sum_up(&of_gh, i, live(mul(g, h), m));
        add_to(norm->dweight, i, m, mul(dy, h), REAL_TYPE);
        add_to(norm->dbias, i, m, dy, REAL_TYPE);
    });
    const block mean_g = set(is_centred ? mean_of(of_g, n) : 0), mean_gh = set(mean_of(of_gh, n));
    EACH_BLOCK(n, {
        const block h = mul(sub(load_part(norm->z, i, m, type, 0), centre), factor);
        const block g =
            mul(load_part(norm->dy, i, m, type, 0), load_or(norm->weight, i, m, REAL_TYPE, 1));
        const block from_norm = mul(sub(sub(g, mean_g), mul(h, mean_gh)), factor);
        store_part(norm->dz_sum, i, m, add(from_norm, load_or(norm->dz, i, m, type, -0.0)), type);
    });
}

#define NORM_KERNELS(type)                                                                         \
    void KERNEL(layer_norm_##type)(const struct simdrop_norm *row) {                               \
        norm(row, SIMDROP_##type, 1);                                                              \
    }                                                                                              \
    void KERNEL(rms_norm_##type)(const struct simdrop_norm *row) { norm(row, SIMDROP_##type, 0); } \
    void KERNEL(layer_norm_backward_##type)(const struct simdrop_norm_backward *row) {             \
        norm_backward(row, SIMDROP_##type, 1);                                                     \
    }                                                                                              \
    void KERNEL(rms_norm_backward_##type)(const struct simdrop_norm_backward *row) {               \
        norm_backward(row, SIMDROP_##type, 0);                                                     \
    }

#endif
