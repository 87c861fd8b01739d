/* SPDX-License-Identifier: MIT */
/*
 * What Gaussian noise makes of a tensor, element by element, written once for the lanes of any
 * instruction set. All is done in pieces of 32 elements; the last ones, fewer, are copied into a
 * piece and back.
 */
#include "lanes.h" /* of the folder that it is compiled for */

#include <string.h>

enum { PIECE = 32, LARGEST = 8 };

/* y = x op by, where `by` is of f32, or of f64 if x is. */
typedef void pair_piece_fn(void *y, const void *x, const void *by);

#define PAIR_AS(operation, type, load, store_as)                                                   \
    SIMDROP_INLINE void operation##_##type(void *y, const void *x, const void *by) {               \
        for (size_t i = 0; i < PIECE; i += LANES)                                                  \
            store_as(y, i, f32_##operation(load(x, i), f32_load(by, i)));                          \
    }
#define PAIRS(operation)                                                                           \
    PAIR_AS(operation, f32, f32_load, f32_store)                                                   \
    PAIR_AS(operation, bf16, f32_load_bf16, f32_store_bf16)                                        \
    PAIR_AS(operation, f16, f32_load_f16, f32_store_f16_or_nan)                                    \
    SIMDROP_INLINE void operation##_f64(void *y, const void *x, const void *by) {                  \
        for (size_t i = 0; i < PIECE; i += LANES_64)                                               \
            f64_store(y, i, f64_##operation(f64_load(x, i), f64_load(by, i)));                     \
    }
PAIRS(mul)
PAIRS(add)

SIMDROP_INLINE void pair(void *to, const void *from, const void *with, size_t n,
                         pair_piece_fn *piece, size_t size) {
    const size_t by_size = size == sizeof(double) ? sizeof(double) : sizeof(float);
    const char *x = from, *by = with;
    char *y = to;
    for (; n >= PIECE; n -= PIECE, x += PIECE * size, y += PIECE * size, by += PIECE * by_size)
        piece(y, x, by);
    if (n) {
        char part[PIECE * LARGEST] = {0}, by_part[PIECE * LARGEST] = {0};
        memcpy(part, x, n * size);
        memcpy(by_part, by, n * by_size);
        piece(part, part, by_part);
        memcpy(y, part, n * size);
    }
}

#define KERNELS(type, c_type, ...)                                                                 \
    void KERNEL(mul_##type)(void *y, const void *x, const void *by, size_t n) {                    \
        pair(y, x, by, n, mul_##type, sizeof(c_type));                                             \
    }                                                                                              \
    void KERNEL(add_##type)(void *y, const void *x, const void *by, size_t n) {                    \
        pair(y, x, by, n, add_##type, sizeof(c_type));                                             \
    }
SIMDROP_TYPES(KERNELS, )
