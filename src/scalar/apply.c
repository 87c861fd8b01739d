/* SPDX-License-Identifier: MIT */
/*
 * Apply kernels, scalar: the reference. Data may have any alignment, so it is copied in and out,
 * which compilers turn into plain loads and stores.
 *
 * An element of f32 or f64 takes a load, a multiplication, three operations on its mask bit, a
 * select and a store: 7 operations, of which none waits for another element's. The select is an and,
 * because compilers make a branch of ?: here, which random masks mispredict. Conversions of bf16
 * and f16 (lanes.h) take some 10 and 20 more.
 */
#include "lanes.h"

typedef void element_fn(char *y, const char *x, uint64_t bit, double scale);

SIMDROP_INLINE void element_f64(char *y, const char *x, uint64_t bit, double scale) {
    double value;
    uint64_t bits;
    memcpy(&value, x, sizeof value);
    value *= scale;
    memcpy(&bits, &value, sizeof bits);
    bits &= 0 - bit;
    memcpy(y, &bits, sizeof bits);
}

SIMDROP_INLINE float product(float x, uint64_t bit, double scale) {
    return f32_of(bits_of(x * (float)scale) & (uint32_t)(0 - bit));
}

SIMDROP_INLINE void element_f32(char *y, const char *x, uint64_t bit, double scale) {
    float value;
    memcpy(&value, x, sizeof value);
    f32_store(y, 0, product(value, bit, scale));
}

/* bf16 is the upper half of f32. */
SIMDROP_INLINE void element_bf16(char *y, const char *x, uint64_t bit, double scale) {
    uint16_t half;
    memcpy(&half, x, sizeof half);
    f32_store_bf16(y, 0, product(f32_of((uint32_t)half << 16), bit, scale));
}

/* Exponents of f16 are 112 less than those of f32; a product makes up for it, and for those of
   subnormal numbers. Infinities stay what they are, and NaN but for becoming quiet. */
SIMDROP_INLINE void element_f16(char *y, const char *x, uint64_t bit, double scale) {
    uint16_t half;
    memcpy(&half, x, sizeof half);
    const uint32_t sign = half & 0x8000, rest = half & 0x7fff, infinity = 0x7c00, quiet = 0x0200;
    if (rest >= infinity) {
        const uint32_t same = rest > infinity ? rest | quiet : rest;
        half = (uint16_t)((sign | same) & (uint32_t)(0 - bit));
        memcpy(y, &half, sizeof half);
        return;
    }
    const float value = f32_of(sign << 16 | bits_of(f32_of(rest << 13) * 0x1p112f));
    f32_store_f16(y, 0, product(value, bit, scale));
}

SIMDROP_INLINE void apply(struct simdrop_apply a, element_fn *element, size_t size) {
    char *const y = a.y;
    const char *const x = a.x;
    for (size_t i = 0; i < a.n; ++i)
        element(y + i * size, x + i * size, a.keep[i / 64] >> (i % 64) & 1, a.scale);
}

#define APPLY(type, c_type, ...)                                                                   \
    void KERNEL(apply_##type)(const struct simdrop_apply *a) {                                     \
        apply(*a, element_##type, sizeof(c_type));                                                 \
    }
SIMDROP_TYPES(APPLY, )

void KERNEL(stream_end)(void) {}
