/* SPDX-License-Identifier: MIT */
/* Draws, carries and shifts; rows; ones; stored bits and bytes. */
#include "core/source.h"

#include "core/splice.h"
#include "core/words.h"

#include <string.h>

static void draw_run(struct simdrop_source *source, uint64_t *out, size_t words) {
    struct simdrop_draw *draw = &source->draw;
    for (size_t run; words; out += run, draw->next_word += run, words -= run) {
        run = simdrop_run_length(draw->next_word, words, source->blocks);
        source->draw_words(out, run, draw->next_word, draw->philox, draw->threshold);
    }
}

static const uint64_t *next_draws(struct simdrop_source *source, size_t n) {
    const size_t begin = source->draw.begin, end = begin + n, words = (end - 1) / 64;
    source->drawn[0] = source->draw.carry;
    /* is shifted in behind the last element, if no kernel writes it */
    source->drawn[words + 1] = 0;
    draw_run(source, source->drawn + 1, words);
    const uint64_t *bits = source->drawn + begin / 64;
    if (begin % 64) {
        simdrop_splice(source->shifted, (n + 63) / 64, bits[0], bits + 1, begin % 64);
        bits = source->shifted;
    }
    source->draw.carry = source->drawn[words];
    source->draw.begin = end % 64 ? end % 64 : 64;
    return bits;
}

/* At the beginning `begin` may be more than 64: the first word, not drawn yet, is not a carry. */
static void seek(struct simdrop_source *source, uint64_t offset) {
    source->draw.next_word = offset / 64;
    source->draw.carry = 0;
    source->draw.begin = 64 + offset % 64;
}

void simdrop_source_draws(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                          const struct simdrop_plan *plan, uint64_t offset) {
    source->next = next_draws;
    source->layout = NULL;
    source->is_drawn = source->is_joined = 1;
    source->draw_words = kernels->draw_mask[simdrop_plan_width(plan)];
    source->blocks = (unsigned)plan->bits / 2;
    source->draw.philox = &plan->philox;
    source->draw.pieces = NULL;
    source->draw.threshold = (uint32_t)plan->threshold;
    seek(source, offset);
}

/* Parts of rows whose words are drawn together. */
struct segment {
    size_t word; /* its first, in the list */
    size_t n;
    unsigned begin; /* in that word */
};
struct list {
    uint64_t number[SIMDROP_MAX_TILE_WORDS];
    struct segment segments[SIMDROP_MAX_TILE_WORDS];
    size_t words, count;
};

/* Adds a part of a row, of n elements or as many as there is room for; returns how many. A word that
   the part before it has too isn't drawn twice. */
static size_t list_part(struct list *list, uint64_t position, size_t n, unsigned blocks) {
    const uint64_t first = position / 64;
    const unsigned begin = position % 64;
    const int shared = list->words && list->number[list->words - 1] == first;
    const size_t at = list->words - (size_t)shared, room = SIMDROP_MAX_TILE_WORDS - at;
    const int carries = 32 - __builtin_ctz(blocks); /* after 2 to this many words */
    if (room == 0 || (at && list->number[0] >> carries != first >> carries)) return 0;
    const size_t run = simdrop_run_length(first, room, blocks);
    if (n > 64 * run - begin) n = 64 * run - begin;
    const size_t words = (begin + n + 63) / 64;
    for (size_t i = 0; i < words; ++i) list->number[at + i] = first + i;
    list->words = at + words;
    list->segments[list->count++] = (struct segment){at, n, begin};
    return n;
}

/* Sets bits [at, at + n) of `out`, zero from there on, to the bits of `words` from `begin` on. */
static void append(uint64_t *out, size_t at, const uint64_t *words, unsigned begin, size_t n) {
    const unsigned to = at % 64;
    out += at / 64;
    for (size_t m; n; n -= m, ++words, ++out) {
        m = n < 64 ? n : 64;
        uint64_t bits = words[0] >> begin;
        if (begin + m > 64) bits |= words[1] << (64 - begin);
        bits &= UINT64_MAX >> (64 - m);
        out[0] |= bits << to;
        if (to + m > 64) out[1] |= bits >> (64 - to);
    }
}

static const uint64_t *next_of_rows(struct simdrop_source *source, size_t n) {
    const struct simdrop_layout *layout = source->layout;
    memset(source->shifted, 0, sizeof source->shifted);
    for (size_t at = 0; at < n;) {
        struct list list = {.words = 0, .count = 0};
        for (size_t planned = at, m; planned < n && list.count < SIMDROP_MAX_TILE_WORDS;) {
            const size_t left = layout->cols - source->col;
            m = n - planned < left ? n - planned : left;
            m = list_part(&list, simdrop_layout_position(layout, source->row) + source->col, m,
                          source->blocks);
            if (m == 0) break;
            planned += m;
            source->col += m;
            if (source->col == layout->cols) source->col = 0, ++source->row;
        }
        source->draw_list(source->drawn, list.words, list.number, source->draw.philox,
                          source->draw.threshold);
        for (size_t i = 0; i < list.count; ++i) {
            const struct segment *s = &list.segments[i];
            append(source->shifted, at, source->drawn + s->word, s->begin, s->n);
            at += s->n;
        }
    }
    return source->shifted;
}

void simdrop_source_rows(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                         const struct simdrop_plan *plan, const struct simdrop_layout *layout) {
    simdrop_source_draws(source, kernels, plan, simdrop_layout_position(layout, 0));
    source->layout = layout;
    source->is_joined = simdrop_layout_is_range(layout) || !simdrop_layout_is_long(layout);
    if (simdrop_layout_is_range(layout) || simdrop_layout_is_long(layout)) return;
    source->next = next_of_rows;
    source->draw_list = kernels->draw_list[simdrop_plan_width(plan)];
    source->draw.begin = 64;
    source->row = source->col = 0;
}

void simdrop_source_goto(struct simdrop_source *source, const struct simdrop_layout *layout,
                         size_t row, size_t col) {
    source->next = next_draws;
    seek(source, simdrop_layout_position(layout, row) + col);
}

static const uint64_t *next_constant(struct simdrop_source *source, size_t n) {
    (void)n;
    return source->shifted;
}

static void constant(struct simdrop_source *source, int byte) {
    source->next = next_constant;
    source->is_drawn = 0;
    source->is_joined = 1;
    source->draw.begin = 64;
    memset(source->shifted, byte, sizeof source->shifted);
}

void simdrop_source_ones(struct simdrop_source *source) { constant(source, 0xff); }
void simdrop_source_zeros(struct simdrop_source *source) { constant(source, 0); }

static const uint64_t *next_bits(struct simdrop_source *source, size_t n) {
    const size_t begin = source->draw.begin % 64, end = begin + n;
    memcpy(source->drawn, source->bytes, (end + 7) / 8);
    source->bytes += end / 8;
    source->draw.begin = 64 + end % 8;
    if (!begin) return source->drawn;
    simdrop_splice(source->shifted, (n + 63) / 64, source->drawn[0], source->drawn + 1,
                   (unsigned)begin);
    return source->shifted;
}

static void seek_bit(struct simdrop_source *source, size_t bit) {
    source->bytes = source->mask + bit / 8;
    source->draw.begin = 64 + bit % 8;
}

void simdrop_source_bits(struct simdrop_source *source, const uint8_t *mask, size_t begin,
                         const struct simdrop_layout *layout) {
    source->next = next_bits;
    source->layout = layout;
    source->is_drawn = 0;
    source->is_joined = 1;
    source->mask = mask;
    seek_bit(source, begin);
}

void simdrop_source_same_bits(struct simdrop_source *source, const uint8_t *mask) {
    static const struct simdrop_layout same = {.cols = 0}; /* from one row's bits to the next's */
    simdrop_source_bits(source, mask, 0, &same);
    source->is_joined = 0;
}

void simdrop_source_row(struct simdrop_source *source, size_t row) {
    if (source->next == next_bits) seek_bit(source, row * source->layout->cols);
    if (source->next != next_draws) return;
    const uint64_t position = simdrop_layout_position(source->layout, row);
    /* by words: behind the last element there is none, least of all the first */
    const uint64_t word = source->draw.next_word - 1 + source->draw.begin / 64;
    if (position / 64 != word || position % 64 != source->draw.begin % 64) seek(source, position);
}

void simdrop_source_of(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                       const struct simdrop_plan *plan, const struct simdrop_layout *layout,
                       const uint8_t *mask) {
    if (simdrop_plan_drops_all(plan)) /* its scale is 0, and no product with it is made */
        simdrop_source_zeros(source);
    else if (mask)
        simdrop_source_bits(source, mask, 0, layout);
    else if (simdrop_plan_keeps_all(plan))
        simdrop_source_ones(source);
    else
        simdrop_source_rows(source, kernels, plan, layout);
}

static const uint64_t *next_bytes(struct simdrop_source *source, size_t n) {
    const size_t whole = n / 64, rest = n % 64;
    source->pack(source->drawn, whole, source->bytes);
    if (rest) {
        uint8_t last[64] = {0};
        memcpy(last, source->bytes + 64 * whole, rest);
        source->pack(source->drawn + whole, 1, last);
    }
    source->bytes += n;
    return source->drawn;
}

void simdrop_source_bytes(struct simdrop_source *source, const struct simdrop_kernels *kernels,
                          const uint8_t *mask) {
    source->next = next_bytes;
    source->layout = NULL;
    source->is_drawn = 0;
    source->is_joined = 1;
    source->pack = kernels->pack_mask;
    source->bytes = mask;
    source->draw.begin = 64;
}

size_t simdrop_source_pipe(struct simdrop_source *source, simdrop_dropout_fn *kernel,
                           struct simdrop_apply part) {
    struct simdrop_draw *draw = &source->draw;
    if (source->next != next_draws) return 0;
    if (draw->begin > 64) {
        draw_run(source, source->drawn, 1);
        draw->carry = source->drawn[0];
        draw->begin -= 64;
    }
    const size_t words = simdrop_run_length(draw->next_word, part.n / 64, source->blocks);
    part.n = 64 * words;
    return kernel(&part, draw);
}

/* Words that a kernel draws in one call: so many that its first batch and its last, which overlap
   with no other, hardly count. */
enum { PIECES = 256 };

/* number[0 .. MOST) = those of the words from (row, col) of a layout of words on, as many as there
   are and as have the same upper half of the block number; returns how many. */
static size_t number_words(uint64_t *number, const struct simdrop_layout *layout, size_t row,
                           size_t col, unsigned blocks) {
    const unsigned period = 32 - (unsigned)__builtin_ctz(blocks);
    uint64_t word = (simdrop_layout_position(layout, row) + col) / 64, others = 0;
    const uint64_t first = word;
    size_t words = 0;
    for (size_t left = (layout->cols - col) / 64; words < PIECES; ++word) {
        number[words++] = word;
        others |= word ^ first;
        if (--left) continue;
        if (++row == layout->rows) break;
        word = simdrop_layout_position(layout, row) / 64 - 1;
        left = layout->cols / 64;
    }
    if (others >> period == 0) return words;
    for (words = 1; number[words] >> period == first >> period;) ++words;
    return words;
}

size_t simdrop_source_pipe_rows(const struct simdrop_source *source, simdrop_dropout_fn *kernel,
                                struct simdrop_apply part, const struct simdrop_layout *layout,
                                size_t row, size_t col, size_t size) {
    const int dense = simdrop_layout_is_dense(layout); /* then there is no end of rows to see to */
    uint64_t number[PIECES];
    const struct simdrop_pieces pieces = {.number = number,
                                          .left = dense ? 64 * (PIECES + 1) : layout->cols - col,
                                          .row = layout->cols,
                                          .x_gap = (layout->ldx - layout->cols) * size,
                                          .y_gap = (layout->ldy - layout->cols) * size};
    struct simdrop_draw draw = source->draw;
    draw.begin = 64;
    draw.pieces = &pieces;
    part.n = 64 * number_words(number, layout, row, col, source->blocks);
    return kernel(&part, &draw);
}
