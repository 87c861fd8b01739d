/* SPDX-License-Identifier: MIT */
/* Every kernel of every table, called directly, against the scalar one, byte for byte. */
#include "support.h"

#include <simdrop/common.h>

#include "kernels.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct simdrop_kernels *table(const char *name) {
    assert_int_equal(simdrop_isa_select(name), SIMDROP_OK);
    assert_string_equal(simdrop_kernels()->name, name);
    return simdrop_kernels();
}

static struct simdrop_philox any_philox(void) {
    struct simdrop_philox philox;
    simdrop_philox_init(&philox, any_u64(), any_u64(), any_below(2) ? 10 : 7);
    return philox;
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
#define ASSERT_PRESENT(type, kernel, isa) assert_true(kernels->kernel != NULL);
    SIMDROP_KERNELS(ASSERT_PRESENT, )
    assert_in_range(kernels->tile_words, 1, SIMDROP_MAX_TILE_WORDS);
}

static void fill_u32(void **state) {
    const struct simdrop_kernels *scalar = table("scalar"), *tested = table(*state);
    for (size_t i = 0; i < 130 + scaled(1000); ++i) {
        const size_t blocks = i < 130 ? i : any_below(2000), bytes = 16 * blocks;
        const uint64_t first = any_first(blocks, UINT64_C(1) << 32, UINT64_C(1) << 62);
        const struct simdrop_philox philox = any_philox();
        struct buffer out = buffer_new(bytes, any_side(), any_below(2) * any_below(64));
        uint32_t *want = malloc(bytes + 1);
        scalar->fill_u32(want, blocks, first, &philox);
        tested->fill_u32((uint32_t *)(void *)out.data, blocks, first, &philox);
        assert_same(out.data, want, bytes, "%zu blocks from %" PRIx64 ", %d rounds", blocks, first,
                    philox.rounds);
        assert_margins_untouched(&out);
        free(want);
        buffer_free(&out);
    }
}

/* Among others the edges of signed and unsigned comparison, and a value that occurs as a draw. */
static uint32_t any_threshold(unsigned bits, uint32_t word) {
    const uint32_t greatest = UINT32_MAX >> (32 - bits), half = greatest / 2;
    const uint32_t edges[] = {1, greatest, half, half + 1, half + 2, 2};
    if (any_below(3) == 0) return edges[any_below(COUNT(edges))];
    const uint32_t draw = (any_below(2) ? word : (uint32_t)any_u64()) & greatest;
    return draw ? draw : 1;
}

static void check_draw_mask(const void *isa, unsigned bits) {
    const struct simdrop_kernels *scalar = table("scalar"), *tested = table(isa);
    simdrop_draw_mask_fn *const reference = bits == 8    ? scalar->draw_mask_u8
                                            : bits == 16 ? scalar->draw_mask_u16
                                                         : scalar->draw_mask_u32;
    simdrop_draw_mask_fn *const kernel = bits == 8    ? tested->draw_mask_u8
                                         : bits == 16 ? tested->draw_mask_u16
                                                      : tested->draw_mask_u32;
    for (size_t i = 0; i < 100 + scaled(2000); ++i) {
        const size_t words = i < 100 ? i : any_below(SIMDROP_MAX_TILE_WORDS + 1);
        const uint64_t first = any_first(words, (UINT64_C(1) << 33) / bits, UINT64_C(1) << 58);
        const struct simdrop_philox philox = any_philox();
        uint32_t block[4];
        simdrop_philox_block(block, (first + (words ? any_below(words) : 0)) * (bits / 2), &philox);
        const uint32_t threshold = any_threshold(bits, block[any_below(4)]);
        struct buffer out = buffer_new(8 * (words + SIMDROP_MASK_SLACK), any_side(), 0);
        uint64_t *want = malloc(8 * (words + SIMDROP_MASK_SLACK));
        reference(want, words, first, &philox, threshold);
        kernel((uint64_t *)(void *)out.data, words, first, &philox, threshold);
        assert_same(out.data, want, 8 * words,
                    "%zu words from %" PRIx64 ", %d rounds, threshold %" PRIx32, words, first,
                    philox.rounds, threshold);
        assert_margins_untouched(&out);
        free(want);
        buffer_free(&out);
    }
}

static void draw_mask_u8(void **state) { check_draw_mask(*state, 8); }
static void draw_mask_u16(void **state) { check_draw_mask(*state, 16); }
static void draw_mask_u32(void **state) { check_draw_mask(*state, 32); }

/* One call: `y` shifted by y_shift and x by x_shift from an unmapped page, or in place. */
static void check_apply(simdrop_apply_fn *kernel, simdrop_apply_fn *reference, size_t n,
                        enum side side, size_t x_shift, size_t y_shift, int in_place) {
    static const float scales[] = {1.0f, 2.0f, 1.1111113f, 256.0f, 4294967296.0f, 0.9f, 0x1p-32f};
    const float scale = scales[any_below(COUNT(scales))];
    struct buffer x = buffer_new(4 * n, side, x_shift), y = buffer_new(4 * n, side, y_shift);
    struct buffer keep = buffer_new((n + 63) / 64 * 8, side, 0);
    char *want = malloc(4 * n + 1), *before = malloc(4 * n + 1);
    any_floats(before, n);
    memcpy(x.data, before, 4 * n);
    if (in_place) memcpy(y.data, before, 4 * n);
    for (size_t i = 0; i < keep.size; ++i) keep.data[i] = (unsigned char)any_u64();
    const uint64_t *bits = (const uint64_t *)(const void *)keep.data;
    reference(want, before, bits, n, (double)scale);
    kernel(y.data, in_place ? y.data : x.data, bits, n, (double)scale);
    assert_same(y.data, want, 4 * n, "n %zu, scale %a, side %d, shifts %zu %zu, in place %d", n,
                (double)scale, side, x_shift, y_shift, in_place);
    assert_same(x.data, before, 4 * n, "x has changed, n %zu", n);
    assert_margins_untouched(&y);
    free(want);
    free(before);
    buffer_free(&x);
    buffer_free(&y);
    buffer_free(&keep);
}

static void apply_f32(void **state) {
    const struct simdrop_kernels *scalar = table("scalar"), *tested = table(*state);
    for (size_t i = 0; i < 300 + scaled(2000); ++i)
        check_apply(tested->apply_f32, scalar->apply_f32, i < 300 ? i : any_below(1500), any_side(),
                    any_below(2) * any_below(64), any_below(2) * any_below(64), any_below(3) == 0);
}

/* These need y aligned to 64 bytes. */
static void apply_f32_stream(void **state) {
    const struct simdrop_kernels *scalar = table("scalar"), *tested = table(*state);
    for (size_t i = 0; i < 300 + scaled(1000); ++i) {
        const size_t n = i < 300 ? i : any_below(1500);
        const enum side side = any_side();
        check_apply(tested->apply_f32_stream, scalar->apply_f32, n, side,
                    any_below(2) * any_below(64), side == AT_END ? (0 - 4 * n) % 64 : 0, 0);
        tested->stream_end();
    }
}

int main(int argc, char **argv) {
    (void)argc;
    const struct test tests[] = {
        PER_ISA(table_is_complete), PER_ISA(fill_u32),      PER_ISA(draw_mask_u8),
        PER_ISA(draw_mask_u16),     PER_ISA(draw_mask_u32), PER_ISA(apply_f32),
        PER_ISA(apply_f32_stream),
    };
    return test_main(argv, tests, COUNT(tests));
}
