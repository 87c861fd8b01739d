/* SPDX-License-Identifier: MIT */
/* broadcast.h: masks of which dimensions are shared. */
#include "fuzz.h"

/* A shape of MAX_N elements at most, few dimensions of which are large, and its mask's. */
struct shape {
    int32_t ndim;
    size_t n, *of, *mask;
};

static size_t take_dim(struct fuzz *fuzz) {
    const size_t dim = take(fuzz, 1); /* 0 is the most frequent: a size of 1 */
    return dim == 255 ? 0 : dim < 224 ? 1 + dim % 32 : (dim - 223) * 128;
}

static struct shape take_shape(struct fuzz *fuzz) {
    const size_t bytes = SIMDROP_MAX_DIMS * sizeof(size_t);
    struct shape s = {.n = 1, .of = input(fuzz, bytes, 1), .mask = input(fuzz, bytes, 1)};
    s.ndim = (int32_t)take_below(fuzz, SIMDROP_MAX_DIMS + 1);
    const uint64_t shared = take(fuzz, 1), hostile = take(fuzz, 1);
    for (int32_t k = 0; k < s.ndim && s.of && s.mask; ++k) {
        const size_t size = take_dim(fuzz);
        s.of[k] = size * s.n <= MAX_N ? size : 1;
        s.mask[k] = shared >> k & 1 ? 1 : s.of[k];
        s.n *= s.of[k] ? s.of[k] : 1;
    }
    if (hostile == 255) s.ndim = (int32_t)take(fuzz, 1) - 128;
    if (hostile != 254 || !s.ndim || !s.of || !s.mask) return s;
    const size_t k = take_below(fuzz, (uint64_t)s.ndim);
    if (take(fuzz, 1) % 2)
        s.of[k] = SIZE_MAX - take(fuzz, 1);
    else
        s.mask[k] = take(fuzz, 1);
    return s;
}

/* Two sizes small enough for the third; or three that multiply to too many. */
static void take_sizes(struct fuzz *fuzz, size_t size[3], int has_two) {
    size[0] = take_below(fuzz, 16);
    size[1] = has_two ? 1 : take_below(fuzz, 16);
    size[2] = take_below(fuzz, 1 + MAX_N / (size[0] * size[1] ? size[0] * size[1] : 1));
    if (take(fuzz, 1) == 255) size[has_two ? 0 : take_below(fuzz, 3)] = SIZE_MAX - take(fuzz, 1);
}

static size_t count(const size_t size[3]) {
    for (int i = 0; i < 3; ++i)
        if (size[i] > MAX_N) return 0;
    return size[0] * size[1] * size[2];
}

#define DEFINE(type, c_type, ...)                                                                  \
    static void nd_##type(struct fuzz *fuzz, const simdrop_dropout *dropout, uint64_t offset) {    \
        const struct shape s = take_shape(fuzz);                                                   \
        c_type *const y = result(fuzz, sizeof *y, s.n);                                            \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, s.n));                     \
        CALL(fuzz, simdrop_dropout_nd_##type, dropout, offset, s.ndim, s.of, s.mask, x, y);        \
    }                                                                                              \
    static void short_##type(struct fuzz *fuzz, const simdrop_dropout *dropout, uint64_t offset,   \
                             int which) {                                                          \
        size_t s[3];                                                                               \
        take_sizes(fuzz, s, which == 2);                                                           \
        const int turned = (int)take(fuzz, 1) & 1;                                                 \
        const size_t b = s[1 + turned], c = s[2 - turned];                                         \
        c_type *const y = result(fuzz, sizeof *y, count(s));                                       \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, count(s)));                \
        if (which == 0)                                                                            \
            CALL(fuzz, simdrop_dropout_channels_##type, dropout, offset, s[0], b, c, x, y);        \
        else if (which == 1)                                                                       \
            CALL(fuzz, simdrop_dropout_channels_last_##type, dropout, offset, s[0], b, c, x, y);   \
        else                                                                                       \
            CALL(fuzz, simdrop_drop_path_##type, dropout, offset, s[0], s[2], turned, x, y);       \
    }
SIMDROP_TYPES(DEFINE, )
#undef DEFINE

void fuzz_broadcast(struct fuzz *fuzz) {
    const simdrop_dropout *const dropout = take_dropout(fuzz);
    const uint64_t offset = take_offset(fuzz, take(fuzz, 1));
    const int which = (int)take_below(fuzz, 4);
    switch (take_type(fuzz)) {
#define CASE(type, ...)                                                                            \
    case SIMDROP_##type:                                                                           \
        if (which == 3)                                                                            \
            nd_##type(fuzz, dropout, offset);                                                      \
        else                                                                                       \
            short_##type(fuzz, dropout, offset, which);                                            \
        break;
        SIMDROP_TYPES(CASE, )
#undef CASE
    default: break;
    }
}
