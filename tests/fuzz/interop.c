/* SPDX-License-Identifier: MIT */
/* interop.h: the random numbers of other systems. */
#include "fuzz.h"

/* Those of a range: X(name, C type, results for each element, arguments). */
#define RANGES(X)                                                                                  \
    X(torch_u32, uint32_t, 1, (key, offset, n, out))                                               \
    X(torch_uniform_f32, float, 1, (key, offset, n, out))                                          \
    X(torch_split, uint64_t, 2, (key, offset, n, out))                                             \
    X(inductor_rand_f32, float, 1, (seed, offset, n, out))                                         \
    X(curand_uniform_f32, float, 1, (seed, other, offset, n, out))                                 \
    X(triton_randint_u32, uint32_t, 1, (seed, offset, n, out))                                     \
    X(triton_rand_f32, float, 1, (seed, offset, n, out))                                           \
    X(triton_rand4x_f32, float, 4, (seed, offset, n, out))                                         \
    X(tensorflow_uniform_f32, float, 1, (signed_key, offset, n, out))                              \
    X(onednn_mask_bytes, uint8_t, 1, (prob, seed, other, offset, n, out))

#define RANGE(name, c_type, times, arguments)                                                      \
    static void name(struct fuzz *fuzz) {                                                          \
        const uint64_t seed = take(fuzz, 8), other = take(fuzz, 8);                                \
        const uint64_t *const key = input(fuzz, 2 * sizeof *key, 1);                               \
        const int64_t *const signed_key = (const int64_t *)key;                                    \
        const float prob = (float)take_probability(fuzz);                                          \
        const size_t n = take_count(fuzz, sizeof(c_type));                                         \
        const uint64_t offset = take_offset(fuzz, n);                                              \
        c_type *const out = result(fuzz, sizeof *out, times * n);                                  \
        (void)seed, (void)other, (void)signed_key, (void)prob;                                     \
        APPLY(fuzz, simdrop_##name, UNWRAP arguments);                                             \
    }
#define UNWRAP(...) __VA_ARGS__
#define APPLY(...) CALL(__VA_ARGS__)
RANGES(RANGE)
#undef RANGE

static void keys(struct fuzz *fuzz) {
    uint64_t *const out = result_added(fuzz, 2 * sizeof *out, 1);
    const uint64_t *const key = take(fuzz, 1) & 1 ? out : input(fuzz, 2 * sizeof *key, 1);
    CALL(fuzz, simdrop_torch_fold_in, key, take(fuzz, 8), out);
    const int64_t *const seed = input(fuzz, 2 * sizeof *seed, 1);
    uint64_t *const two = result(fuzz, 2 * sizeof *two, 1);
    CALL(fuzz, simdrop_tensorflow_stream, seed, two, two ? two + 1 : NULL);
}

void fuzz_interop(struct fuzz *fuzz) {
#define NAME(name, ...) name,
    static void (*const all[])(struct fuzz *fuzz) = {RANGES(NAME) keys};
#undef NAME
    all[take_below(fuzz, sizeof all / sizeof *all)](fuzz);
}
