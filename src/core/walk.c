/* SPDX-License-Identifier: MIT */
/* Peels, prefetches, streams and fences. */
#include "core/walk.h"

#include "cpu/cpu.h"

#include <simdrop/dropout.h>

#include <string.h>

/* What a line of memory is to every CPU that simdrop has kernels for. */
enum { LINE = 64 };

/* Memory answers within some 100 ns, in which a kernel reads less than that: from 1 to 16 KiB ahead
   all distances are within 5 % of each other. */
enum { AHEAD = 4096 };

/* So many bytes of x and of y are half of the smallest L2 there is: the caches needn't be asked for. */
enum { SMALL = 65536 };

/* Elements from which it pays, as measured, to draw a batch before there is one to spend. */
enum { PIPELINED_FROM = 2048 };

/* From L2 prefetching would cost a tenth. */
static size_t prefetch_distance(size_t bytes) {
    const size_t l2 = simdrop_cpu().l2_bytes;
    return bytes > (l2 ? l2 : (size_t)1 << 20) / 4 ? AHEAD : 0; /* x and y exceed half of L2 */
}

/* A result that the last-level cache can't hold is better written around the caches. */
static int wants_stream(const void *x, const void *y, size_t bytes, unsigned bits, uint32_t flags) {
    if (!x || x == y || bits < 8 || (uintptr_t)y % (bits / 8)) return 0;
    if (flags != SIMDROP_STREAM_AUTO) return flags == SIMDROP_STREAM_ALWAYS;
    const size_t llc = simdrop_cpu().llc_bytes;
    return llc && bytes > llc;
}

/* Elements of y before the next line; 0 if it begins one, or if elements don't fit lines. */
static size_t peel(const void *y, unsigned bits) {
    const size_t off = (0 - (uintptr_t)y) % LINE * 8;
    return off & (bits - 1) ? 0 : off >> __builtin_ctz(bits);
}

/* Of the first tile, in which are `most` elements at most: all but what keeps the tiles after it
   from a line of y. Of two words or more there remains something. */
static size_t first_tile(size_t most, const void *y, unsigned bits) {
    if (bits == 1) return most / 8 * 8; /* whole bytes */
    const size_t lane = LINE * 8 >> __builtin_ctz(bits);
    return most - ((most - peel(y, bits)) & (lane - 1));
}

static void advance(struct simdrop_apply *part, size_t n, unsigned bits) {
    part->y = (char *)part->y + n * bits / 8;
    if (part->x) part->x = (const char *)part->x + n * bits / 8;
}

/* More than the words of one tile. */
static void walk_far(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                     const struct simdrop_sink *sink, size_t n, struct simdrop_apply part,
                     uint32_t flags) {
    const unsigned bits = sink->bits;
    const size_t tile = (size_t)64 * kernels->tile_words, bytes = n / 8 * bits;
    const int asks = bytes > SMALL || flags == SIMDROP_STREAM_ALWAYS;
    const int streams = asks && wants_stream(part.x, part.y, bytes, bits, flags);
    simdrop_dropout_fn *const pipelined = n >= PIPELINED_FROM ? sink->pipelined : NULL;
    if (asks && part.x) part.ahead = streams ? AHEAD : prefetch_distance(bytes);
    const size_t room = simdrop_source_room(source, kernels->tile_words);
    size_t m = pipelined ? peel(part.y, bits) : first_tile(room, part.y, bits);
    while (n) {
        if (m > n) m = n;
        if (m) {
            part.n = m;
            part.keep = simdrop_source_next(source, m);
            sink->spend(&part);
            advance(&part, m, bits);
        }
        n -= m;
        m = tile;
        part.streams = streams;
        if (!pipelined) continue;
        part.n = n;
        const size_t done = simdrop_source_pipe(source, pipelined, part);
        advance(&part, done, bits);
        n -= done;
    }
    if (streams) kernels->stream_end();
}

void simdrop_walk(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                  const struct simdrop_sink *sink, size_t n, const void *x, void *y,
                  uint32_t flags) {
    struct simdrop_apply part = {.y = y, .x = x, .n = n, .scale = sink->scale};
    if (n > simdrop_source_room(source, kernels->tile_words)) {
        walk_far(kernels, source, sink, n, part, flags);
        return;
    }
    part.keep = simdrop_source_next(source, n);
    sink->spend(&part);
}

static void spend_on_bits(const struct simdrop_apply *part) {
    uint8_t *const to = part->y;
    memcpy(to, part->keep, (part->n + 7) / 8);
    if (part->n % 8) to[part->n / 8] &= (uint8_t)((1u << part->n % 8) - 1);
}

const struct simdrop_sink simdrop_sink_of_bits = {.spend = spend_on_bits, .bits = 1};
