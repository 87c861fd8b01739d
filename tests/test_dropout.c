/* SPDX-License-Identifier: MIT */
/* Dropout, inference and masks against the specification, bit for bit. */
#include "definition.h"
#include "support.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trial {
    simdrop_dropout_config config;
    uint64_t offset;
    size_t n, x_shift, y_shift;
    enum side side;
    int in_place;
};

static const char *text_of(const struct trial *t) {
    static char text[400];
    const simdrop_dropout_config *c = &t->config;
    snprintf(text, sizeof text,
             "p %a, seed %" PRIu64 ", stream %" PRIu64 ", bits %d, rounds %d, mode %d, flags %u, "
             "offset %" PRIu64 ", n %zu, shifts %zu %zu, side %d, in place %d",
             c->drop_prob, c->seed, c->stream, c->bits, c->rounds, c->mode, c->flags, t->offset,
             t->n, t->x_shift, t->y_shift, t->side, t->in_place);
    return text;
}

static simdrop_dropout prepared(const struct trial *t) {
    const struct defined want = defined_by(&t->config);
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &t->config) != SIMDROP_OK) fail_msg("%s", text_of(t));
    assert_int_equal(simdrop_dropout_bits(&dropout), want.bits);
    assert_true(simdrop_dropout_threshold(&dropout) == want.threshold);
    assert_true(simdrop_dropout_realized_prob(&dropout) == want.realized_prob);
    assert_true(simdrop_dropout_scale(&dropout) == want.train_scale);
    return dropout;
}

static uint8_t *defined_mask(const struct trial *t) {
    uint8_t *mask = malloc((t->n + 7) / 8 + 1);
    defined_mask_bits(&t->config, t->offset, t->n, mask);
    return mask;
}

static void check_mask(const struct trial *t, const uint8_t *want) {
    const simdrop_dropout dropout = prepared(t);
    const size_t bytes = (t->n + 7) / 8;
    struct buffer mask = buffer_new(bytes, t->side, t->y_shift);
    assert_int_equal(simdrop_dropout_mask_bits(&dropout, t->offset, t->n, mask.data), SIMDROP_OK);
    assert_same(mask.data, want, bytes, "mask, %s", text_of(t));
    assert_margins_untouched(&mask);
    buffer_free(&mask);
}

enum pass { TRAINING, INFERENCE };

static void check_pass(const struct trial *t, enum pass pass, enum simdrop_type type,
                       const uint8_t *mask, const void *values) {
    const simdrop_dropout dropout = prepared(t);
    const size_t bytes = types[type].size * t->n;
    struct buffer x = buffer_new(bytes, t->side, t->x_shift);
    struct buffer y = buffer_new(bytes, t->side, t->y_shift);
    char *want = malloc(bytes + 1);
    memcpy(x.data, values, bytes);
    if (t->in_place) memcpy(y.data, values, bytes);
    const void *from = t->in_place ? y.data : x.data;
    if (pass == INFERENCE) {
        defined_infer(&t->config, type, t->n, values, want);
        assert_int_equal(types[type].infer(&dropout, t->n, from, y.data), SIMDROP_OK);
    } else {
        defined_dropout(&t->config, type, mask, t->n, values, want);
        assert_int_equal(types[type].train(&dropout, t->offset, t->n, from, y.data), SIMDROP_OK);
    }
    assert_same(y.data, want, bytes, "%s of %s, %s", pass == INFERENCE ? "inference" : "training",
                types[type].name, text_of(t));
    assert_same(x.data, values, bytes, "x has changed, %s", text_of(t));
    assert_margins_untouched(&y);
    assert_margins_untouched(&x);
    free(want);
    buffer_free(&x);
    buffer_free(&y);
}

static void check_type(const struct trial *t, enum simdrop_type type, const uint8_t *mask) {
    void *values = malloc(types[type].size * t->n + 1);
    any_values(type, values, t->n);
    check_pass(t, TRAINING, type, mask, values);
    check_pass(t, INFERENCE, type, mask, values);
    free(values);
}

static void check(const struct trial *t) {
    uint8_t *mask = defined_mask(t);
    check_mask(t, mask);
    FOR_EACH_TYPE(type) { check_type(t, type, mask); }
    free(mask);
}

/* Offsets near 0, anywhere, across a carry of counter word 0, and at the end of the stream. */
static uint64_t any_offset(size_t n, int32_t bits) {
    const uint64_t period = (UINT64_C(1) << 39) / (unsigned)bits, last = 0 - (uint64_t)n;
    switch (any_below(4)) {
    case 0: return any_below(3) * any_below(200);
    case 1: return n ? any_below(last) : any_u64();
    case 2: return (1 + any_below(UINT64_MAX / period)) * period - any_below(n + 2);
    default: return n ? last - any_below(2) * any_below(200) : UINT64_MAX;
    }
}

/* Among others, a threshold that one of the n draws is equal to: it must be kept. */
static double any_prob(const struct trial *t, int32_t bits) {
    static const double common[] = {0, 1, 0.5, 0.25, 0.1, 0.3, 0.9, 0.01, 0.99, 0.001, 0.999};
    const double range = ldexp(1.0, bits);
    const simdrop_dropout_config *c = &t->config;
    const int rounds = c->rounds ? c->rounds : 10;
    switch (any_below(4)) {
    case 0: return common[any_below(COUNT(common))];
    case 1: return ldexp((double)(any_u64() >> 11), -53);
    case 2: return (any_below(2) ? 1.0 : range - 1.0) / range;
    default: {
        const uint64_t e = t->offset + (t->n ? any_below(t->n) : 0);
        return defined_draw(c->seed, c->stream, rounds, bits, e) / range;
    }
    }
}

static struct trial any_trial(size_t n, int32_t bits, int32_t rounds, int32_t mode) {
    struct trial t = {.n = n};
    const int32_t likely_bits = bits ? bits : 16;
    t.offset = any_offset(n, likely_bits);
    t.config.seed = any_u64() >> any_below(64);
    t.config.stream = any_below(2) * any_u64();
    t.config.bits = bits;
    t.config.rounds = rounds;
    t.config.mode = mode;
    t.config.flags = (uint32_t)any_below(3);
    t.config.drop_prob = any_prob(&t, likely_bits);
    const double realized = defined_by(&t.config).realized_prob;
    if (realized == 0.0 || realized == 1.0) t.config.drop_prob = realized;
    t.side = any_below(2) ? AT_START : AT_END;
    t.x_shift = any_shift();
    t.y_shift = any_shift();
    t.in_place = any_below(4) == 0;
    return t;
}

static void all_settings(size_t n) {
    static const int32_t bits[] = {0, 8, 16, 32}, rounds[] = {0, 7, 10};
    for (size_t b = 0; b < COUNT(bits); ++b)
        for (size_t r = 0; r < COUNT(rounds); ++r)
            for (int32_t mode = SIMDROP_INVERTED; mode <= SIMDROP_VANILLA; ++mode) {
                const struct trial t = any_trial(n, bits[b], rounds[r], mode);
                check(&t);
            }
}

/* Whether size n is in the list, or in the sample of all sizes: every one, if not thinned. */
static int is_tested(size_t n, size_t sample, const size_t *list, size_t count) {
    for (size_t i = 0; i < count; ++i)
        if (list[i] == n) return 1;
    return !is_thinned() || n % sample == 0;
}

static void every_setting_at_every_size(void **state) {
    (void)state;
    static const size_t always[] = {0,  1,  2,  7,  8,  9,  15,  16,  17,
                                    31, 32, 33, 63, 64, 65, 127, 128, 129};
    for (size_t n = 0; n <= 132; ++n)
        if (is_tested(n, 11, always, COUNT(always))) all_settings(n);
}

/* By tile, the first one is shorter by offset % 64, and by what aligns y. */
static void all_first_tiles(size_t tile) {
    for (size_t n = tile - 1; n <= tile + 1; ++n)
        for (int32_t bits = 8; bits <= 32; bits *= 2) {
            struct trial t = any_trial(n, bits, 10, SIMDROP_INVERTED);
            t.n -= t.offset % 64;
            check(&t);
        }
}

/* Tiles are some multiple of 64 elements, up to 1024; these are in use. */
static void every_setting_around_tiles(void **state) {
    (void)state;
    static const size_t always[] = {512, 768, 1024};
    for (size_t tile = 256; tile <= 2048; tile += 128) {
        if (!is_tested(tile, 512, always, COUNT(always))) continue;
        for (size_t n = tile - 1; n <= tile + 1; ++n) all_settings(n);
        all_first_tiles(tile);
    }
    all_settings(997);
    all_settings(7919);
}

/* Calls of random lengths below `longest` give the bits of one call. */
static void check_split(const struct trial *t, enum simdrop_type type, size_t longest) {
    const simdrop_dropout d = prepared(t);
    const size_t size = types[type].size, bytes = size * t->n, mask_bytes = (t->n + 7) / 8;
    char *x = malloc(bytes), *whole = malloc(bytes), *parts = malloc(bytes);
    uint8_t *mask = malloc(mask_bytes), *part = malloc(mask_bytes);
    any_values(type, x, t->n);
    types[type].train(&d, t->offset, t->n, x, whole);
    simdrop_dropout_mask_bits(&d, t->offset, t->n, mask);
    for (size_t at = 0, n; at < t->n; at += n) {
        n = any_below(longest);
        if (n > t->n - at) n = t->n - at;
        types[type].train(&d, t->offset + at, n, x + size * at, parts + size * at);
        simdrop_dropout_mask_bits(&d, t->offset + at, n, part);
        for (size_t j = 0; j < n; ++j)
            assert_int_equal(part[j / 8] >> j % 8 & 1, mask[(at + j) / 8] >> (at + j) % 8 & 1);
    }
    assert_same(parts, whole, bytes, "%s, %s", types[type].name, text_of(t));
    free(x);
    free(whole);
    free(parts);
    free(mask);
    free(part);
}

/* Beyond every cache level's share of the tiling, where prefetch begins: of the smallest type too
   more than a quarter of the 4 MiB of L2 that emulators claim, where each turn has one type. */
static void large_tensors(void **state) {
    (void)state;
    const size_t n = 540000 + scaled(90003);
    for (int32_t turn = 0; turn < 4; ++turn) {
        const enum simdrop_type one = (enum simdrop_type)any_below(SIMDROP_TYPE_COUNT);
        struct trial t = any_trial(n, 8 << turn % 3, 10, turn ? SIMDROP_VANILLA : SIMDROP_INVERTED);
        t.in_place = turn == 1;
        if (turn == 3) t.config.flags = SIMDROP_STREAM_ALWAYS, t.y_shift = 8;
        uint8_t *mask = defined_mask(&t);
        check_mask(&t, mask);
        FOR_EACH_TYPE(type) {
            if (!is_thinned() || type == one) check_type(&t, type, mask);
        }
        free(mask);
    }
    const struct trial split = any_trial(n, 8, 10, SIMDROP_INVERTED);
    check_split(&split, SIMDROP_f32, n);
}

/* The result is larger than most last-level caches, so that AUTO streams where it can tell. */
static void check_streaming(enum simdrop_type type) {
    const size_t size = types[type].size, n = 48000000 / size + 1, bytes = size * n;
    struct trial t = {.config = {.drop_prob = 0.1, .seed = any_u64()}, .offset = 5, .n = n};
    char *x = malloc(bytes), *want = malloc(bytes), *y = malloc(bytes);
    any_values(type, x, n);
    t.config.flags = SIMDROP_STREAM_NEVER;
    simdrop_dropout d = prepared(&t);
    types[type].train(&d, t.offset, n, x, want);
    for (size_t i = 0; i < 100000; ++i) {
        const size_t e = i < 5000 ? i : i < 10000 ? n - 1 - (i - 5000) : any_below(n);
        uint64_t defined;
        uint8_t mask;
        defined_mask_bits(&t.config, t.offset + e, 1, &mask);
        defined_dropout(&t.config, type, &mask, 1, x + size * e, &defined);
        assert_same(want + size * e, &defined, size, "%s %zu, %s", types[type].name, e,
                    text_of(&t));
    }
    static const uint32_t flags[] = {SIMDROP_STREAM_AUTO, SIMDROP_STREAM_ALWAYS};
    for (size_t i = 0; i < COUNT(flags); ++i) {
        t.config.flags = flags[i];
        d = prepared(&t);
        memset(y, CANARY, bytes);
        types[type].train(&d, t.offset, n, x, y);
        assert_same(y, want, bytes, "%s, %s", types[type].name, text_of(&t));
    }
    free(x);
    free(want);
    free(y);
}

static void streaming_changes_no_bit(void **state) {
    (void)state;
    if (is_thinned()) skip();
    const char *best;
    simdrop_isa_list(&best, 1);
    assert_int_equal(simdrop_isa_select(best), SIMDROP_OK);
    FOR_EACH_TYPE(type) check_streaming(type);
}

/* At every bit of a mask word that a call may begin with: any alignment of x and y, and sizes around
   those of tiles, of the parts of one, and of a loop's batches, all multiples of 64. */
static void every_beginning(void **state) {
    (void)state;
    for (size_t i = 0; i < scaled(10); ++i)
        for (unsigned begin = 0; begin < 64; ++begin) {
            const size_t multiple = 64 * (1 + any_below(80)), peel = any_below(2) * (64 - begin);
            const size_t n = multiple + peel + any_below(9) - 4;
            struct trial t =
                any_trial(n, 8 << any_below(3), (int32_t)any_below(2) * 7, (int32_t)any_below(2));
            const uint64_t last = 0 - (uint64_t)n;
            t.offset = t.offset / 64 * 64 + begin;
            if (t.offset > last) t.offset -= 64;
            t.side = AT_START;
            check(&t);
        }
}

static void random_splits(void **state) {
    (void)state;
    for (size_t i = 0; i < 20 + scaled(80); ++i) {
        const struct trial t = any_trial(6000, 8 << any_below(3), 0, (int32_t)any_below(2));
        check_split(&t, (enum simdrop_type)any_below(SIMDROP_TYPE_COUNT), any_below(2) ? 50 : 2500);
    }
}

static void p_0_keeps_every_bit(void **state) {
    (void)state;
    for (int32_t mode = SIMDROP_INVERTED; mode <= SIMDROP_VANILLA; ++mode)
        for (int32_t in_place = 0; in_place < 2; ++in_place) {
            struct trial t = {.n = 1001, .offset = 5, .in_place = in_place};
            t.config.mode = mode;
            check(&t); /* against a definition that returns x itself */
            t.config.drop_prob = 1e-300;
            check(&t);
        }
    const struct trial t = {.n = 13};
    const simdrop_dropout d = prepared(&t);
    uint8_t mask[2];
    simdrop_dropout_mask_bits(&d, 0, 13, mask);
    assert_int_equal(mask[0], 0xff);
    assert_int_equal(mask[1], 0x1f);
}

static void p_1_drops_all(void **state) {
    (void)state;
    enum { N = 99 };
    static uint8_t x[8 * N], y[8 * N], mask[13];
    static const uint8_t zeros[8 * N];
    for (int32_t mode = SIMDROP_INVERTED; mode <= SIMDROP_VANILLA; ++mode) {
        const struct trial t = {.config = {.drop_prob = 1.0, .mode = mode}};
        const simdrop_dropout d = prepared(&t);
        assert_true(simdrop_dropout_scale(&d) == 0.0);
        FOR_EACH_TYPE(type) {
            const size_t bytes = types[type].size * N;
            any_values(type, x, N);
            types[type].train(&d, 3, N, x, y);
            assert_memory_equal(y, zeros, bytes);
            types[type].infer(&d, N, x, y);
            assert_memory_equal(y, mode == SIMDROP_VANILLA ? zeros : x, bytes);
        }
        simdrop_dropout_mask_bits(&d, 3, N, mask);
        assert_memory_equal(mask, zeros, sizeof mask);
    }
}

/* Dropped is +0 whatever x was; kept keeps signs, infinities and NaN payloads. */
static void special_values(void **state) {
    (void)state;
    enum { N = 200 };
    static const struct {
        enum simdrop_type type;
        uint64_t x, doubled; /* what it is when kept */
    } rows[] = {
        {SIMDROP_f32, 0x80000000, 0x80000000},
        {SIMDROP_f32, 0x7f800000, 0x7f800000},
        {SIMDROP_f32, 0xff800000, 0xff800000},
        {SIMDROP_f32, 0x7fc12345, 0x7fc12345},
        {SIMDROP_f32, 0x7f800001, 0x7fc00001},
        {SIMDROP_f32, 0xffabcdef, 0xffebcdef},
        {SIMDROP_f32, 0x00000001, 0x00000002},
        {SIMDROP_f32, 0x7f7fffff, 0x7f800000},
        {SIMDROP_f32, 0x3f800000, 0x40000000},
        {SIMDROP_f64, 0x8000000000000000, 0x8000000000000000},
        {SIMDROP_f64, 0x7ff0000000000000, 0x7ff0000000000000},
        {SIMDROP_f64, 0xfff0000000000000, 0xfff0000000000000},
        {SIMDROP_f64, 0x7ff8123456789abc, 0x7ff8123456789abc},
        {SIMDROP_f64, 0x7ff0000000000001, 0x7ff8000000000001},
        {SIMDROP_f64, 0xfff56789abcdef01, 0xfffd6789abcdef01},
        {SIMDROP_f64, 0x0000000000000001, 0x0000000000000002},
        {SIMDROP_f64, 0x7fefffffffffffff, 0x7ff0000000000000},
        {SIMDROP_f64, 0x3ff0000000000000, 0x4000000000000000},
        {SIMDROP_f64, 0x3ff0000000000001, 0x4000000000000001},
        {SIMDROP_bf16, 0x8000, 0x8000},
        {SIMDROP_bf16, 0x7f80, 0x7f80},
        {SIMDROP_bf16, 0xff80, 0xff80},
        {SIMDROP_bf16, 0x7fd2, 0x7fd2},
        {SIMDROP_bf16, 0x7f81, 0x7fc1},
        {SIMDROP_bf16, 0xffab, 0xffeb},
        {SIMDROP_bf16, 0x0001, 0x0002},
        {SIMDROP_bf16, 0x7f7f, 0x7f80},
        {SIMDROP_bf16, 0x3f80, 0x4000},
        {SIMDROP_f16, 0x8000, 0x8000},
        {SIMDROP_f16, 0x7c00, 0x7c00},
        {SIMDROP_f16, 0xfc00, 0xfc00},
        {SIMDROP_f16, 0x7e12, 0x7e12},
        {SIMDROP_f16, 0x7c01, 0x7e01},
        {SIMDROP_f16, 0xfdab, 0xffab},
        {SIMDROP_f16, 0x0001, 0x0002},
        {SIMDROP_f16, 0x7bff, 0x7c00},
        {SIMDROP_f16, 0x3c00, 0x4000},
    };
    const simdrop_dropout_config config = {.drop_prob = 0.5, .seed = 1};
    simdrop_dropout d;
    simdrop_dropout_init(&d, &config);
    uint8_t mask[N / 8];
    simdrop_dropout_mask_bits(&d, 0, N, mask);
    for (size_t k = 0; k < COUNT(rows); ++k) {
        const size_t size = types[rows[k].type].size;
        uint64_t x[N], y[N], want[N];
        for (size_t i = 0; i < N; ++i) {
            const uint64_t kept = mask[i / 8] >> i % 8 & 1 ? rows[k].doubled : 0;
            set_element(rows[k].type, x, i, rows[k].x);
            set_element(rows[k].type, want, i, kept);
        }
        types[rows[k].type].train(&d, 0, N, x, y);
        assert_same(y, want, N * size, "%s %" PRIx64, types[rows[k].type].name, rows[k].x);
    }
}

/* All numbers of the types of 16 bits, each kept once at least. Among the results are many that
   overflow, that are subnormal, that were halfway between two numbers, and, of 0.1 with 32 bits in
   inference, that f32 had rounded to halfway. */
static void every_number(void **state) {
    (void)state;
    static const struct {
        double p;
        int32_t bits;
    } rows[] = {{0.1, 32}, {0.25, 8}, {0.5, 8}, {0.9, 32}, {0.1, 16}, {0.001, 32}};
    for (size_t i = 0; i < 2 * (is_thinned() ? 1 : COUNT(rows)); ++i) {
        const double p = rows[i / 2].p;
        struct trial t = any_trial((size_t)(70000 / (1 - p)), rows[i / 2].bits, 0, i % 2);
        t.config.drop_prob = p;
        uint8_t *mask = defined_mask(&t);
        uint16_t *values = malloc(t.n * sizeof *values);
        size_t count[2] = {0};
        for (size_t k = 0; k < t.n; ++k) values[k] = (uint16_t)count[mask[k / 8] >> k % 8 & 1]++;
        assert_true(count[1] > UINT16_MAX);
        FOR_EACH_TYPE(type) {
            if (types[type].size != sizeof *values) continue;
            check_pass(&t, TRAINING, type, mask, values);
            check_pass(&t, INFERENCE, type, mask, values);
        }
        free(values);
        free(mask);
    }
}

static void widths_and_thresholds(void **state) {
    (void)state;
    static const struct {
        double p;
        int32_t asked, bits;
        uint64_t threshold;
    } rows[] = {
        {0.0, 0, 8, 0},
        {-0.0, 0, 8, 0},
        {1.0, 0, 8, 256},
        {0.5, 0, 8, 128},
        {0.25, 0, 8, 64},
        {255.0 / 256, 0, 8, 255},
        {0.1, 0, 16, 6554},
        {0.3, 0, 16, 19661},
        {0.05, 0, 16, 3277},
        {0.01, 0, 16, 655},
        {0.9, 0, 16, 58982},
        {0.99, 0, 16, 64881},
        {1.0 / 3, 0, 16, 21845},
        {0.001, 0, 32, 4294967},
        {0.999, 0, 32, 4290672329},
        {DBL_MIN, 0, 32, 0},
        {0x1p-33, 0, 32, 1},
        {0x0.fffffffffffff8p-33, 0, 32, 1}, /* p * 2^32 + 0.5 rounds up */
        {0x0.ffffffffffffp-33, 0, 32, 0},
        {0x1p-32, 0, 32, 1},
        {1 - 0x1p-32, 0, 32, UINT32_MAX},
        {1 - 0x1p-33, 0, 32, UINT64_C(1) << 32},
        {0.1, 8, 8, 26},
        {0x1p-9, 8, 8, 1},
        {0.998, 8, 8, 255},
        {0x1p-17, 16, 16, 1},
        {0.5, 32, 32, UINT64_C(1) << 31},
        {0.0, 16, 16, 0},
        {1.0, 16, 16, 65536},
        {1.0, 32, 32, UINT64_C(1) << 32},
    };
    for (size_t i = 0; i < COUNT(rows); ++i) {
        const struct trial t = {.config = {.drop_prob = rows[i].p, .bits = rows[i].asked},
                                .n = 100};
        const simdrop_dropout d = prepared(&t);
        assert_int_equal(simdrop_dropout_bits(&d), rows[i].bits);
        assert_true(simdrop_dropout_threshold(&d) == rows[i].threshold);
        check(&t);
    }
}

/* The scale belongs to the realized probability, so that the expectation is exact. */
static void scale_is_of_the_realized_probability(void **state) {
    (void)state;
    const simdrop_dropout_config config = {.drop_prob = 0.1, .bits = 8};
    simdrop_dropout d;
    simdrop_dropout_init(&d, &config);
    assert_true(simdrop_dropout_realized_prob(&d) == 26.0 / 256.0);
    assert_true(simdrop_dropout_scale(&d) == 256.0 / 230.0);
    const simdrop_dropout_config short_form = simdrop_dropout_config_of(0.1, 2, 3);
    assert_true(short_form.drop_prob == 0.1 && short_form.seed == 2 && short_form.stream == 3);
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(widths_and_thresholds),
        ONCE(scale_is_of_the_realized_probability),
        ONCE(streaming_changes_no_bit),
        PER_ISA(every_setting_at_every_size),
        PER_ISA(every_setting_around_tiles),
        PER_ISA(large_tensors),
        PER_ISA(every_beginning),
        PER_ISA(random_splits),
        PER_ISA(p_0_keeps_every_bit),
        PER_ISA(p_1_drops_all),
        PER_ISA(special_values),
        PER_ISA(every_number),
    };
    return test_main(argv, tests, COUNT(tests));
}
