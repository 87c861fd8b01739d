/* SPDX-License-Identifier: MIT */
/* Every kernel of every table, called directly, against the specification, byte for byte. */
#include "definition.h"
#include "support.h"

#include <simdrop/common.h>

#include "cpu/cpu.h"
#include "kernels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct simdrop_kernels *table(const char *name) {
    assert_int_equal(simdrop_isa_select(name), SIMDROP_OK);
    assert_string_equal(simdrop_kernels()->name, name);
    return simdrop_kernels();
}

/* A stream, as the definition and as the kernels take it. */
struct stream {
    uint64_t seed, stream;
    int rounds;
    struct simdrop_philox philox;
};

static struct stream any_stream(void) {
    struct stream s = {.seed = any_u64(), .stream = any_u64(), .rounds = any_below(2) ? 10 : 7};
    simdrop_philox_init(&s.philox, s.seed, s.stream, s.rounds);
    return s;
}

static uint32_t draw_of(const struct stream *s, unsigned bits, uint64_t e) {
    return defined_draw(s->seed, s->stream, s->rounds, (int)bits, e);
}

static enum side any_side(void) { return any_below(2) ? AT_START : AT_END; }

/* The first of `count` numbers below `limit`, none of them but the first a multiple of `period`. */
static uint64_t any_first(size_t count, uint64_t period, uint64_t limit) {
    const uint64_t last = period - count;
    const uint64_t in_period = any_below(2)   ? any_below(last + 1)
                               : any_below(2) ? last
                                              : any_below(3 < last ? 3 : last);
    return any_below(2) * any_below(limit / period) * period + in_period;
}

static void table_is_complete(void **state) {
    const struct simdrop_kernels *kernels = table(*state);
#define ASSERT_PRESENT(signature, name, place) assert_non_null(kernels->place);
    SIMDROP_CORE_KERNELS(ASSERT_PRESENT)
#undef ASSERT_PRESENT
#if defined(SIMDROP_HAVE_SLEEF)
    const struct simdrop_sleef_kernels *sleef = simdrop_sleef_kernels();
    assert_string_equal(sleef->name, kernels->name);
#define ASSERT_PRESENT(signature, name, place) assert_non_null(sleef->place);
    SIMDROP_SLEEF_KERNELS(ASSERT_PRESENT)
#undef ASSERT_PRESENT
#endif
    assert_in_range(kernels->tile_words, 2, SIMDROP_MAX_TILE_WORDS);
}

static void fill_u32(void **state) {
    const struct simdrop_kernels *tested = table(*state);
    for (size_t i = 0; i < 130 + scaled(1000); ++i) {
        const size_t blocks = i < 130 ? i : any_below(2000), bytes = 16 * blocks;
        const uint64_t first = any_first(blocks, UINT64_C(1) << 32, UINT64_C(1) << 62);
        const struct stream s = any_stream();
        struct buffer out = buffer_new(bytes, any_side(), any_below(2) * any_below(64));
        uint32_t *want = malloc(bytes + 1);
        for (size_t k = 0; k < 4 * blocks; ++k) want[k] = draw_of(&s, 32, 4 * first + k);
        tested->fill_u32((uint32_t *)(void *)out.data, blocks, first, &s.philox);
        assert_same(out.data, want, bytes, "%zu blocks from %" PRIx64 ", %d rounds", blocks, first,
                    s.rounds);
        assert_margins_untouched(&out);
        free(want);
        buffer_free(&out);
    }
}

static void fill_f32(void **state) {
    const struct simdrop_kernels *tested = table(*state);
    for (size_t i = 0; i < 130 + scaled(500); ++i) {
        const size_t blocks = i < 130 ? i : any_below(2000), bytes = 16 * blocks;
        const uint64_t first = any_first(blocks, UINT64_C(1) << 32, UINT64_C(1) << 62);
        const float scale = any_below(2) ? 0x1p-24f : 0x1.3456p-140f; /* subnormal numbers */
        const struct stream s = any_stream();
        struct buffer out = buffer_new(bytes, any_side(), any_below(2) * any_below(64));
        float *want = malloc(bytes + 1);
        for (size_t k = 0; k < 4 * blocks; ++k)
            want[k] = (float)(draw_of(&s, 32, 4 * first + k) >> 8) * scale;
        tested->fill_f32((float *)(void *)out.data, blocks, first, &s.philox, scale);
        assert_same(out.data, want, bytes, "%zu blocks from %" PRIx64 ", %d rounds", blocks, first,
                    s.rounds);
        assert_margins_untouched(&out);
        free(want);
        buffer_free(&out);
    }
}

/* Among others the edges of signed and unsigned comparison, and a value that occurs as a draw. */
static uint32_t any_threshold(unsigned bits, uint32_t drawn) {
    const uint32_t greatest = UINT32_MAX >> (32 - bits), half = greatest / 2;
    const uint32_t edges[] = {1, greatest, half, half + 1, half + 2, 2};
    if (any_below(3) == 0) return edges[any_below(COUNT(edges))];
    const uint32_t draw = any_below(2) ? drawn : (uint32_t)any_u64() & greatest;
    return draw ? draw : 1;
}

static void check_draw_mask(simdrop_draw_mask_fn *kernel, unsigned bits) {
    for (size_t i = 0; i < 100 + scaled(2000); ++i) {
        const size_t words = i < 100 ? i : any_below(SIMDROP_MAX_TILE_WORDS + 1);
        const uint64_t first = any_first(words, (UINT64_C(1) << 33) / bits, UINT64_C(1) << 58);
        const struct stream s = any_stream();
        const uint64_t some = 64 * first + (words ? any_below(64 * words) : 0);
        const uint32_t threshold = any_threshold(bits, draw_of(&s, bits, some));
        struct buffer out = buffer_new(8 * (words + SIMDROP_MASK_SLACK), any_side(), 0);
        uint64_t *want = calloc(words + 1, sizeof *want);
        for (size_t e = 0; e < 64 * words; ++e)
            want[e / 64] |= (uint64_t)(draw_of(&s, bits, 64 * first + e) >= threshold) << e % 64;
        kernel((uint64_t *)(void *)out.data, words, first, &s.philox, threshold);
        assert_same(out.data, want, 8 * words,
                    "%zu words from %" PRIx64 ", %d rounds, threshold %" PRIx32, words, first,
                    s.rounds, threshold);
        assert_margins_untouched(&out);
        free(want);
        buffer_free(&out);
    }
}

/* Words apart, some beside each other, all in one period. */
static void check_draw_list(simdrop_draw_list_fn *kernel, unsigned bits) {
    for (size_t i = 0; i < scaled(2000); ++i) {
        const size_t words = any_below(SIMDROP_MAX_TILE_WORDS + 1);
        const uint64_t period = (UINT64_C(1) << 33) / bits;
        const uint64_t base = any_below(UINT64_C(1) << 24) * period;
        const struct stream s = any_stream();
        uint64_t number[SIMDROP_MAX_TILE_WORDS], want[SIMDROP_MAX_TILE_WORDS] = {0};
        for (size_t k = 0; k < words; ++k)
            number[k] = k && any_below(3) == 0 && number[k - 1] + 1 < base + period
                            ? number[k - 1] + 1
                            : base + any_first(1, period, period);
        const uint64_t some = words ? 64 * number[any_below(words)] + any_below(64) : 0;
        const uint32_t threshold = any_threshold(bits, draw_of(&s, bits, some));
        struct buffer out = buffer_new(8 * (words + SIMDROP_MASK_SLACK), any_side(), 0);
        for (size_t e = 0; e < 64 * words; ++e)
            want[e / 64] |= (uint64_t)(draw_of(&s, bits, 64 * number[e / 64] + e % 64) >= threshold)
                            << e % 64;
        kernel((uint64_t *)(void *)out.data, words, number, &s.philox, threshold);
        assert_same(out.data, want, 8 * words,
                    "%zu words in period %" PRIx64 ", threshold %" PRIx32, words, base, threshold);
        assert_margins_untouched(&out);
        buffer_free(&out);
    }
}

static void draw_list(void **state) {
    const struct simdrop_kernels *tested = table(*state);
#define CHECK(width, bits, ...) check_draw_list(tested->draw_list[SIMDROP_##width], bits);
    SIMDROP_WIDTHS(CHECK, )
#undef CHECK
}

static void draw_mask(void **state) {
    const struct simdrop_kernels *tested = table(*state);
#define CHECK(width, bits, ...) check_draw_mask(tested->draw_mask[SIMDROP_##width], bits);
    SIMDROP_WIDTHS(CHECK, )
#undef CHECK
}

static const double scales[] = {1.0, 2.0,  1 / 0.9, 1 / 0.75, 1 / 0.7,   10.0,   1000.0, 256.0,
                                0.9, 0.75, 0.5,     0.1,      1 / 256.0, 0x1p32, 0x1p-32};

/* A call on buffers shifted from an unmapped page, or in place. */
struct trial {
    enum simdrop_type type;
    size_t n, x_shift, y_shift, ahead;
    enum side side;
    int in_place, streams;
    double scale;
};

static struct trial any_trial(enum simdrop_type type, size_t n) {
    static const size_t aheads[] = {0, 64, 1000, 16384};
    struct trial t = {.type = type, .n = n, .x_shift = any_shift(), .y_shift = any_shift()};
    t.ahead = aheads[any_below(COUNT(aheads))];
    t.side = any_side();
    t.in_place = any_below(3) == 0;
    t.scale = scales[any_below(COUNT(scales))];
    if (any_below(3) || t.in_place || !t.ahead) return t;
    t.streams = 1; /* and y is aligned to 64 bytes */
    t.y_shift = t.side == AT_END ? (0 - types[type].size * n) % 64 : 0;
    return t;
}

static const char *text_of(const struct trial *t) {
    static char text[200];
    snprintf(text, sizeof text,
             "%s, n %zu, scale %a, side %d, shifts %zu %zu, ahead %zu, in place %d, streams %d",
             types[t->type].name, t->n, t->scale, t->side, t->x_shift, t->y_shift, t->ahead,
             t->in_place, t->streams);
    return text;
}

static void define(const struct trial *t, void *want, const void *values, size_t i, int is_kept) {
    const uint64_t x = element(t->type, values, i);
    set_element(t->type, want, i, is_kept ? defined_product(t->type, x, t->scale) : 0);
}

static struct simdrop_apply call_of(const struct trial *t, const struct buffer *x,
                                    const struct buffer *y) {
    return (struct simdrop_apply){.y = y->data,
                                  .x = t->in_place ? y->data : x->data,
                                  .n = t->n,
                                  .scale = t->scale,
                                  .ahead = t->ahead,
                                  .streams = t->streams};
}

static void check_apply(const struct simdrop_kernels *tested, const struct trial *t,
                        const void *values, const uint64_t *keep) {
    const size_t bytes = types[t->type].size * t->n, keep_bytes = (t->n + 63) / 64 * 8;
    struct buffer x = buffer_new(bytes, t->side, t->x_shift);
    struct buffer y = buffer_new(bytes, t->side, t->y_shift);
    struct buffer bits = buffer_new(keep_bytes, t->side, 0);
    char *want = malloc(bytes + 1);
    memcpy(x.data, values, bytes);
    memcpy(bits.data, keep, keep_bytes);
    if (t->in_place) memcpy(y.data, values, bytes);
    for (size_t i = 0; i < t->n; ++i) define(t, want, values, i, keep[i / 64] >> i % 64 & 1);
    struct simdrop_apply call = call_of(t, &x, &y);
    call.keep = (const uint64_t *)(const void *)bits.data;
    tested->apply[t->type](&call);
    tested->stream_end();
    assert_same(y.data, want, bytes, "%s", text_of(t));
    assert_same(x.data, values, bytes, "x has changed, %s", text_of(t));
    assert_margins_untouched(&y);
    free(want);
    buffer_free(&x);
    buffer_free(&y);
    buffer_free(&bits);
}

static void apply(void **state) {
    enum { MOST = 1500 };
    uint64_t values[MOST], keep[MOST / 64 + 1];
    FOR_EACH_TYPE(type) {
        for (size_t i = 0; i < 300 + scaled(3000); ++i) {
            const struct trial t = any_trial(type, i < 300 ? i : any_below(MOST));
            any_values(type, values, t.n);
            for (size_t k = 0; k < COUNT(keep); ++k) keep[k] = any_u64();
            check_apply(table(*state), &t, values, keep);
        }
    }
}

/* All numbers of the types of 16 bits, at every scale. */
static void apply_to_every_number(void **state) {
    enum { MOST = UINT16_MAX + 1 };
    static uint16_t values[MOST];
    uint64_t all[MOST / 64];
    memset(all, 0xff, sizeof all);
    for (size_t i = 0; i < MOST; ++i) values[i] = (uint16_t)i;
    FOR_EACH_TYPE(type) {
        for (size_t k = 0; k < COUNT(scales) && types[type].size == sizeof values[0]; ++k) {
            struct trial t = any_trial(type, MOST);
            t.scale = scales[k];
            check_apply(table(*state), &t, values, all);
        }
    }
}

/* Bytes, of which most are 0 or 1, to bits and back. */
static void masks(void **state) {
    enum { WORDS = 40 };
    static const uint8_t odd[] = {0, 1, 2, 128, 255};
    const struct simdrop_kernels *tested = table(*state);
    for (size_t i = 0; i < WORDS + scaled(1000); ++i) {
        const size_t words = i < WORDS ? i : any_below(WORDS), n = 64 * words;
        struct buffer bytes = buffer_new(n, any_side(), any_below(2) * any_below(64));
        struct buffer bits = buffer_new(n / 8, any_side(), 0);
        struct buffer back = buffer_new(n, any_side(), any_below(2) * any_below(64));
        uint8_t given[64 * WORDS], want_back[64 * WORDS], want[8 * WORDS] = {0};
        for (size_t k = 0; k < n; ++k) {
            given[k] = (uint8_t)(any_below(4) ? any_below(2) : odd[any_below(COUNT(odd))]);
            want_back[k] = given[k] != 0;
            want[k / 8] |= (uint8_t)(want_back[k] << k % 8);
        }
        memcpy(bytes.data, given, n);
        tested->pack_mask((uint64_t *)(void *)bits.data, words, bytes.data);
        assert_same(bits.data, want, n / 8, "%zu words packed", words);
        tested->unpack_mask(back.data, words, (const uint64_t *)(const void *)bits.data);
        assert_same(back.data, want_back, n, "%zu words unpacked", words);
        assert_margins_untouched(&bits);
        assert_margins_untouched(&back);
        buffer_free(&bytes);
        buffer_free(&bits);
        buffer_free(&back);
    }
}

/* Draws and applies: of n elements some, whole or none, as the kernel likes. */
static size_t check_dropout(simdrop_dropout_fn *kernel, unsigned bits, const struct trial *t) {
    const size_t words = (t->n + 63) / 64 + 1, bytes = types[t->type].size * t->n;
    const uint64_t first = any_first(words, (UINT64_C(1) << 33) / bits, UINT64_C(1) << 58);
    const unsigned begin = 1 + (unsigned)any_below(64);
    const uint64_t offset = 64 * (first - 1) + begin; /* of x[0] */
    const struct stream s = any_stream();
    const uint32_t threshold = any_threshold(bits, draw_of(&s, bits, offset + any_below(t->n + 1)));
    struct buffer x = buffer_new(bytes, t->side, t->x_shift);
    struct buffer y = buffer_new(bytes, t->side, t->y_shift);
    char *values = malloc(bytes + 1), *want = malloc(bytes + 1);
    any_values(t->type, values, t->n);
    memcpy(x.data, values, bytes);
    if (t->in_place) memcpy(y.data, values, bytes);
    memcpy(want, y.data, bytes);
    struct simdrop_draw draw = {&s.philox, first, any_u64() >> (64 - begin),
                                threshold, begin, NULL};
    for (unsigned bit = begin; bit < 64; ++bit)
        draw.carry |= (uint64_t)(draw_of(&s, bits, 64 * (first - 1) + bit) >= threshold) << bit;
    struct simdrop_apply call = call_of(t, &x, &y);
    struct buffer mask = buffer_new((t->n + 7) / 8, t->side, 0);
    if (any_below(2)) call.mask = mask.data;
    const size_t done = kernel(&call, &draw);
    assert_in_range(done, 0, t->n);
    for (size_t i = 0; i < done; ++i)
        define(t, want, values, i, draw_of(&s, bits, offset + i) >= threshold);
    assert_same(y.data, want, bytes, "%u bits from %" PRIx64 ", %zu done, %s", bits, offset, done,
                text_of(t));
    assert_same(x.data, values, bytes, "x has changed, %s", text_of(t));
    assert_margins_untouched(&y);
    for (size_t i = 0; call.mask && i < done; ++i)
        assert_int_equal(mask.data[i / 8] >> i % 8 & 1, draw_of(&s, bits, offset + i) >= threshold);
    for (size_t i = call.mask ? done / 8 : 0; i < mask.size; ++i)
        assert_int_equal(mask.data[i], CANARY);
    assert_margins_untouched(&mask);
    buffer_free(&mask);
    assert_true(64 * (draw.next_word - 1) + draw.begin == offset + done);
    for (unsigned bit = draw.begin; bit < 64; ++bit)
        assert_int_equal(draw.carry >> bit & 1,
                         draw_of(&s, bits, 64 * (draw.next_word - 1) + bit) >= threshold);
    free(values);
    free(want);
    buffer_free(&x);
    buffer_free(&y);
    return done;
}

static void dropout(void **state) {
    static const unsigned bits[] = {
#define BITS(width, bits, ...) bits,
        SIMDROP_WIDTHS(BITS, )
#undef BITS
    };
    const struct simdrop_kernels *tested = table(*state);
    int kernels = 0;
    FOR_EACH_TYPE(type) {
        for (size_t width = 0; width < COUNT(bits); ++width) {
            simdrop_dropout_fn *const kernel = tested->dropout[type][width];
            size_t done = 0;
            for (size_t i = 0; kernel && i < 20 + scaled(1000); ++i) {
                const struct trial t = any_trial(type, any_below(5000));
                done += check_dropout(kernel, bits[width], &t);
            }
            if (kernel) assert_true(++kernels && done);
        }
    }
    tested->stream_end();
    if (!kernels) skip();
}

/* Intel SDM volume 1, 13.5 and 15.2: what each missing bit takes away. */
static void features_need_every_bit(void **state) {
    (void)state;
#if defined(__x86_64__)
    static const uint32_t leaf1 = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29;           /* ecx */
    static const uint32_t leaf7 = 1u << 5 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; /* ebx */
    static const uint32_t xcr0 = 0xe6, none = 0, avx2 = SIMDROP_CPU_AVX2;
    static const uint32_t all = SIMDROP_CPU_AVX2 | SIMDROP_CPU_AVX512;
    const struct {
        const char *missing;
        uint32_t leaf1, leaf7, xcr0, want;
    } rows[] = {
        {"nothing", leaf1, leaf7, xcr0, all},
        {"FMA", leaf1 & ~(1u << 12), leaf7, xcr0, none},
        {"OSXSAVE", leaf1 & ~(1u << 27), leaf7, xcr0, none},
        {"AVX", leaf1 & ~(1u << 28), leaf7, xcr0, none},
        {"F16C", leaf1 & ~(1u << 29), leaf7, xcr0, none},
        {"AVX2", leaf1, leaf7 & ~(1u << 5), xcr0, none},
        {"AVX512F", leaf1, leaf7 & ~(1u << 16), xcr0, avx2},
        {"AVX512DQ", leaf1, leaf7 & ~(1u << 17), xcr0, avx2},
        {"AVX512BW", leaf1, leaf7 & ~(1u << 30), xcr0, avx2},
        {"AVX512VL", leaf1, leaf7 & ~(1u << 31), xcr0, avx2},
        {"xmm in XCR0", leaf1, leaf7, xcr0 & ~0x02u, none},
        {"ymm in XCR0", leaf1, leaf7, xcr0 & ~0x04u, none},
        {"mask registers in XCR0", leaf1, leaf7, xcr0 & ~0x20u, avx2},
        {"zmm0-15 in XCR0", leaf1, leaf7, xcr0 & ~0x40u, avx2},
        {"zmm16-31 in XCR0", leaf1, leaf7, xcr0 & ~0x80u, avx2},
        {"all of XCR0", leaf1, leaf7, 0, none},
        {"all of leaf 1", 0, leaf7, xcr0, none},
        {"all of leaf 7", leaf1, 0, xcr0, none},
        {"nothing, and more is there", UINT32_MAX, UINT32_MAX, UINT32_MAX, all},
    };
    for (size_t i = 0; i < COUNT(rows); ++i) {
        const uint32_t got = simdrop_cpu_x86_features(rows[i].leaf1, rows[i].leaf7, rows[i].xcr0);
        if (got != rows[i].want) fail_msg("without %s: features %" PRIx32, rows[i].missing, got);
    }
#else
    skip();
#endif
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        ONCE(features_need_every_bit),
        PER_ISA(table_is_complete),
        PER_ISA(fill_u32),
        PER_ISA(fill_f32),
        PER_ISA(draw_mask),
        PER_ISA(draw_list),
        PER_ISA(apply),
        PER_ISA(apply_to_every_number),
        PER_ISA(masks),
        PER_ISA(dropout),
    };
    return test_main(argv, tests, COUNT(tests));
}
