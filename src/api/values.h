/* SPDX-License-Identifier: MIT */
/*
 * Values of distributions, made of words of the stream in tiles. For one file of each library, which
 * says how it gets words: the libraries share no functions but the public ones.
 */
#ifndef SIMDROP_VALUES_H
#define SIMDROP_VALUES_H

#include "core/words.h"
#include "kernels.h"

#include <simdrop/distributions.h>

#include <string.h>

enum { GROUP = SIMDROP_GROUP, LARGEST_VALUE = 8 };

/* The words of a tile: with what is made of them they take less than half of L1, and are whole
   passes of every fill kernel, of 192, 128 or 64 words. */
enum { TILE_WORDS = 1536 };

/* A kernel's place in its table, words of the stream for each value, bytes of a value. */
struct values {
    size_t kernel, words, size;
};
#define VALUES(kernel, table, words, type)                                                         \
    static const struct values values_##kernel = {offsetof(struct table, kernel), words,           \
                                                  sizeof(type)};

static inline simdrop_transform_fn *kernel_of(const struct values *values, const void *table) {
    simdrop_transform_fn *kernel;
    memcpy(&kernel, (const char *)table + values->kernel, sizeof kernel);
    return kernel;
}

/* The values that a caller wants. */
struct range {
    uint64_t seed, stream, offset;
    size_t n;
    void *out;
};

static int range_is_valid(const struct range *range, const struct values *values) {
    const uint64_t last = UINT64_MAX / values->words;
    return range->n == 0 ||
           (range->out && simdrop_range_is_valid(range->offset, range->n, values->size) &&
            range->offset + (range->n - 1) <= last);
}

/* out[0 .. 4 * blocks) = words of blocks [first, first + blocks) of a stream; or values. */
typedef void fill_fn(const void *from, void *out, size_t blocks, uint64_t first);

/* What makes values: words and a transform of them, or, if `kernel` is NULL, `fill` alone. */
struct maker {
    fill_fn *fill;
    const void *from;
    simdrop_transform_fn *kernel;
    const struct simdrop_transform *transform;
    const struct values *values;
};

/* Groups [group, group + count). */
static void make_groups(const struct maker *make, uint64_t group, size_t count, char *out) {
    _Alignas(64) uint32_t words[TILE_WORDS];
    const size_t blocks = GROUP / 4 * make->values->words, tile = TILE_WORDS / 4 / blocks;
    if (!make->kernel) {
        make->fill(make->from, out, count * blocks, group * blocks);
        return;
    }
    for (size_t m; count; group += m, count -= m, out += m * GROUP * make->values->size) {
        m = count < tile ? count : tile;
        make->fill(make->from, words, m * blocks, group * blocks);
        make->kernel(out, m * GROUP, words, make->transform);
    }
}

/* Values [from, from + count) of one group. */
static void make_part(const struct maker *make, uint64_t group, size_t from, size_t count,
                      char *out) {
    _Alignas(64) char values[GROUP * LARGEST_VALUE];
    const size_t size = make->values->size;
    make_groups(make, group, 1, values);
    memcpy(out, values + from * size, count * size);
}

static void make_range(const struct maker *make, uint64_t offset, size_t n, char *out) {
    const size_t size = make->values->size;
    uint64_t group = offset / GROUP;
    if (offset % GROUP) {
        const size_t from = offset % GROUP, count = n < GROUP - from ? n : GROUP - from;
        make_part(make, group++, from, count, out);
        out += count * size, n -= count;
    }
    const size_t groups = n / GROUP;
    make_groups(make, group, groups, out);
    if (n % GROUP) make_part(make, group + groups, 0, n % GROUP, out + groups * GROUP * size);
}

#endif
