/* SPDX-License-Identifier: MIT */
/* Shapes made simple, rows repeated, bits spread over blocks. */
#include "core/broadcast.h"

#include <string.h>

/* The n lowest bits, 1 to 64 of them. */
static uint64_t ones(size_t n) { return UINT64_MAX >> (64 - n); }

/* Blocks of b bits, less than 64, are made of the bits of a word, as many as fit: first all come to
   be b apart, in steps in which the upper half of each group of 2h of them moves away from the lower
   one, h = 16, 8, 4, 2, 1. Then each fills the bits above it: 2^b x - x. */
static void init_spread(struct simdrop_broadcast *b) {
    b->steps = 0;
    for (size_t h = 1; h < 64 / b->block; h *= 2, ++b->steps) {
        uint64_t mask = 0;
        for (size_t at = 0; at < 64; at += h * b->block) mask |= ones(h) << at;
        b->step[b->steps].mask = mask;
        b->step[b->steps].shift = (unsigned)(h * (b->block - 1));
    }
}

static uint64_t spread(const struct simdrop_broadcast *b, uint64_t x) {
    for (int i = b->steps; i--;) x = (x | x << b->step[i].shift) & b->step[i].mask;
    return (x << b->block) - x;
}

void simdrop_broadcast_init(struct simdrop_broadcast *b, const struct simdrop_kernels *kernels,
                            const struct simdrop_plan *plan, uint64_t offset, int32_t ndim,
                            const size_t *shape, const size_t *mask_shape) {
    size_t size[1 + SIMDROP_MAX_DIMS] = {1}; /* from the innermost, and every other one shared */
    int last = 0;
    for (int32_t k = ndim; k--;) {
        if (shape[k] == 1) continue;
        const int shared = mask_shape[k] == 1, last_shared = last % 2 == 0;
        if (shared == last_shared)
            size[last] *= shape[k];
        else
            size[++last] = shape[k];
    }
    b->block = size[0];
    b->row = last ? size[1] : 1;
    b->loops = 0;
    uint64_t draws = b->row;
    for (int i = 2; i <= last; ++i) {
        const int repeats = i % 2 == 0;
        b->loop[b->loops++] = (struct simdrop_loop){size[i], 0, repeats ? draws : 0};
        if (!repeats) draws *= size[i];
    }
    b->position = offset;
    b->end = offset + draws; /* 2^64 is 0 */
    b->col = b->rest = b->held = 0;
    b->first = 0;
    b->kernels = kernels;
    b->plan = plan;
    if (b->block > 1 && b->block < 64) init_spread(b);
    b->repeat = 0;
    for (size_t at = 0; at < 64; at += b->row) b->repeat |= UINT64_C(1) << at;
}

void simdrop_broadcast_next_row(struct simdrop_broadcast *b, int from) {
    b->position += b->row;
    for (struct simdrop_loop *loop = b->loop + from; loop < b->loop + b->loops; ++loop) {
        if (++loop->index < loop->count) {
            b->position -= loop->draws;
            return;
        }
        loop->index = 0;
    }
}

/* Sets bits [at, at + n) of `out`, zero from there on, to the lowest n of `bits`, 1 to 64 of them. */
static void put(uint64_t *out, size_t at, uint64_t bits, size_t n) {
    bits &= ones(n);
    out[at / 64] |= bits << at % 64;
    if (at % 64 + n > 64) out[at / 64 + 1] |= bits >> (64 - at % 64);
}

/* Bits [at, at + n) of `words`, 1 to 64 of them; above them may be others. */
static uint64_t get(const uint64_t *words, size_t at, size_t n) {
    const uint64_t low = words[at / 64] >> at % 64;
    return at % 64 + n > 64 ? low | words[at / 64 + 1] << (64 - at % 64) : low;
}

/* Where in b->bits draws [position, position + n) are: drawn, if they aren't there, with as many of
   those that follow as a source gives at a time. */
static size_t hold(struct simdrop_broadcast *b, uint64_t position, size_t n) {
    const uint64_t at = position - b->first;
    if (at < b->held && b->held - at >= n) return (size_t)at;
    if (b->held == 0 || at != b->held)
        simdrop_source_draws(&b->source, b->kernels, b->plan, position);
    const size_t room = simdrop_source_room(&b->source, SIMDROP_MAX_TILE_WORDS);
    const uint64_t left = b->end - position;
    b->first = position;
    b->held = left < room ? (size_t)left : room;
    b->bits = simdrop_source_next(&b->source, b->held);
    return 0;
}

static void end_row(struct simdrop_broadcast *b) {
    b->col = 0;
    simdrop_broadcast_next_row(b, 0);
}

/* Appends the next draws, n at most, all of this row, to the `at` bits of `out`, and returns how
   many. A row that is repeated is held as a whole, so that it isn't drawn again. */
static size_t append_row(struct simdrop_broadcast *b, uint64_t *out, size_t at, size_t n) {
    const int whole = b->loops && !simdrop_broadcast_is_long(b);
    const size_t from =
        whole ? hold(b, b->position, b->row) + b->col : hold(b, b->position + b->col, 1);
    const size_t most = b->held - from < b->row - b->col ? b->held - from : b->row - b->col;
    if (n > most) n = most;
    for (size_t i = 0, m; i < n; i += m) {
        m = n - i < 64 ? n - i : 64;
        put(out, at + i, get(b->bits, from + i, m), m);
    }
    b->col += n;
    if (b->col == b->row) end_row(b);
    return n;
}

/* The same of a row of less than 64 draws and its repetitions, a word's worth of them. */
static size_t append_repeated(struct simdrop_broadcast *b, uint64_t *out, size_t at, size_t n) {
    const size_t row = b->row, col = b->col;
    const size_t from = hold(b, b->position, row);
    const uint64_t bits = get(b->bits, from, row) & ones(row);
    struct simdrop_loop *loop = &b->loop[0];
    const size_t left = loop->count - loop->index;
    if (n > 64 - col) n = 64 - col;
    if (left < 64 && n >= left * row - col) {
        n = left * row - col;
        loop->index = loop->count - 1;
        end_row(b);
    } else {
        loop->index += (col + n) / row;
        b->col = (col + n) % row;
    }
    put(out, at, bits * b->repeat >> col, n);
    return n;
}

/* The same of rows that with their repetitions, `group` draws for each, fit in a word: some that
   follow one another, of which n draws have at least one. */
static size_t append_groups(struct simdrop_broadcast *b, uint64_t *out, size_t at, size_t n,
                            size_t group) {
    const size_t row = b->row, from = hold(b, b->position, row);
    struct simdrop_loop *loop = &b->loop[1];
    size_t count = b->loops > 1 ? loop->count - loop->index : 1;
    if (count > n / group) count = n / group;
    if (count > (b->held - from) / row) count = (b->held - from) / row;
    for (size_t i = 0; i < count; ++i)
        put(out, at + i * group, (get(b->bits, from + i * row, row) & ones(row)) * b->repeat,
            group);
    b->position += (count - 1) * row;
    if (b->loops > 1) loop->index += count - 1;
    simdrop_broadcast_next_row(b, 1);
    return count * group;
}

/* The next n draws, blocks left aside. */
static void append_draws(struct simdrop_broadcast *b, uint64_t *out, size_t n) {
    const size_t row = b->loops && b->row < 64 ? b->row : 0;
    const size_t group = row && b->loop[0].count <= 64 / row ? b->loop[0].count * row : 0;
    for (size_t at = 0; at < n;) {
        if (group && n - at >= group && b->col == 0 && b->loop[0].index == 0)
            at += append_groups(b, out, at, n - at, group);
        else if (row)
            at += append_repeated(b, out, at, n - at);
        else
            at += append_row(b, out, at, n - at);
    }
}

static void put_run(uint64_t *out, size_t at, uint64_t bit, size_t n) {
    for (size_t m; n; at += m, n -= m) {
        m = n < 64 ? n : 64;
        put(out, at, 0 - bit, m);
    }
}

/* n elements: the rest of a block, then of draws, as many as fit in a word at a time, the blocks. */
static void append_blocks(struct simdrop_broadcast *b, uint64_t *out, size_t n) {
    size_t at = b->rest < n ? b->rest : n;
    put_run(out, 0, b->bit, at);
    b->rest -= at;
    if (at == n) return;
    uint64_t draws[1 + SIMDROP_MAX_TILE_WORDS] = {0};
    const size_t count = (n - at - 1) / b->block + 1, some = b->block < 64 ? 64 / b->block : 1;
    append_draws(b, draws, count);
    b->rest = at + count * b->block - n;
    b->bit = get(draws, count - 1, 1) & 1;
    for (size_t i = 0, m; at < n; i += some, at += m) {
        const uint64_t bits = get(draws, i, some) & ones(some);
        m = some * b->block < n - at ? some * b->block : n - at;
        if (b->block < 64)
            put(out, at, spread(b, bits), m);
        else
            put_run(out, at, bits, m);
    }
}

static const uint64_t *next_broadcast(struct simdrop_source *source, size_t n) {
    memset(source->shifted, 0, sizeof source->shifted);
    if (source->broadcast->block == 1)
        append_draws(source->broadcast, source->shifted, n);
    else
        append_blocks(source->broadcast, source->shifted, n);
    return source->shifted;
}

void simdrop_source_broadcast(struct simdrop_source *source, struct simdrop_broadcast *broadcast) {
    source->next = next_broadcast;
    source->layout = NULL;
    source->is_drawn = 0;
    source->is_joined = 1;
    source->draw.begin = 64;
    source->broadcast = broadcast;
}
