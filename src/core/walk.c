/* SPDX-License-Identifier: MIT */
/* Peels, prefetches, streams and fences. */
#include "core/walk.h"

#include "core/leave.h"
#include "core/splice.h"
#include "cpu/cpu.h"

#include <simdrop/dropout.h>

#include <string.h>

/* What a line of memory is to every CPU that simdrop has kernels for. */
enum { LINE = 64 };

/* Memory answers within some 100 ns, in which a kernel reads less than that: from 1 to 16 KiB ahead
   all distances are within 5 % of each other on Zen; on Intel two pages are up to 8 % better than
   one if y is streamed, and 2 % worse from L3. */
enum { AHEAD = 4096, AHEAD_OF_STREAMS = 8192 };

/* So many bytes of x and of y are half of the smallest L2 there is: the caches needn't be asked for. */
enum { SMALL = 65536 };

/* Elements from which it pays, as measured, to draw a batch before there is one to spend. */
enum { PIPELINED_FROM = 2048 };

/* From L2 prefetching would cost a tenth. */
static size_t prefetch_distance(size_t bytes) {
    const size_t l2 = simdrop_cpu().l2_bytes;
    return bytes > (l2 ? l2 : (size_t)1 << 20) / 4 ? AHEAD : 0; /* x and y exceed half of L2 */
}

/* Above this, results are better written around a cache that could hold them too: one of 300 MiB,
   which many cores share, is so slow that to write around it is 1.3 times as fast from 32 MiB on,
   1.5 from 128, and even when the result is read at once by 1.15 and 1.3 (Emerald Rapids). */
enum { LARGE = 32 << 20 };

/* A result that the last-level cache can't hold is better written around the caches. */
static int wants_stream(const void *x, const void *y, size_t bytes, unsigned bits, uint32_t flags) {
    if (!x || x == y || bits < 8 || (uintptr_t)y % (bits / 8)) return 0;
    if (flags != SIMDROP_STREAM_AUTO) return flags == SIMDROP_STREAM_ALWAYS;
    const size_t llc = simdrop_cpu().llc_bytes;
    return llc && bytes > (llc < LARGE ? llc : LARGE);
}

/* How the whole of a walk meets memory. */
struct course {
    size_t ahead;
    int streams;
};

static struct course course_of(const void *x, const void *y, size_t bytes, unsigned bits,
                               uint32_t flags) {
    if (bytes <= SMALL && flags != SIMDROP_STREAM_ALWAYS) return (struct course){0, 0};
    const int streams = wants_stream(x, y, bytes, bits, flags);
    return (struct course){x ? streams ? AHEAD_OF_STREAMS : prefetch_distance(bytes) : 0, streams};
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
    part->col += n;
}

static void spend_part(const struct simdrop_sink *sink, const struct simdrop_apply *part) {
    sink->spend(part);
    if (sink->leaving) simdrop_leave(sink->leaving, part->keep, part->n);
}

/* As far as the sink's pipelined kernel goes, which leaves whole words of mask at any byte. What is
   to be otherwise it leaves here, in pieces so long that to begin one, without a batch to spend,
   costs little. */
static size_t pipe(struct simdrop_source *source, const struct simdrop_sink *sink,
                   struct simdrop_apply part) {
    struct simdrop_leaving *const leaving = sink->leaving;
    uint64_t words[SIMDROP_LEAVE_WORDS + 1];
    const int directly = !leaving || simdrop_leaves_words(leaving);
    const size_t n = part.n, piece = directly ? n : (size_t)64 * SIMDROP_LEAVE_WORDS;
    for (size_t done = 0, some;; done += some) {
        part.n = n - done < piece ? n - done : piece;
        part.mask = !leaving ? NULL : directly ? leaving->to : (uint8_t *)words;
        some = part.n ? simdrop_source_pipe(source, sink->pipelined, part) : 0;
        if (!some) return done;
        advance(&part, some, sink->bits);
        if (!directly)
            simdrop_leave(leaving, words, some);
        else if (leaving)
            leaving->to += some / 8;
    }
}

/* More than the words of one tile. */
static void walk_far(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                     const struct simdrop_sink *sink, size_t n, struct simdrop_apply part,
                     struct course course) {
    const unsigned bits = sink->bits;
    const size_t tile = (size_t)64 * kernels->tile_words;
    const int pipelined = sink->pipelined && n >= PIPELINED_FROM;
    const size_t room = simdrop_source_room(source, kernels->tile_words);
    size_t m = pipelined || !source->is_drawn ? peel(part.y, bits) : first_tile(room, part.y, bits);
    /* in the caches whole bytes of the mask are worth more than whole lines of y */
    if (sink->leaving && simdrop_leaves_bits(sink->leaving) && !course.streams) m -= m % 8;
    part.ahead = course.ahead;
    while (n) {
        if (m > n) m = n;
        if (m) {
            part.n = m;
            part.keep = simdrop_source_next(source, m);
            spend_part(sink, &part);
            advance(&part, m, bits);
        }
        n -= m;
        m = tile;
        part.streams = course.streams;
        if (!pipelined) continue;
        part.n = n;
        const size_t done = pipe(source, sink, part);
        advance(&part, done, bits);
        n -= done;
    }
}

static int fits_tile(const struct simdrop_kernels *kernels, const struct simdrop_source *source,
                     size_t n) {
    return n <= simdrop_source_room(source, kernels->tile_words);
}

/* The part by its address: to copy what was just stored would make CPUs wait. */
static void walk_tile(struct simdrop_source *source, const struct simdrop_sink *sink,
                      struct simdrop_apply *part) {
    part->keep = simdrop_source_next(source, part->n);
    spend_part(sink, part);
}

static struct simdrop_apply part_of(const struct simdrop_sink *sink, size_t n, const void *x,
                                    void *y) {
    return (struct simdrop_apply){
        .y = y, .x = x, .n = n, .scale = sink->scale, .operands = sink->operands};
}

void simdrop_walk(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                  const struct simdrop_sink *sink, size_t n, const void *x, void *y,
                  uint32_t flags) {
    struct simdrop_apply part = part_of(sink, n, x, y);
    if (fits_tile(kernels, source, n)) {
        walk_tile(source, sink, &part);
        return;
    }
    const struct course course = course_of(x, y, n / 8 * sink->bits, sink->bits, flags);
    walk_far(kernels, source, sink, n, part, course);
    if (course.streams) kernels->stream_end();
}

uint32_t simdrop_walk_flags(const struct simdrop_sink *sink, size_t bytes, const void *x, void *y,
                            uint32_t flags) {
    return wants_stream(x, y, bytes, sink->bits, flags) ? SIMDROP_STREAM_ALWAYS
                                                        : SIMDROP_STREAM_NEVER;
}

/* Elements of a block that are spent at a time; so many zeros are there to be read. */
enum { BLOCK_TILE = 512 };
static const _Alignas(LINE) uint64_t zeros[BLOCK_TILE];

/* Blocks that are all kept, n elements of them. After them the next `skipped` bytes of x aren't
   read: when prefetching gets there, it goes on behind them. */
static void walk_kept(const struct simdrop_sink *sink, const uint64_t *ones, size_t n,
                      struct simdrop_apply part, struct course course, size_t skipped) {
    part.keep = ones;
    for (size_t m = course.streams ? peel(part.y, sink->bits) : 0; n; n -= part.n, m = 0) {
        part.n = m ? m : BLOCK_TILE;
        if (part.n > n) part.n = n;
        part.streams = course.streams && !m;
        part.ahead = course.ahead;
        if (course.ahead && n * (sink->bits / 8) <= course.ahead) part.ahead += skipped;
        sink->spend(&part);
        advance(&part, part.n, sink->bits);
    }
}

/* The same, of +0; they are copied from the caches if they are written around them. */
static void walk_dropped(const struct simdrop_sink *sink, const uint64_t *ones, size_t n,
                         struct simdrop_apply part, struct course course) {
    if (!course.streams) {
        memset(part.y, 0, n * (sink->bits / 8));
        return;
    }
    part.keep = ones;
    part.ahead = LINE;
    for (size_t m = peel(part.y, sink->bits); n; n -= part.n, m = 0) {
        part.x = zeros;
        part.n = m ? m : BLOCK_TILE;
        if (part.n > n) part.n = n;
        part.streams = !m;
        sink->spend(&part);
        advance(&part, part.n, sink->bits);
    }
}

/* How many of bits [at, end) follow one another and are `bit`. */
static size_t run_of(const uint64_t *bits, size_t at, size_t end, uint64_t bit) {
    size_t run = 0;
    while (at + run < end && (bits[(at + run) / 64] >> (at + run) % 64 & 1) == bit) ++run;
    return run;
}

/* Of blocks that are dropped x isn't read, and those that are kept need no mask. */
void simdrop_walk_blocks(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                         const struct simdrop_sink *sink, size_t blocks, size_t size, const void *x,
                         void *y, uint32_t flags) {
    const unsigned bits = sink->bits;
    struct simdrop_apply part = part_of(sink, 0, x, y);
    const struct course course = course_of(x, y, blocks * size / 8 * bits, bits, flags);
    struct simdrop_source ones;
    simdrop_source_ones(&ones);
    const uint64_t *const all = simdrop_source_next(&ones, BLOCK_TILE);
    for (size_t m; blocks; blocks -= m) {
        const size_t room = simdrop_source_room(source, SIMDROP_MAX_TILE_WORDS);
        m = blocks < room ? blocks : room;
        const uint64_t *const keep = simdrop_source_next(source, m);
        for (size_t i = 0; i < m;) {
            const size_t kept = run_of(keep, i, m, 1), dropped = run_of(keep, i + kept, m, 0);
            const size_t skipped = dropped * size;
            walk_kept(sink, all, kept * size, part, course, skipped * bits / 8);
            advance(&part, kept * size, bits);
            walk_dropped(sink, all, skipped, part, course);
            advance(&part, skipped, bits);
            i += kept + dropped;
        }
    }
    if (course.streams) kernels->stream_end();
}

static void next_row(struct simdrop_apply *part, const struct simdrop_layout *layout,
                     unsigned bits) {
    part->x = (const char *)part->x + layout->ldx * (bits / 8);
    part->y = (char *)part->y + layout->ldy * (bits / 8);
    ++part->row;
}

static size_t begin_row_of(const struct simdrop_sink *sink, const struct simdrop_layout *layout,
                           size_t row) {
    return sink->begin_row ? sink->begin_row(sink->operands, row) : layout->cols;
}
static void end_row_of(const struct simdrop_sink *sink, size_t row) {
    if (sink->end_row) sink->end_row(sink->operands, row);
}

/* Rows that are longer than a tile. */
static void walk_long_rows(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                           const struct simdrop_sink *sink, const struct simdrop_layout *layout,
                           struct simdrop_apply part, struct course course) {
    for (size_t i = 0; i < layout->rows; ++i, next_row(&part, layout, sink->bits)) {
        simdrop_source_row(source, i);
        part.n = begin_row_of(sink, layout, i);
        if (part.n && !course.streams && fits_tile(kernels, source, part.n))
            walk_tile(source, sink, &part);
        else
            walk_far(kernels, source, sink, part.n, part, course);
        end_row_of(sink, i);
    }
}

/* Rows of which some have their words drawn together. */
static void walk_short_rows(struct simdrop_source *source, const struct simdrop_sink *sink,
                            const struct simdrop_layout *layout, struct simdrop_apply part,
                            struct course course) {
    const size_t cols = layout->cols, pitch = layout->ldy * (sink->bits / 8);
    uint64_t spliced[SIMDROP_MAX_TILE_WORDS];
    part.ahead = course.ahead;
    part.streams = course.streams && ((uintptr_t)part.y | pitch) % LINE == 0;
    for (size_t first = 0, rows; first < layout->rows; first += rows) {
        const size_t room = simdrop_source_room(source, SIMDROP_MAX_TILE_WORDS) / cols;
        const size_t left = layout->rows - first;
        rows = left < room ? left : room;
        const uint64_t *const keep = simdrop_source_next(source, rows * cols);
        for (size_t i = 0; i < rows; ++i, next_row(&part, layout, sink->bits)) {
            const size_t at = i * cols;
            part.keep = keep + at / 64;
            if (at % 64) {
                simdrop_splice(spliced, (cols + 63) / 64, part.keep[0], part.keep + 1, at % 64);
                part.keep = spliced;
            }
            part.n = begin_row_of(sink, layout, first + i);
            if (part.n) sink->spend(&part);
            end_row_of(sink, first + i);
        }
    }
}

/* Rows apart take hardware's prefetches with what is between them: two rows ahead were best of 0 to
   32, as measured in L3. */
static size_t ahead_in_rows(size_t ahead, size_t row, size_t pitch) {
    return row < ahead && row != pitch ? 2 * pitch : ahead;
}

/* Rows of whole words, which a kernel draws and spends in batches that know no rows. */
static void walk_rows_of_words(struct simdrop_source *source, const struct simdrop_sink *sink,
                               const struct simdrop_layout *layout, struct simdrop_apply part,
                               struct course course) {
    const size_t size = sink->bits / 8, x_pitch = layout->ldx * size, y_pitch = layout->ldy * size;
    const char *const x = part.x;
    char *const y = part.y;
    part.ahead = ahead_in_rows(course.ahead, layout->cols * size, x_pitch);
    part.streams = course.streams && ((uintptr_t)y | y_pitch) % LINE == 0;
    for (size_t row = 0, col = 0; row < layout->rows;) {
        part.x = x + row * x_pitch + col * size;
        part.y = y + row * y_pitch + col * size;
        size_t done =
            simdrop_source_pipe_rows(source, sink->pipelined, part, layout, row, col, size);
        if (!done) {
            const size_t most = 64 * (SIMDROP_MAX_TILE_WORDS - 1), left = layout->cols - col;
            part.n = done = left < most ? left : most;
            simdrop_source_goto(source, layout, row, col);
            walk_tile(source, sink, &part);
        }
        col += done;
        row += col / layout->cols;
        col %= layout->cols;
    }
}

static int wants_batches(const struct simdrop_source *source, const struct simdrop_sink *sink,
                         const struct simdrop_layout *layout, size_t n) {
    const int is_one = simdrop_layout_is_dense(layout) && simdrop_layout_is_range(layout);
    return sink->pipelined && !sink->operands && !is_one && n >= PIPELINED_FROM &&
           layout->cols < PIPELINED_FROM && simdrop_layout_is_of_words(layout) &&
           source->layout == layout && source->is_drawn;
}

void simdrop_walk_rows(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                       const struct simdrop_sink *sink, const struct simdrop_layout *layout,
                       const void *x, void *y, uint32_t flags) {
    const size_t n = layout->rows * layout->cols;
    const int is_long = simdrop_layout_is_long(layout);
    const int in_batches = wants_batches(source, sink, layout, n);
    if (simdrop_layout_is_dense(layout) && !sink->operands && source->is_joined && !in_batches) {
        simdrop_walk(kernels, source, sink, n, x, y, flags);
        return;
    }
    const struct simdrop_apply part = part_of(sink, layout->cols, x, y);
    const struct course course = course_of(x, y, n / 8 * sink->bits, sink->bits, flags);
    if (in_batches)
        walk_rows_of_words(source, sink, layout, part, course);
    else if (is_long)
        walk_long_rows(kernels, source, sink, layout, part, course);
    else
        walk_short_rows(source, sink, layout, part, course);
    if (course.streams) kernels->stream_end();
}

static void spend_on_bytes(const struct simdrop_apply *part) {
    const struct simdrop_kernels *const kernels = part->operands;
    struct simdrop_leaving leaving = {.to = part->y, .unpack = kernels->unpack_mask};
    simdrop_leave(&leaving, part->keep, part->n);
}

struct simdrop_sink simdrop_sink_of_bytes(const struct simdrop_kernels *kernels) {
    return (struct simdrop_sink){.spend = spend_on_bytes, .operands = kernels, .bits = 8};
}

static void spend_on_bits(const struct simdrop_apply *part) {
    simdrop_write_bits(part->y, part->keep, part->n);
}

const struct simdrop_sink simdrop_sink_of_bits = {.spend = spend_on_bits, .bits = 1};
