/* SPDX-License-Identifier: MIT */
/*
 * Distributions that take logarithms and square roots, written once for the lanes of any
 * instruction set, and compiled for each folder that has them. Kernels need no tails, as they get
 * whole groups of 32 values.
 */
#include "body/functions.h"

typedef void f32_store_fn(void *out, size_t i, f32_lanes x);

/* A word as a number in (0, 1]: odd multiples of 2^-31, rounded. */
SIMDROP_INLINE f32_lanes positive_f32(const uint32_t *words) {
    const u32_lanes odd = u32_or(u32_shift_right(u32_load(words), 1), u32_set(1));
    return f32_mul(f32_from_i32(odd), f32_set(0x1p-31));
}

/* The same in (0, 1): what would round to 1 becomes 1 - 2^-24. */
SIMDROP_INLINE f32_lanes between_f32(const uint32_t *words) {
    return f32_min(positive_f32(words), f32_set(1 - 0x1p-24));
}

/* A 64-bit draw as a number in (0, 1): odd multiples of 2^-53, exactly. */
SIMDROP_INLINE f64_lanes between_f64(const uint32_t *words) {
    const u64_lanes odd = u64_or(u64_shift_right(u64_load(words), 11), u64_set(1));
    return f64_mul(f64_from_u53(odd), f64_set(0x1p-53));
}

/* A word or a 64-bit draw as half turns in [-1, 1]. */
SIMDROP_INLINE f32_lanes half_turns_f32(const uint32_t *words) {
    return f32_mul(f32_from_i32(u32_load(words)), f32_set(0x1p-31));
}
SIMDROP_INLINE f64_lanes half_turns_f64(const uint32_t *words) {
    const f64_lanes turns = f64_from_u53(u64_shift_right(u64_load(words), 11));
    return f64_sub(f64_mul(turns, f64_set(0x1p-52)), f64_set(1));
}

/*
 * Box and Muller: r = sqrt(-2 log u) and an angle give two independent normal numbers, r cos and
 * r sin. In a group of 32 values draw j makes the radius, draw 16 + j the angle of values j and
 * 16 + j: so registers are loaded and stored whole.
 */
SIMDROP_INLINE void normal_f32(void *out, size_t n, const uint32_t *words,
                               const struct simdrop_transform *t, f32_store_fn *store_as) {
    const f32_lanes mean = f32_set(t->location), stddev = f32_set(t->scale);
    for (size_t group = 0; group < n; group += 32)
        for (size_t i = group; i < group + 16; i += LANES) {
            const f32_lanes log_u = f32_log(positive_f32(words + i));
            const f32_lanes r = f32_sqrt(f32_mul(f32_set(-2), log_u));
            const struct f32_turned at = f32_turn(half_turns_f32(words + i + 16));
            store_as(out, i, f32_add(mean, f32_mul(stddev, f32_mul(r, at.cos))));
            store_as(out, i + 16, f32_add(mean, f32_mul(stddev, f32_mul(r, at.sin))));
        }
}

void KERNEL(normal_f32)(void *out, size_t n, const uint32_t *words,
                        const struct simdrop_transform *t) {
    normal_f32(out, n, words, t, f32_store);
}

void KERNEL(normal_bf16)(void *out, size_t n, const uint32_t *words,
                         const struct simdrop_transform *t) {
    normal_f32(out, n, words, t, f32_store_bf16);
}

void KERNEL(normal_f16)(void *out, size_t n, const uint32_t *words,
                        const struct simdrop_transform *t) {
    normal_f32(out, n, words, t, f32_store_f16);
}

void KERNEL(normal_f64)(void *out, size_t n, const uint32_t *words,
                        const struct simdrop_transform *t) {
    const f64_lanes mean = f64_set(t->location), stddev = f64_set(t->scale);
    for (size_t group = 0; group < n; group += 32)
        for (size_t i = group; i < group + 16; i += LANES_64) {
            const f64_lanes log_u = f64_log(between_f64(words + 2 * i));
            const f64_lanes r = f64_sqrt(f64_mul(f64_set(-2), log_u));
            const struct f64_turned at = f64_turn(half_turns_f64(words + 2 * (i + 16)));
            f64_store(out, i, f64_add(mean, f64_mul(stddev, f64_mul(r, at.cos))));
            f64_store(out, i + 16, f64_add(mean, f64_mul(stddev, f64_mul(r, at.sin))));
        }
}

/* -log(u) / rate. */
void KERNEL(exponential_f32)(void *out, size_t n, const uint32_t *words,
                             const struct simdrop_transform *t) {
    const f32_lanes rate = f32_set(t->scale);
    for (size_t i = 0; i < n; i += LANES)
        f32_store(out, i, f32_div(f32_neg(f32_log(between_f32(words + i))), rate));
}

void KERNEL(exponential_f64)(void *out, size_t n, const uint32_t *words,
                             const struct simdrop_transform *t) {
    const f64_lanes rate = f64_set(t->scale);
    for (size_t i = 0; i < n; i += LANES_64)
        f64_store(out, i, f64_div(f64_neg(f64_log(between_f64(words + 2 * i))), rate));
}

/* location - scale log(-log(1 - u)). Its large values come from small u, where floating-point
   numbers are dense: log(u) would space them out. */
void KERNEL(gumbel_f32)(void *out, size_t n, const uint32_t *words,
                        const struct simdrop_transform *t) {
    const f32_lanes location = f32_set(t->location), scale = f32_set(t->scale);
    for (size_t i = 0; i < n; i += LANES) {
        const f32_lanes e = f32_neg(f32_log1p(f32_neg(between_f32(words + i))));
        f32_store(out, i, f32_sub(location, f32_mul(scale, f32_log(e))));
    }
}

void KERNEL(gumbel_f64)(void *out, size_t n, const uint32_t *words,
                        const struct simdrop_transform *t) {
    const f64_lanes location = f64_set(t->location), scale = f64_set(t->scale);
    for (size_t i = 0; i < n; i += LANES_64) {
        const f64_lanes e = f64_neg(f64_log1p(f64_neg(between_f64(words + 2 * i))));
        f64_store(out, i, f64_sub(location, f64_mul(scale, f64_log(e))));
    }
}

/* A polynomial with nine coefficients, the highest power's first. */
SIMDROP_INLINE f32_lanes polynomial_f32(f32_lanes x, const double coefficients[9]) {
    f32_lanes sum = f32_set(coefficients[0]);
    for (int i = 1; i < 9; ++i) sum = f32_add(f32_set(coefficients[i]), f32_mul(sum, x));
    return sum;
}

/* |x| where the normal distribution has the probability t <= 1/2 outside of x: sqrt(2) times the
   inverse error function of 1 - 2t, by M. Giles, "Approximating the erfinv function", GPU Computing
   Gems 2 (2011), single precision. */
SIMDROP_INLINE f32_lanes normal_quantile_f32(f32_lanes t) {
    static const double central[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
                                     -4.39150654e-06, 0.00021858087,  -0.00125372503,
                                     -0.00417768164,  0.246640727,    1.50140941};
    static const double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322,
                                  -0.00367342844,  0.00573950773,  -0.0076224613,
                                  0.00943887047,   1.00167406,     2.83297682};
    const f32_lanes both = f32_mul(f32_mul(f32_set(4), t), f32_sub(f32_set(1), t));
    const f32_lanes w = f32_neg(f32_log(both));
    const f32_lanes near = polynomial_f32(f32_sub(w, f32_set(2.5)), central);
    const f32_lanes far = polynomial_f32(f32_sub(f32_sqrt(w), f32_set(3)), tail);
    const f32_lanes x = f32_sub(f32_set(1), f32_mul(f32_set(2), t));
    const f32_lanes factor = f32_mul(f32_set(0x1.6a09e6p0), x); /* sqrt(2) */
    return f32_mul(f32_if_less(w, f32_set(5), near, far), factor);
}

/* The inverse of the distribution function, from the nearer side, so that both tails are as fine. */
void KERNEL(truncated_normal_f32)(void *out, size_t n, const uint32_t *words,
                                  const struct simdrop_transform *t) {
    const f32_lanes mean = f32_set(t->location), stddev = f32_set(t->scale);
    const f32_lanes least = f32_set(t->least), greatest = f32_set(t->greatest);
    const f32_lanes below = f32_set(t->below), within = f32_set(t->within);
    const f32_lanes above = f32_set(t->above);
    for (size_t i = 0; i < n; i += LANES) {
        const u32_lanes odd = u32_or(u32_shift_right(u32_load(words + i), 7), u32_set(1));
        const f32_lanes u = f32_mul(f32_from_i32(odd), f32_set(0x1p-25));
        const f32_lanes v = f32_mul(f32_from_i32(u32_sub(u32_set(1 << 25), odd)), f32_set(0x1p-25));
        const f32_lanes left = f32_add(below, f32_mul(within, u));
        const f32_lanes right = f32_add(above, f32_mul(within, v));
        const f32_lanes z = normal_quantile_f32(f32_min(left, right));
        const f32_lanes x = f32_add(mean, f32_mul(stddev, f32_if_less(left, right, f32_neg(z), z)));
        f32_store(out, i, f32_min(f32_max(x, least), greatest));
    }
}
