/* SPDX-License-Identifier: MIT */
/*
 * What alpha dropout makes of a tensor, element by element, written once for the lanes of any
 * instruction set. All is done in pieces of 32 elements; the last ones, fewer, are copied into a
 * piece and back.
 *
 * An element of alpha dropout takes a product, a sum, two operations to choose by its bit (AVX-512
 * has one), a load and a store, in registers of all of f32's lanes: on AVX2 32 elements take 24 to
 * 28 operations.
 */
#include "lanes.h" /* of the folder that it is compiled for */

#include <string.h>

enum { PIECE = 32, LARGEST = 8 };
typedef f32_lanes f32_load_fn(const void *from, size_t i);
typedef void f32_store_fn(void *out, size_t i, f32_lanes x);

/* Kept elements become scale * x + shift, in two operations; dropped ones a constant. */
struct factors {
    f32_lanes scale, shift, dropped;
    f64_lanes scale_f64, shift_f64, dropped_f64;
};
typedef void affine_piece_fn(void *y, const void *x, uint32_t bits, const struct factors *f);

SIMDROP_INLINE void affine_lanes(void *y, const void *x, uint32_t bits, const struct factors *f,
                                 f32_load_fn *load, f32_store_fn *store_as) {
#pragma GCC unroll 8
    for (unsigned i = 0; i < PIECE; i += LANES) {
        const f32_lanes kept = f32_add(f32_mul(load(x, i), f->scale), f->shift);
        store_as(y, i, f32_choose(kept, f->dropped, bits, i));
    }
}
SIMDROP_INLINE void affine_f32(void *y, const void *x, uint32_t bits, const struct factors *f) {
    affine_lanes(y, x, bits, f, f32_load, f32_store);
}
SIMDROP_INLINE void affine_bf16(void *y, const void *x, uint32_t bits, const struct factors *f) {
    affine_lanes(y, x, bits, f, f32_load_bf16, f32_store_bf16); /* no NaN but those of bf16 */
}
SIMDROP_INLINE void affine_f16(void *y, const void *x, uint32_t bits, const struct factors *f) {
    affine_lanes(y, x, bits, f, f32_load_f16, f32_store_f16_or_nan);
}
SIMDROP_INLINE void affine_f64(void *y, const void *x, uint32_t bits, const struct factors *f) {
#pragma GCC unroll 8
    for (unsigned i = 0; i < PIECE; i += LANES_64) {
        const f64_lanes kept = f64_add(f64_mul(f64_load(x, i), f->scale_f64), f->shift_f64);
        f64_store(y, i, f64_choose(kept, f->dropped_f64, bits, i));
    }
}

SIMDROP_INLINE uint32_t bits_at(const char *keep) {
    uint32_t bits;
    memcpy(&bits, keep, sizeof bits);
    return bits;
}

SIMDROP_INLINE void affine(struct simdrop_apply a, affine_piece_fn *piece, size_t size,
                           int streams) {
    const struct simdrop_affine *const constants = a.operands;
    const struct factors f = {.scale = f32_set(a.scale),
                              .shift = f32_set(constants->shift),
                              .dropped = f32_set(constants->dropped),
                              .scale_f64 = f64_set(a.scale),
                              .shift_f64 = f64_set(constants->shift),
                              .dropped_f64 = f64_set(constants->dropped)};
    const char *x = a.x, *keep = (const char *)a.keep;
    char *y = a.y;
    _Alignas(64) char part[PIECE * LARGEST];
    size_t left = a.n;
    for (; left >= PIECE; left -= PIECE, x += PIECE * size, y += PIECE * size, keep += 4) {
        for (size_t line = 0; a.ahead && line < PIECE * size; line += 64)
            __builtin_prefetch((const char *)((uintptr_t)x + line + a.ahead));
        piece(streams ? part : y, x, bits_at(keep), &f);
        for (size_t line = 0; streams && line < PIECE * size; line += 64)
            line_stream(y + line, part + line);
    }
    if (left) {
        memset(part, 0, sizeof part);
        memcpy(part, x, left * size);
        piece(part, part, bits_at(keep), &f);
        memcpy(y, part, left * size);
    }
}

#define KERNELS(type, c_type, ...)                                                                 \
    void KERNEL(affine_##type)(const struct simdrop_apply *a) {                                    \
        if (a->streams)                                                                            \
            affine(*a, affine_##type, sizeof(c_type), 1);                                          \
        else                                                                                       \
            affine(*a, affine_##type, sizeof(c_type), 0);                                          \
    }
SIMDROP_TYPES(KERNELS, )
