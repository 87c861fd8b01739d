/* SPDX-License-Identifier: MIT */
/* Every kernel of every table, called directly, against the specification, byte for byte. */
#include "definition.h"
#include "support.h"

#include <simdrop/common.h>

#include "cpu.h"
#include "kernels.h"

#include <inttypes.h>
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
#define COUNT_PRESENT(type, kernel, isa) present += kernels->kernel != NULL;
#define COUNT_ALL(type, kernel, isa) ++all;
    int present = 0, all = 0;
    SIMDROP_KERNELS(COUNT_PRESENT, )
    SIMDROP_KERNELS(COUNT_ALL, )
#if !defined(SIMDROP_HAVE_SLEEF)
#define COUNT_MISSING(type, kernel, isa) --all;
    SIMDROP_SLEEF_KERNELS(COUNT_MISSING, )
#endif
    assert_int_equal(present, all);
    assert_in_range(kernels->tile_words, 1, SIMDROP_MAX_TILE_WORDS);
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

static void check_draw_mask(const void *isa, unsigned bits) {
    const struct simdrop_kernels *tested = table(isa);
    simdrop_draw_mask_fn *const kernel = bits == 8    ? tested->draw_mask_u8
                                         : bits == 16 ? tested->draw_mask_u16
                                                      : tested->draw_mask_u32;
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

static void draw_mask_u8(void **state) { check_draw_mask(*state, 8); }
static void draw_mask_u16(void **state) { check_draw_mask(*state, 16); }
static void draw_mask_u32(void **state) { check_draw_mask(*state, 32); }

/* One call: `y` shifted by y_shift and x by x_shift from an unmapped page, or in place. */
static void check_apply(simdrop_apply_fn *kernel, enum type type, size_t n, enum side side,
                        size_t x_shift, size_t y_shift, int in_place) {
    static const double scales[] = {1.0, 2.0, 1.0 / 0.9, 256.0, 4294967296.0, 0.9, 0x1p-32};
    const double scale = scales[any_below(COUNT(scales))];
    const size_t size = size_of(type), bytes = size * n;
    struct buffer x = buffer_new(bytes, side, x_shift), y = buffer_new(bytes, side, y_shift);
    struct buffer keep = buffer_new((n + 63) / 64 * 8, side, 0);
    char *want = malloc(bytes + 1), *before = malloc(bytes + 1);
    any_values(type, before, n);
    memcpy(x.data, before, bytes);
    if (in_place) memcpy(y.data, before, bytes);
    for (size_t i = 0; i < keep.size; ++i) keep.data[i] = (unsigned char)any_u64();
    const uint64_t *bits = (const uint64_t *)(const void *)keep.data;
    for (size_t i = 0; i < n; ++i) {
        uint64_t value = 0;
        memcpy(&value, before + i * size, size);
        value = bits[i / 64] >> i % 64 & 1 ? defined_product(type, value, scale) : 0;
        memcpy(want + i * size, &value, size);
    }
    kernel(y.data, in_place ? y.data : x.data, bits, n, scale);
    assert_same(y.data, want, bytes, "n %zu, scale %a, side %d, shifts %zu %zu, in place %d", n,
                scale, side, x_shift, y_shift, in_place);
    assert_same(x.data, before, bytes, "x has changed, n %zu", n);
    assert_margins_untouched(&y);
    free(want);
    free(before);
    buffer_free(&x);
    buffer_free(&y);
    buffer_free(&keep);
}

static void check_applies(simdrop_apply_fn *kernel, enum type type) {
    for (size_t i = 0; i < 300 + scaled(2000); ++i)
        check_apply(kernel, type, i < 300 ? i : any_below(1500), any_side(), any_shift(),
                    any_shift(), any_below(3) == 0);
}

static void apply_f32(void **state) { check_applies(table(*state)->apply_f32, F32); }
static void apply_f64(void **state) { check_applies(table(*state)->apply_f64, F64); }

/* These need y aligned to 64 bytes. */
static void check_stream_applies(const struct simdrop_kernels *tested, simdrop_apply_fn *kernel,
                                 enum type type) {
    for (size_t i = 0; i < 300 + scaled(1000); ++i) {
        const size_t n = i < 300 ? i : any_below(1500);
        const enum side side = any_side();
        check_apply(kernel, type, n, side, any_shift(),
                    side == AT_END ? (0 - size_of(type) * n) % 64 : 0, 0);
        tested->stream_end();
    }
}

static void apply_f32_stream(void **state) {
    const struct simdrop_kernels *tested = table(*state);
    check_stream_applies(tested, tested->apply_f32_stream, F32);
}

static void apply_f64_stream(void **state) {
    const struct simdrop_kernels *tested = table(*state);
    check_stream_applies(tested, tested->apply_f64_stream, F64);
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
        PER_ISA(draw_mask_u8),
        PER_ISA(draw_mask_u16),
        PER_ISA(draw_mask_u32),
        PER_ISA(apply_f32),
        PER_ISA(apply_f32_stream),
        PER_ISA(apply_f64),
        PER_ISA(apply_f64_stream),
    };
    return test_main(argv, tests, COUNT(tests));
}
