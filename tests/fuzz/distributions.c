/* SPDX-License-Identifier: MIT */
/* distributions.h: random numbers of all of them. */
#include "fuzz.h"

struct place {
    uint64_t seed, stream, offset;
    size_t n;
};

static struct place take_place(struct fuzz *fuzz, size_t size) {
    struct place p = {.seed = take(fuzz, 8), .stream = take(fuzz, 4), .n = take_count(fuzz, size)};
    p.offset = take_offset(fuzz, p.n);
    return p;
}

#define PLACE(p) p.seed, p.stream, p.offset, p.n

/* X(distribution_type, C type, parameters...), of which each is taken by its own function. */
#define NUMBERS(X)                                                                                 \
    X(uniform_f32, float, take_float(fuzz), take_float(fuzz))                                      \
    X(uniform_f64, double, take_double(fuzz), take_double(fuzz))                                   \
    X(uniform_bf16, uint16_t, take_float(fuzz), take_float(fuzz))                                  \
    X(uniform_f16, uint16_t, take_float(fuzz), take_float(fuzz))                                   \
    X(bernoulli_u8, uint8_t, take_probability(fuzz))                                               \
    X(uniform_int_u32, uint32_t, (uint32_t)take(fuzz, 4))                                          \
    X(normal_f32, float, take_float(fuzz), take_float(fuzz))                                       \
    X(normal_f64, double, take_double(fuzz), take_double(fuzz))                                    \
    X(normal_bf16, uint16_t, take_float(fuzz), take_float(fuzz))                                   \
    X(normal_f16, uint16_t, take_float(fuzz), take_float(fuzz))                                    \
    X(exponential_f32, float, take_float(fuzz))                                                    \
    X(exponential_f64, double, take_double(fuzz))                                                  \
    X(gumbel_f32, float, take_float(fuzz), take_float(fuzz))                                       \
    X(gumbel_f64, double, take_double(fuzz), take_double(fuzz))                                    \
    X(truncated_normal_f32, float, take_float(fuzz), take_float(fuzz), take_float(fuzz),           \
      take_float(fuzz))

#define DEFINE(name, c_type, ...)                                                                  \
    static void name(struct fuzz *fuzz) {                                                          \
        const struct place p = take_place(fuzz, sizeof(c_type));                                   \
        c_type *const out = result(fuzz, sizeof *out, p.n);                                        \
        CALL(fuzz, simdrop_random_##name, PLACE(p), __VA_ARGS__, out);                             \
    }
NUMBERS(DEFINE)
#undef DEFINE

void fuzz_distributions(struct fuzz *fuzz) {
#define NAME(name, ...) name,
    static void (*const all[])(struct fuzz *fuzz) = {NUMBERS(NAME)};
#undef NAME
    all[take_below(fuzz, sizeof all / sizeof *all)](fuzz);
}
