/* SPDX-License-Identifier: MIT */
/* Masks that are broadcast against the header's definition: an index for each element. */
#include "definition.h"
#include "support.h"

#include <simdrop/broadcast.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The calls for each type, as a table. */
struct calls {
    simdrop_status (*nd)(const simdrop_dropout *dropout, uint64_t offset, int32_t ndim,
                         const size_t *shape, const size_t *mask_shape, const void *x, void *y);
    simdrop_status (*channels)(const simdrop_dropout *dropout, uint64_t offset, size_t samples,
                               size_t channels, size_t size, const void *x, void *y);
    simdrop_status (*channels_last)(const simdrop_dropout *dropout, uint64_t offset, size_t samples,
                                    size_t size, size_t channels, const void *x, void *y);
    simdrop_status (*drop_path)(const simdrop_dropout *dropout, uint64_t offset, size_t samples,
                                size_t size, int32_t scale_by_keep, const void *x, void *y);
};
#define CALLS(type, c_type, ...)                                                                   \
    static simdrop_status nd_##type(const simdrop_dropout *d, uint64_t offset, int32_t ndim,       \
                                    const size_t *shape, const size_t *mask_shape, const void *x,  \
                                    void *y) {                                                     \
        return simdrop_dropout_nd_##type(d, offset, ndim, shape, mask_shape, x, y);                \
    }                                                                                              \
    static simdrop_status channels_##type(const simdrop_dropout *d, uint64_t offset, size_t a,     \
                                          size_t b, size_t c, const void *x, void *y) {            \
        return simdrop_dropout_channels_##type(d, offset, a, b, c, x, y);                          \
    }                                                                                              \
    static simdrop_status channels_last_##type(const simdrop_dropout *d, uint64_t offset,          \
                                               size_t a, size_t b, size_t c, const void *x,        \
                                               void *y) {                                          \
        return simdrop_dropout_channels_last_##type(d, offset, a, b, c, x, y);                     \
    }                                                                                              \
    static simdrop_status drop_path_##type(const simdrop_dropout *d, uint64_t offset, size_t a,    \
                                           size_t b, int32_t scaled, const void *x, void *y) {     \
        return simdrop_drop_path_##type(d, offset, a, b, scaled, x, y);                            \
    }
SIMDROP_TYPES(CALLS, )
#define ROW(type, c_type, ...) {nd_##type, channels_##type, channels_last_##type, drop_path_##type},
static const struct calls calls[] = {SIMDROP_TYPES(ROW, )};

struct trial {
    simdrop_dropout_config config;
    uint64_t offset;
    int32_t ndim;
    size_t shape[SIMDROP_MAX_DIMS], mask_shape[SIMDROP_MAX_DIMS];
    size_t x_shift, y_shift;
    enum side side;
    int in_place;
};

static const char *text_of(const struct trial *t) {
    static char text[1000];
    const simdrop_dropout_config *c = &t->config;
    int at = snprintf(text, sizeof text,
                      "p %a, seed %" PRIu64 ", stream %" PRIu64 ", bits %d, rounds %d, mode %d, "
                      "flags %u, offset %" PRIu64 ", shifts %zu %zu, side %d, in place %d, shape",
                      c->drop_prob, c->seed, c->stream, c->bits, c->rounds, c->mode, c->flags,
                      t->offset, t->x_shift, t->y_shift, t->side, t->in_place);
    for (int32_t k = 0; k < t->ndim; ++k)
        at += snprintf(text + at, sizeof text - (size_t)at, " %zu%s", t->shape[k],
                       t->mask_shape[k] == 1 ? "/1" : "");
    return text;
}

static size_t product(const size_t *factors, int32_t count) {
    size_t all = 1;
    for (int32_t k = 0; k < count; ++k) all *= factors[k];
    return all;
}

/* Which element of the mask decides on element e of the tensor. */
static size_t mask_element(const struct trial *t, size_t e) {
    size_t index[SIMDROP_MAX_DIMS], m = 0;
    for (int32_t k = t->ndim; k--; e /= t->shape[k]) index[k] = e % t->shape[k];
    for (int32_t k = 0; k < t->ndim; ++k)
        m = m * t->mask_shape[k] + (t->mask_shape[k] == 1 ? 0 : index[k]);
    return m;
}

static void define(const struct trial *t, enum simdrop_type type, int is_scaled, const void *x,
                   void *y) {
    const struct defined d = defined_by(&t->config);
    const size_t n = product(t->shape, t->ndim);
    if (n == 0) return;
    const size_t draws = product(t->mask_shape, t->ndim);
    uint8_t *mask = malloc(draws / 8 + 1);
    defined_mask_bits(&t->config, t->offset, draws, mask);
    for (size_t e = 0; e < n; ++e) {
        const size_t m = mask_element(t, e);
        uint64_t value = element(type, x, e);
        if (!(mask[m / 8] >> m % 8 & 1))
            value = 0;
        else if (d.threshold != 0)
            value = defined_product(type, value, is_scaled ? d.train_scale : 1.0);
        set_element(type, y, e, value);
    }
    free(mask);
}

enum call { ND, CHANNELS, CHANNELS_LAST, DROP_PATH, UNSCALED_DROP_PATH };

static simdrop_status call(const struct trial *t, enum call which, enum simdrop_type type,
                           const simdrop_dropout *d, const void *x, void *y) {
    const size_t *s = t->shape;
    switch (which) {
    case CHANNELS: return calls[type].channels(d, t->offset, s[0], s[1], s[2], x, y);
    case CHANNELS_LAST: return calls[type].channels_last(d, t->offset, s[0], s[1], s[2], x, y);
    case DROP_PATH: return calls[type].drop_path(d, t->offset, s[0], s[1], 1, x, y);
    case UNSCALED_DROP_PATH: return calls[type].drop_path(d, t->offset, s[0], s[1], 0, x, y);
    default: return calls[type].nd(d, t->offset, t->ndim, t->shape, t->mask_shape, x, y);
    }
}

static void check_type(const struct trial *t, enum call which, enum simdrop_type type) {
    const size_t n = product(t->shape, t->ndim), bytes = types[type].size * n;
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, &t->config), SIMDROP_OK);
    struct buffer x = buffer_new(bytes, t->side, t->x_shift);
    struct buffer y = buffer_new(bytes, t->side, t->y_shift);
    char *values = malloc(bytes + 1), *want = malloc(bytes + 1);
    any_values(type, values, n);
    memcpy(x.data, values, bytes);
    if (t->in_place) memcpy(y.data, values, bytes);
    define(t, type, which != UNSCALED_DROP_PATH, values, want);
    assert_int_equal(call(t, which, type, &dropout, t->in_place ? y.data : x.data, y.data),
                     SIMDROP_OK);
    assert_same(y.data, want, bytes, "call %d of %s, %s", which, types[type].name, text_of(t));
    assert_same(x.data, values, bytes, "x has changed, %s", text_of(t));
    assert_margins_untouched(&y);
    assert_margins_untouched(&x);
    free(want);
    free(values);
    buffer_free(&x);
    buffer_free(&y);
}

static void check(const struct trial *t) {
    FOR_EACH_TYPE(type) { check_type(t, ND, type); }
}

static double any_prob(void) {
    static const double common[] = {0, 1, 0.5, 0.25, 0.1, 0.3, 0.9, 0.01, 0.001};
    return any_below(2) ? common[any_below(COUNT(common))] : ldexp((double)(any_u64() >> 11), -53);
}

/* Anything but the shape. */
static struct trial any_trial(void) {
    static const int32_t bits[] = {0, 8, 16, 32}, rounds[] = {0, 7, 10};
    struct trial t = {.ndim = 0};
    t.config.seed = any_u64();
    t.config.stream = any_u64();
    t.config.bits = bits[any_below(4)];
    t.config.rounds = rounds[any_below(3)];
    t.config.mode = (int32_t)any_below(2);
    t.config.flags = (uint32_t)any_below(3);
    simdrop_dropout dropout;
    do t.config.drop_prob = any_prob();
    while (simdrop_dropout_init(&dropout, &t.config) != SIMDROP_OK);
    t.x_shift = any_shift();
    t.y_shift = any_shift();
    t.side = any_below(2) ? AT_END : AT_START;
    t.in_place = any_below(4) == 0;
    return t;
}

/* Offsets near 0, anywhere, across a carry of counter word 0, and at the end of the stream, for what
   the mask of the trial needs. */
static uint64_t any_offset(const struct trial *t) {
    const size_t draws = product(t->mask_shape, t->ndim);
    const uint64_t period = (UINT64_C(1) << 39) / (unsigned)defined_by(&t->config).bits;
    const uint64_t last = 0 - (uint64_t)draws;
    switch (any_below(4)) {
    case 0: return any_below(3) * any_below(200);
    case 1: return draws ? any_below(last) : any_u64();
    case 2: return (1 + any_below(UINT64_MAX / period)) * period - any_below(draws + 2);
    default: return draws ? last - any_below(2) * any_below(200) : UINT64_MAX;
    }
}

static void add_dim(struct trial *t, size_t size, int is_shared) {
    t->shape[t->ndim] = size;
    t->mask_shape[t->ndim++] = is_shared ? 1 : size;
}

/* Every pattern of shared dimensions, up to 2^8 of them, each with sizes that leave the whole
   small. */
static void any_shape(struct trial *t, int32_t ndim, unsigned shared, size_t most) {
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 16, 31, 63, 64, 65, 128, 200};
    size_t n = 1;
    size_t wanted[SIMDROP_MAX_DIMS];
    for (int32_t k = 0; k < ndim; ++k) wanted[k] = 1;
    for (int tries = 0; tries < 4 * ndim; ++tries) {
        const int32_t k = (int32_t)any_below((uint64_t)ndim);
        const size_t size = sizes[any_below(COUNT(sizes))];
        if (n / wanted[k] * size > most) continue;
        n = n / wanted[k] * size;
        wanted[k] = size;
    }
    for (int32_t k = 0; k < ndim; ++k) add_dim(t, wanted[k], shared >> k & 1);
    if (ndim && any_below(32) == 0) {
        const size_t k = any_below((uint64_t)ndim);
        t->shape[k] = 0;
        t->mask_shape[k] = any_below(2);
    }
}

static void test_every_pattern_of_shared_dimensions(void **state) {
    (void)state;
    const size_t repeat = is_thinned() ? 1 : 3;
    for (size_t r = 0; r < repeat; ++r)
        for (int32_t ndim = 0; ndim <= SIMDROP_MAX_DIMS; ++ndim)
            for (unsigned shared = 0; shared < 1u << ndim; ++shared) {
                struct trial t = any_trial();
                if (is_thinned() && any_below(10)) continue;
                any_shape(&t, ndim, shared, is_thinned() ? 600 : 3000);
                t.offset = any_offset(&t);
                check(&t);
            }
}

/* Dimensions in two and three, of sizes at which another way is taken. */
static void test_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {0,   1,   2,   3,   4,   5,   6,    7,   8,   9,   10,
                                   11,  12,  13,  15,  16,  17,  20,   21,  22,  31,  32,
                                   33,  49,  62,  63,  64,  65,  66,   96,  127, 128, 129,
                                   200, 511, 512, 513, 960, 961, 1025, 3000};
    for (size_t i = 0; i < COUNT(sizes); ++i)
        for (unsigned shared = 0; shared < 8; ++shared) {
            if (is_thinned() && any_below(30)) continue;
            struct trial t = any_trial();
            const size_t rest = 1 + 4000 / (sizes[i] + 1), few = 1 + any_below(rest < 9 ? rest : 9);
            const size_t inner = any_below(2);
            if (any_below(3)) add_dim(&t, few, shared & 1);
            add_dim(&t, inner ? rest / few + 1 : sizes[i], shared >> 1 & 1);
            add_dim(&t, inner ? sizes[i] : rest / few + 1, shared >> 2 & 1);
            t.offset = any_offset(&t);
            check(&t);
        }
}

/* Several tiles of each way: large blocks, strips, and what is written around the caches. */
static void test_large(void **state) {
    (void)state;
    static const struct {
        size_t shape[4];
        unsigned shared;
    } rows[] = {
        {{2, 8, 56, 56}, 12},                                               /* channels */
        {{3, 70, 7, 7}, 12},   {{2, 15, 14, 15}, 12}, {{2, 24, 24, 64}, 6}, /* channels last */
        {{3, 5, 1, 3000}, 2},                                               /* strips */
        {{1, 2, 1, 40001}, 2}, {{2, 2, 1, 20000}, 1}, {{2, 2, 9, 1001}, 5}, {{1, 2, 3000, 3}, 10},
        {{9, 5000, 1, 1}, 14}, /* samples */
        {{1, 1, 1, 30000}, 8}, {{1, 1, 1, 30000}, 0}, {{3000, 5, 2, 1}, 6}, {{2000, 3, 2, 3}, 10},
    };
    for (size_t i = 0; i < COUNT(rows); ++i)
        for (int repeat = 0; repeat < 3; ++repeat) {
            struct trial t = any_trial();
            if (is_thinned() && any_below(10)) continue;
            if (repeat == 2) t.config.flags = SIMDROP_STREAM_ALWAYS, t.in_place = 0;
            for (unsigned k = 0; k < 4; ++k) add_dim(&t, rows[i].shape[k], rows[i].shared >> k & 1);
            t.offset = any_offset(&t);
            check_type(&t, ND, (enum simdrop_type)any_below(SIMDROP_TYPE_COUNT));
        }
}

/* Without shared dimensions it is the dropout of a flat tensor. */
static void test_no_shared_dimension_is_flat(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(20); ++i) {
        struct trial t = any_trial();
        const size_t a = 1 + any_below(60), b = any_below(200), n = a * b;
        add_dim(&t, a, 0);
        add_dim(&t, b, 0);
        t.offset = any_offset(&t);
        simdrop_dropout dropout;
        simdrop_dropout_init(&dropout, &t.config);
        FOR_EACH_TYPE(type) {
            const size_t bytes = types[type].size * n;
            char *x = malloc(bytes + 1), *y = malloc(bytes + 1), *want = malloc(bytes + 1);
            any_values(type, x, n);
            assert_int_equal(call(&t, ND, type, &dropout, x, y), SIMDROP_OK);
            assert_int_equal(types[type].train(&dropout, t.offset, n, x, want), SIMDROP_OK);
            assert_same(y, want, bytes, "%s, %s", types[type].name, text_of(&t));
            free(x), free(y), free(want);
        }
    }
}

static void test_shorthands(void **state) {
    (void)state;
    static const unsigned shared[] = {0, 4, 2, 2, 2}; /* of each call's dimensions, as bits */
    for (size_t i = 0; i < scaled(60); ++i)
        for (enum call which = CHANNELS; which <= UNSCALED_DROP_PATH; ++which) {
            struct trial t = any_trial();
            const int32_t ndim = which < DROP_PATH ? 3 : 2;
            for (int32_t k = 0; k < ndim; ++k)
                add_dim(&t, any_below(20) ? 1 + any_below(k ? 40 : 4) : 0, shared[which] >> k & 1);
            t.offset = any_offset(&t);
            FOR_EACH_TYPE(type) { check_type(&t, which, type); }
        }
}

static void test_bad_arguments(void **state) {
    (void)state;
    enum { N = 24 };
    const simdrop_dropout_config config = {.drop_prob = 0.5};
    const simdrop_dropout zeroed = {{0}};
    simdrop_dropout d;
    assert_int_equal(simdrop_dropout_init(&d, &config), SIMDROP_OK);
    const size_t shape[] = {2, 3, 4}, mask[] = {2, 1, 4}, wrong[] = {2, 2, 4}, none[] = {2, 0, 4};
    const size_t half = SIZE_MAX / 2 + 1, huge[] = {half, 2, 1}, root[] = {half / 2, 3, 2};
    const size_t ones[SIMDROP_MAX_DIMS + 1] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    const uint64_t last = UINT64_MAX - 7; /* for 8 draws */
    FOR_EACH_TYPE(type) {
        simdrop_status (*nd)(const simdrop_dropout *, uint64_t, int32_t, const size_t *,
                             const size_t *, const void *, void *) = calls[type].nd;
        const size_t size = types[type].size, bytes = 2 * N * size;
        uint8_t *x = malloc(bytes), *y = malloc(bytes), *same = malloc(bytes);
        memset(x, 1, bytes);
        memset(y, CANARY, bytes);
        memset(same, CANARY, bytes);
        const size_t too_large[] = {SIZE_MAX / size + 1};
        const simdrop_status got[] = {
            nd(NULL, 0, 3, shape, mask, x, y),
            nd(&zeroed, 0, 3, shape, mask, x, y),
            nd(&d, 0, -1, shape, mask, x, y),
            nd(&d, 0, INT32_MIN, shape, mask, x, y),
            nd(&d, 0, SIMDROP_MAX_DIMS + 1, ones, ones, x, y),
            nd(&d, 0, 3, NULL, mask, x, y),
            nd(&d, 0, 3, shape, NULL, x, y),
            nd(&d, 0, 3, shape, wrong, x, y),
            nd(&d, 0, 3, shape, none, x, y),
            nd(&d, 0, 3, none, wrong, x, y),
            nd(&d, 0, 3, shape, mask, NULL, y),
            nd(&d, 0, 3, shape, mask, x, NULL),
            nd(&d, 0, 0, NULL, NULL, x, NULL),
            nd(&d, 0, 3, shape, mask, y + size, y),
            nd(&d, 0, 3, shape, mask, y, y + (N - 1) * size),
            nd(&d, last + 1, 3, shape, mask, x, y),
            nd(&d, UINT64_MAX, 3, shape, shape, x, y),
            nd(&d, 0, 3, huge, ones, x, y),
            nd(&d, 0, 3, root, ones, x, y),
            nd(&d, 0, 1, too_large, ones, x, y),
            calls[type].channels(&d, last + 1, 2, 4, 3, x, y),
            calls[type].channels(&d, 0, half, 2, 3, x, y),
            calls[type].channels_last(NULL, 0, 2, 3, 4, x, y),
            calls[type].channels_last(&d, 0, 2, 3, 4, y + 1, y),
            calls[type].drop_path(&d, UINT64_MAX, 2, 3, 1, x, y),
            calls[type].drop_path(&d, 0, 2, 3, 0, NULL, y),
        };
        for (size_t i = 0; i < COUNT(got); ++i)
            if (got[i] != SIMDROP_ERR_INVALID_ARGUMENT) fail_msg("call %zu is accepted", i);
        assert_same(y, same, bytes, "written in spite of an error");
        /* no element, and the last there may be */
        const size_t empty[] = {half, 0, half}, empty_mask[] = {1, 1, half};
        assert_int_equal(nd(&d, UINT64_MAX, 3, empty, empty_mask, NULL, NULL), SIMDROP_OK);
        assert_int_equal(nd(&d, UINT64_MAX, 3, empty, empty, x, x + 1), SIMDROP_OK);
        assert_same(y, same, bytes, "written without an element");
        assert_int_equal(nd(&d, last, 3, shape, mask, x, y), SIMDROP_OK);
        assert_int_equal(nd(&d, UINT64_MAX, 0, NULL, NULL, x, y), SIMDROP_OK);
        assert_int_equal(nd(&d, UINT64_MAX, SIMDROP_MAX_DIMS, ones, ones, x, y), SIMDROP_OK);
        free(x), free(y), free(same);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    static const struct test tests[] = {
        PER_ISA(test_every_pattern_of_shared_dimensions),
        PER_ISA(test_sizes),
        PER_ISA(test_large),
        PER_ISA(test_no_shared_dimension_is_flat),
        PER_ISA(test_shorthands),
        PER_ISA(test_bad_arguments),
    };
    return test_main(argv, tests, COUNT(tests));
}
