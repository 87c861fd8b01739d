/* SPDX-License-Identifier: MIT */
/*
 * Uniform distributions, written once for the lanes of any instruction set, and compiled for
 * each folder that has them. Kernels need no tails, as they get whole groups.
 */
#include "lanes.h" /* of the folder that it is compiled for */

typedef void f32_store_fn(void *out, size_t i, f32_lanes x);

/* The upper `bits` bits k of each word, as low + k * scale, within [least, greatest]. */
SIMDROP_INLINE void uniform_f32(void *out, size_t n, const uint32_t *words,
                                const struct simdrop_transform *t, unsigned bits,
                                f32_store_fn *store_as) {
    const f32_lanes low = f32_set(t->location), scale = f32_set(t->scale);
    const f32_lanes least = f32_set(t->least), greatest = f32_set(t->greatest);
    for (size_t i = 0; i < n; i += LANES) {
        const f32_lanes k = f32_from_i32(u32_shift_right(u32_load(words + i), 32 - bits));
        const f32_lanes x = f32_add(low, f32_mul(k, scale));
        store_as(out, i, f32_min(f32_max(x, least), greatest));
    }
}

void KERNEL(uniform_f32)(void *out, size_t n, const uint32_t *words,
                         const struct simdrop_transform *t) {
    uniform_f32(out, n, words, t, 24, f32_store);
}

void KERNEL(uniform_bf16)(void *out, size_t n, const uint32_t *words,
                          const struct simdrop_transform *t) {
    uniform_f32(out, n, words, t, 8, f32_store_bf16);
}

void KERNEL(uniform_f16)(void *out, size_t n, const uint32_t *words,
                         const struct simdrop_transform *t) {
    uniform_f32(out, n, words, t, 11, f32_store_f16);
}

/* The upper 53 bits k of each 64-bit draw. low + k * scale can't be less than low. */
void KERNEL(uniform_f64)(void *out, size_t n, const uint32_t *words,
                         const struct simdrop_transform *t) {
    const f64_lanes low = f64_set(t->location), scale = f64_set(t->scale);
    const f64_lanes greatest = f64_set(t->greatest);
    for (size_t i = 0; i < n; i += LANES_64) {
        const f64_lanes k = f64_from_u53(u64_shift_right(u64_load(words + 2 * i), 11));
        f64_store(out, i, f64_min(f64_add(low, f64_mul(k, scale)), greatest));
    }
}

/* 1 where the word is below the bound, which may be 2^32, all words. */
void KERNEL(bernoulli_u8)(void *out, size_t n, const uint32_t *words,
                          const struct simdrop_transform *t) {
    const u32_lanes bound = u32_set((uint32_t)t->bound), all = u32_set(t->bound >> 32 != 0);
    for (size_t i = 0; i < n; i += LANES)
        u32_store_u8(out, i, u32_or(u32_less(u32_load(words + i), bound), all));
}

/* floor(d * bound / 2^64) of each 64-bit draw d, by the halves of d. */
void KERNEL(uniform_int_u32)(void *out, size_t n, const uint32_t *words,
                             const struct simdrop_transform *t) {
    const u64_lanes bound = u64_set(t->bound);
    for (size_t i = 0; i < n; i += LANES_64) {
        const u64_lanes d = u64_load(words + 2 * i);
        const u64_lanes low = u64_shift_right(u64_mul(d, bound), 32);
        const u64_lanes high = u64_mul(u64_shift_right(d, 32), bound);
        u64_store_u32(out, i, u64_shift_right(u64_add(high, low), 32));
    }
}
