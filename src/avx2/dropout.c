/* SPDX-License-Identifier: MIT */
/*
 * Draws and applies in one loop, AVX2: while eight groups of blocks are drawn (philox.c), the words
 * of the eight before them are spent, 32 elements after two rounds of a group (apply.c).
 *
 * The limit is the sum of both operations over four ports (Zen 3 to 5): 64 elements of f32 take
 * 156 to draw with 16 bits and 32 to apply, 47 cycles: 1.36 elements a cycle; 2.35 with 8 bits, 0.75
 * with 32. But the loop reaches more of it than drawing and applying by turns, most of all where x
 * and y come from L3 or memory: they then arrive and leave while others are drawn.
 *
 * Rows of whole words go the same way, where they are apart in memory or in the stream: the words are
 * those of a list, and a piece is followed by the question whether its row ends. That is some 10
 * operations more for 64 elements, off the vector ports. Whether they are streamed is asked there
 * too, by one instance for both: 2 % slower, and 30 KB less code.
 */
#include "apply.h"
#include "philox.h"

#include "core/splice.h"

/* The words of eight groups, and what they are spent on. */
struct spending {
    struct course course;
    const uint64_t *keep;
    size_t elements;
    enum way way;
    int apart; /* rows, of which these are the numbers: */
    size_t left, row, x_gap, y_gap;
};

SIMDROP_INLINE void spend(struct spending *s, piece_fn *piece, unsigned call) {
    if (32 * call >= s->elements) return;
    const __m256i bits = bits_at((const char *)s->keep + 4 * call);
    if (!s->apart)
        piece(&s->course, bits, s->way);
    else if (s->way == STREAMS) /* not a constant */
        piece(&s->course, bits, STREAMS);
    else
        piece(&s->course, bits, DRAWING);
    if (!s->apart || (s->left -= 32)) return;
    s->course.x += s->x_gap;
    s->course.y += s->y_gap;
    s->left = s->row;
}

SIMDROP_INLINE size_t dropout(const struct simdrop_apply *a, struct simdrop_draw *d,
                              meanwhile_fn *spend_some, simdrop_draw_mask_fn *draw_mask,
                              simdrop_draw_list_fn *draw_list, put_fn *put, __m256i threshold,
                              __m256i order, unsigned bits, enum way way, int apart) {
    const size_t words = 8 * GROUPS / bits; /* of 4 blocks of 128 bits each */
    const size_t batches = a->n / (64 * words);
    if (batches < 2) return 0;
    const uint64_t *number = apart ? d->pieces->number : &d->next_word;
    const uint64_t first_block = *number * (bits / 2);
    const struct simdrop_philox_head head = simdrop_philox_head(first_block, d->philox);
    uint64_t drawn[GROUPS + SIMDROP_MASK_SLACK], spliced[GROUPS], places[GROUPS];
    struct spending s = {
        .course = course_of(a), .elements = 64 * words, .way = way, .apart = apart};
    __m256i p0 = first_product(apart ? 0 : first_block, order);
    uint8_t *mask = a->mask;
    if (apart) {
        s.left = d->pieces->left, s.row = d->pieces->row;
        s.x_gap = d->pieces->x_gap, s.y_gap = d->pieces->y_gap;
        draw_list(drawn, words, number, d->philox, d->threshold);
    } else {
        draw_mask(drawn, words, *number, d->philox, d->threshold);
    }
    s.keep = simdrop_splice_next(spliced, words, drawn, d, &mask);
    for (size_t i = 1; i < batches; ++i) {
        struct drawn w[GROUPS];
        if (apart)
            simdrop_philox_places(places, number += words, words, bits / 8);
        else
            p0 = skip(p0, GROUPS);
        draw(w, p0, apart ? places : NULL, &head, d->philox, spend_some, &s);
        put(drawn, words, w, threshold);
        s.keep = simdrop_splice_next(spliced, words, drawn, d, &mask);
    }
    for (unsigned i = 0; i < 2 * GROUPS; ++i) spend_some(&s, i);
    return batches * s.elements;
}

#define SPEND(type, c_type, ...)                                                                   \
    SIMDROP_INLINE void spend_##type(void *context, unsigned call) {                               \
        spend(context, piece_##type, call);                                                        \
    }
SIMDROP_TYPES(SPEND, )

#define DROPOUT_BY(way, apart, type, width, bits)                                                  \
    dropout(a, d, spend_##type, KERNEL(draw_mask_##width), KERNEL(draw_list_##width), put_##width, \
            threshold_##width(d->threshold), order_##width(), bits, way, apart)
#define DROPOUT(type, c_type, width, bits)                                                         \
    size_t KERNEL(dropout_##type##_##width)(const struct simdrop_apply *a,                         \
                                            struct simdrop_draw *d) {                              \
        if (d->pieces) return DROPOUT_BY(a->streams ? STREAMS : DRAWING, 1, type, width, bits);    \
        return a->streams ? DROPOUT_BY(STREAMS, 0, type, width, bits)                              \
                          : DROPOUT_BY(DRAWING, 0, type, width, bits);                             \
    }
SIMDROP_TYPES(DROPOUT, u8, 8)
SIMDROP_TYPES(DROPOUT, u16, 16)
SIMDROP_TYPES(DROPOUT, u32, 32)
