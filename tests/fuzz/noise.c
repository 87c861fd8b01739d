/* SPDX-License-Identifier: MIT */
/* noise.h: alpha dropout, of elements and of channels, and Gaussian noise. */
#include "fuzz.h"

#define DEFINE(type, c_type, ...)                                                                  \
    static void alpha_##type(struct fuzz *fuzz) {                                                  \
        const simdrop_dropout *const dropout = take_dropout(fuzz);                                 \
        const size_t n = take_count(fuzz, sizeof(c_type));                                         \
        const uint64_t offset = take_offset(fuzz, n);                                              \
        c_type *const y = result(fuzz, sizeof *y, n);                                              \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                       \
        if (take(fuzz, 1) & 1)                                                                     \
            CALL(fuzz, simdrop_alpha_dropout_##type, dropout, offset, n, x, y);                    \
        else                                                                                       \
            CALL(fuzz, simdrop_alpha_dropout_backward_##type, dropout, offset, n, x, y);           \
    }                                                                                              \
    static void feature_alpha_##type(struct fuzz *fuzz) {                                          \
        const simdrop_dropout *const d = take_dropout(fuzz);                                       \
        const size_t s = take_below(fuzz, 8), size = take_below(fuzz, 129);                        \
        size_t c = take_below(fuzz, 1 + MAX_N / (s * size ? s * size : 1));                        \
        const size_t n = s * c * size;                                                             \
        const uint64_t offset = take_offset(fuzz, s * c);                                          \
        c_type *const y = result(fuzz, sizeof *y, n);                                              \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                       \
        if (take(fuzz, 1) == 255) c = SIZE_MAX - take(fuzz, 1);                                    \
        if (take(fuzz, 1) & 1)                                                                     \
            CALL(fuzz, simdrop_feature_alpha_dropout_##type, d, offset, s, c, size, x, y);         \
        else                                                                                       \
            CALL(fuzz, simdrop_feature_alpha_dropout_backward_##type, d, offset, s, c, size, x,    \
                 y);                                                                               \
    }                                                                                              \
    static void gaussian_##type(struct fuzz *fuzz) {                                               \
        const uint64_t seed = take(fuzz, 8), stream = take(fuzz, 4);                               \
        const size_t n = take_count(fuzz, sizeof(c_type));                                         \
        const uint64_t offset = take_offset(fuzz, n);                                              \
        c_type *const y = result(fuzz, sizeof *y, n);                                              \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                       \
        if (take(fuzz, 1) & 1)                                                                     \
            CALL(fuzz, simdrop_gaussian_dropout_##type, seed, stream, take_probability(fuzz),      \
                 offset, n, x, y);                                                                 \
        else                                                                                       \
            CALL(fuzz, simdrop_gaussian_noise_##type, seed, stream, take_double(fuzz), offset, n,  \
                 x, y);                                                                            \
    }
SIMDROP_TYPES(DEFINE, )
#undef DEFINE

void fuzz_noise(struct fuzz *fuzz) {
    const uint64_t which = take_below(fuzz, 3);
    switch (take_type(fuzz)) {
#define CASE(type, ...)                                                                            \
    case SIMDROP_##type:                                                                           \
        (which == 0 ? alpha_##type : which == 1 ? feature_alpha_##type : gaussian_##type)(fuzz);   \
        break;
        SIMDROP_TYPES(CASE, )
#undef CASE
    default: break;
    }
}
