/* SPDX-License-Identifier: MIT */
/*
 * Calls every kernel and the public calls at fixed sizes, for callgrind to count:
 * tools/simdrop_gate runs it and reads the counts. Each call ends in a dump that is named
 * "<set> <kernel> <elements>".
 */
#include "kernels.h"

#include <simdrop/simdrop.h>

#include <stdalign.h>
#include <stdio.h>

#include <valgrind/callgrind.h>

/* A call of SMALL elements shows what calls cost; two others, which differ only in how often the
   loops run, what an element does. COUNT elements are whole passes of every main loop. Twice COUNT
   are too few for prefetching on the CPU that callgrind makes up; LARGE times COUNT are enough. */
enum { SMALL = 64, COUNT = 2560, MOST = 2 * COUNT, LARGE = 8 };
static const size_t sizes[] = {SMALL, COUNT, MOST};

static alignas(64) double x[LARGE * MOST / 2 + 8], y[LARGE * MOST / 2];
static alignas(64) uint32_t words[2 * MOST];
static alignas(64) uint64_t bits[MOST / 64 + SIMDROP_MASK_SLACK];

static struct simdrop_philox philox;
static const char *set;
static char dump[128];

/* What is counted is the second call, as the first binds it to its library. A dump sets the counts
   to zero; CALLGRIND_ZERO_STATS forgets those of calls of libraries. */
#define COUNTED(name, n, call)                                                                     \
    do {                                                                                           \
        call;                                                                                      \
        snprintf(dump, sizeof dump, "%s %s %zu", set, name, n);                                    \
        CALLGRIND_DUMP_STATS_AT("-");                                                              \
        call;                                                                                      \
        CALLGRIND_DUMP_STATS_AT(dump);                                                             \
    } while (0)

/* One function for each signature of kernels.h. */

static void count_simdrop_fill_u32_fn(const char *name, simdrop_fill_u32_fn *fill, size_t n) {
    COUNTED(name, n, fill(words, n / 4, 5, &philox));
}

static void count_simdrop_fill_f32_fn(const char *name, simdrop_fill_f32_fn *fill, size_t n) {
    COUNTED(name, n, fill((float *)y, n / 4, 5, &philox, 0x1p-24f));
}

static void count_simdrop_draw_mask_fn(const char *name, simdrop_draw_mask_fn *draw, size_t n) {
    COUNTED(name, n, draw(bits, n / 64, 5, &philox, 100));
}

static void count_simdrop_draw_list_fn(const char *name, simdrop_draw_list_fn *draw, size_t n) {
    uint64_t numbers[MOST / 64];
    for (size_t i = 0; i < n / 64; ++i) numbers[i] = 3 * i;
    COUNTED(name, n, draw(bits, n / 64, numbers, &philox, 100));
}

/* Streaming kernels have a loop of their own for an x that isn't aligned as y is. */
static void count_simdrop_apply_fn(const char *name, simdrop_apply_fn *apply, size_t n) {
    static const struct simdrop_affine affine = {.shift = 0.5, .dropped = -1.5};
    struct simdrop_apply a = {
        .y = y, .x = x, .keep = bits, .n = n, .scale = 1.25, .operands = &affine};
    COUNTED(name, n, apply(&a));
    char streams[64], shifted[64];
    snprintf(streams, sizeof streams, "%s_streams", name);
    snprintf(shifted, sizeof shifted, "%s_shifted", name);
    a.ahead = 4096, a.streams = 1;
    COUNTED(streams, n, apply(&a));
    a.x = x + 1;
    COUNTED(shifted, n, apply(&a));
}

static void count_simdrop_dropout_fn(const char *name, simdrop_dropout_fn *dropout, size_t n) {
    struct simdrop_apply a = {.y = y, .x = x, .n = n, .scale = 1.25};
    struct simdrop_draw draw = {.philox = &philox, .next_word = 5, .threshold = 100, .begin = 64};
    if (!dropout) return;
    COUNTED(name, n, dropout(&a, &draw));
    char streams[64];
    snprintf(streams, sizeof streams, "%s_streams", name);
    a.ahead = 4096, a.streams = 1;
    COUNTED(streams, n, dropout(&a, &draw));
}

static void count_simdrop_fused_fn(const char *name, simdrop_fused_fn *fused, size_t n) {
    const struct simdrop_fused f = {
        .y = y, .x = x, .residual = x, .bias = x, .keep = bits, .n = n, .scale = 1.25};
    if (fused) COUNTED(name, n, fused(&f));
}

static void count_simdrop_pack_fn(const char *name, simdrop_pack_fn *pack, size_t n) {
    COUNTED(name, n, pack(bits, n / 64, (uint8_t *)x));
}

static void count_simdrop_unpack_fn(const char *name, simdrop_unpack_fn *unpack, size_t n) {
    COUNTED(name, n, unpack((uint8_t *)y, n / 64, bits));
}

static void count_simdrop_norm_fn(const char *name, simdrop_norm_fn *norm, size_t n) {
    const struct simdrop_norm row = {
        .z = x, .y = y, .n = n, .eps = 1e-5, .weight = x, .bias = x, .mean = words, .rstd = bits};
    COUNTED(name, n, norm(&row));
}

static void count_simdrop_norm_backward_fn(const char *name, simdrop_norm_backward_fn *norm,
                                           size_t n) {
    double *const sums = y + MOST, *const others = y + 2 * MOST;
    const struct simdrop_norm_backward row = {.dy = x,
                                              .z = x,
                                              .dz_sum = y,
                                              .n = n,
                                              .weight = x,
                                              .mean = x,
                                              .rstd = x,
                                              .dweight = sums,
                                              .dbias = others};
    COUNTED(name, n, norm(&row));
}

static void count_simdrop_softmax_fn(const char *name, simdrop_softmax_fn *softmax, size_t n) {
    const struct simdrop_softmax row = {.x = x, .mask = x, .probs = y, .n = n, .scale = 0.125};
    if (softmax) COUNTED(name, n, softmax(&row));
}

static void count_simdrop_softmax_backward_fn(const char *name,
                                              simdrop_softmax_backward_fn *softmax, size_t n) {
    const struct simdrop_softmax_backward row = {.dp = y, .probs = x, .n = n, .scale = 0.125};
    if (softmax) COUNTED(name, n, softmax(&row));
}

static void count_simdrop_transform_fn(const char *name, simdrop_transform_fn *transform,
                                       size_t n) {
    const struct simdrop_transform t = {.scale = 1,
                                        .least = -2,
                                        .greatest = 2,
                                        .below = 0.0625,
                                        .within = 0.875,
                                        .above = 0.0625,
                                        .bound = 1000};
    COUNTED(name, n, transform(y, n, words, &t));
}

static void count_simdrop_pair_fn(const char *name, simdrop_pair_fn *pair, size_t n) {
    COUNTED(name, n, pair(y, x, words, n));
}

static void count_simdrop_stream_end_fn(const char *name, simdrop_stream_end_fn *end, size_t n) {
    COUNTED(name, n, end());
}

/* Public calls. `inside`: neither end is at a whole word of the mask. */
static void count_dropout(const char *draws, double probability, size_t n) {
    const simdrop_dropout_config config = simdrop_dropout_config_of(probability, 42, 7);
    simdrop_dropout dropout;
    char name[64];
#define COUNT_CALL(what, call)                                                                     \
    snprintf(name, sizeof name, "%s:%s", what, draws);                                             \
    COUNTED(name, n, call)
    COUNT_CALL("dropout_init", simdrop_dropout_init(&dropout, &config));
#define COUNT_TYPE(type, c_type, ...)                                                              \
    COUNT_CALL("dropout_" #type,                                                                   \
               simdrop_dropout_##type(&dropout, 0, n, (c_type *)x, (c_type *)y));                  \
    COUNT_CALL("dropout_" #type "_inside",                                                         \
               simdrop_dropout_##type(&dropout, 3, n - 5, (c_type *)x, (c_type *)y));
    SIMDROP_TYPES(COUNT_TYPE, )
#undef COUNT_TYPE
    COUNT_CALL("dropout_mask_bits", simdrop_dropout_mask_bits(&dropout, 0, n, (uint8_t *)bits));
#undef COUNT_CALL
}

/* Stored masks; of these calls f32 stands for all types. */
static void count_masks(const simdrop_dropout *dropout, size_t n) {
    const float *const from = (const float *)x;
    float *const to = (float *)y;
    uint8_t *const mask = (uint8_t *)words;
    COUNTED("dropout_store_bits_f32:u16", n,
            simdrop_dropout_store_bits_f32(dropout, 0, n, from, to, mask));
    COUNTED("dropout_store_bytes_f32:u16", n,
            simdrop_dropout_store_bytes_f32(dropout, 0, n, from, to, mask));
    COUNTED("dropout_from_bits_f32", n,
            simdrop_dropout_from_bits_f32(dropout, mask, 0, n, from, to));
    COUNTED("dropout_from_bits_f32_inside", n,
            simdrop_dropout_from_bits_f32(dropout, mask, 3, n - 5, from, to));
    COUNTED("dropout_from_bytes_f32", n,
            simdrop_dropout_from_bytes_f32(dropout, mask, n, from, to));
    COUNTED("dropout_mask_bytes:u16", n, simdrop_dropout_mask_bytes(dropout, 0, n, mask));
    COUNTED("mask_pack", n, simdrop_mask_pack(mask, n, (uint8_t *)y, 0));
    COUNTED("mask_unpack", n, simdrop_mask_unpack((uint8_t *)bits, 0, n, mask));
}

/* Rows of 64: of whole words, of a list, and across words; of twice as long rows in memory. */
static void count_rows(const simdrop_dropout *dropout, size_t n) {
    simdrop_rows rows = {.rows = n / 64, .cols = 64, .first_col = 64, .global_cols = 256};
    COUNTED("dropout_rows_f32_shard:u16", n,
            simdrop_dropout_rows_f32(dropout, &rows, (float *)x, (float *)y));
    rows.ldx = rows.ldy = 128;
    COUNTED("dropout_rows_f32_strided:u16", n,
            simdrop_dropout_rows_f32(dropout, &rows, (float *)x, (float *)y));
    rows.first_col = 3;
    COUNTED("dropout_rows_f32_inside:u16", n,
            simdrop_dropout_rows_f32(dropout, &rows, (float *)x, (float *)y));
}

static void count_calls(size_t n) {
    float *const to = (float *)y;
    const size_t large = n == SMALL ? n : LARGE * n;
    const simdrop_dropout_config config = simdrop_dropout_config_of(0.1, 42, 7);
    simdrop_dropout dropout;
    simdrop_dropout_init(&dropout, &config);
    COUNTED("dropout_f32_large:u16", large,
            simdrop_dropout_f32(&dropout, 0, large, (float *)x, to));
    count_masks(&dropout, n);
    count_rows(&dropout, n);
    count_dropout("u8", 0.25, n);
    count_dropout("u16", 0.1, n);
    count_dropout("u32", 0.001, n);
    COUNTED("dropout_channels_f32:u16", n,
            simdrop_dropout_channels_f32(&dropout, 0, 1, n / 16, 16, (float *)x, to));
    COUNTED("dropout_channels_last_f32:u16", n,
            simdrop_dropout_channels_last_f32(&dropout, 0, 1, n / 32, 32, (float *)x, to));
    COUNTED("random_u32", n, simdrop_random_u32(42, 7, 0, n, words));
    COUNTED("random_uniform_f32", n, simdrop_random_uniform_f32(42, 7, 0, n, 0, 1, to));
    COUNTED("random_normal_f32", n, simdrop_random_normal_f32(42, 7, 0, n, 0, 1, to));
}

static void count_set(const char *name) {
    simdrop_isa_select(name);
    const struct simdrop_kernels *const table = simdrop_kernels();
    const struct simdrop_sleef_kernels *const sleef = simdrop_sleef_kernels();
    set = name;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
#define COUNT_KERNEL(type, kernel, place) count_##type(#kernel, table->place, sizes[i]);
        SIMDROP_KERNELS(COUNT_KERNEL)
#undef COUNT_KERNEL
#define COUNT_KERNEL(type, kernel, place) count_##type(#kernel, sleef->place, sizes[i]);
        SIMDROP_SLEEF_KERNELS(COUNT_KERNEL)
#undef COUNT_KERNEL
        count_calls(sizes[i]);
    }
}

int main(void) {
    simdrop_philox_init(&philox, 42, 7, 10);
    for (size_t i = 0; i < sizeof x / sizeof *x; ++i) x[i] = 1 + (double)i;
    for (uint32_t i = 0; i < sizeof words / sizeof *words; ++i) words[i] = 0x9E3779B9u * i;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; ++i) bits[i] = 0x9E3779B97F4A7C15u * i;
    enum { ROOM = 64 };
    const char *sets[ROOM]; /* that can run on the CPU that callgrind makes up */
    const size_t count = simdrop_isa_list(sets, ROOM);
    if (count > ROOM) return 1;
    for (size_t i = 0; i < count; ++i) count_set(sets[i]);
    return 0;
}
