/* SPDX-License-Identifier: MIT */
/*
 * Draws and applies in one loop, AVX-512: while six groups of blocks are drawn (philox.c), the words
 * of the six before them are spent, 32 elements after every third group of a round (apply.c).
 *
 * So multiplications and loads and stores, which alone would leave each other's ports idle, share
 * the cycles. The limit is the sum of both operations over four ports (Zen 5): 64 elements of f32
 * take 57 + 4 to draw with 16 bits and 8 to apply, 17.3 cycles: 3.7 elements a cycle; 6.6 with 8,
 * 2.0 with 32. Two ports (Intel) give half of that.
 *
 * Rows of whole words go the same way, where they are apart in memory or in the stream: the words are
 * those of a list, and a piece is followed by the question whether its row ends. That is some 10
 * operations more for 64 elements, off the vector ports. Whether they are streamed is asked there
 * too, by one instance for both.
 */
#include "apply.h"
#include "philox.h"

#include "core/splice.h"

/* The words of six groups, and how far they are spent. */
struct spending {
    struct course course;
    const uint64_t *keep;
    size_t next, elements;
    unsigned at_once[2]; /* pieces of 32 elements in the halves of a round */
    enum way way;
    int apart; /* rows, of which these are the numbers: */
    size_t left, row, x_gap, y_gap;
};

SIMDROP_INLINE void spend(struct spending *s, piece_fn *piece, unsigned half) {
    for (unsigned i = 0; i < s->at_once[half]; ++i, s->next += 32) {
        const __m512i bits = bits_at((const char *)s->keep + s->next / 8);
        if (!s->apart)
            piece(&s->course, bits, s->way);
        else if (s->way == STREAMS) /* not a constant */
            piece(&s->course, bits, STREAMS);
        else
            piece(&s->course, bits, DRAWING);
        if (!s->apart || (s->left -= 32)) continue;
        s->course.x += s->x_gap;
        s->course.y += s->y_gap;
        s->left = s->row;
    }
}

typedef void put_fn(uint64_t *out, struct six_drawn w, __m512i threshold);

SIMDROP_INLINE size_t dropout(const struct simdrop_apply *a, struct simdrop_draw *d,
                              meanwhile_fn *spend_some, simdrop_draw_mask_fn *draw_mask,
                              simdrop_draw_list_fn *draw_list, put_fn *put, __m512i threshold,
                              unsigned bits, enum way way, int apart) {
    const size_t words = 96 / bits; /* of six groups of 8 blocks of 128 bits */
    const size_t batches = a->n / (64 * words);
    if (batches < 2) return 0;
    const uint64_t *number = apart ? d->pieces->number : &d->next_word;
    const uint64_t first_block = *number * (bits / 2);
    const struct simdrop_philox_head head = simdrop_philox_head(first_block, d->philox);
    uint64_t drawn[12 + SIMDROP_MASK_SLACK], spliced[12], places[12];   /* with 8 bits */
    struct spending s = {.course = course_of(a, apart ? DRAWING : way), /* no lines are joined */
                         .elements = 64 * words,
                         .at_once = {(unsigned)words / 6, ((unsigned)words + 3) / 6},
                         .way = way,
                         .apart = apart};
    __m512i p0 = apart ? half_product() : first_product(first_block);
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
        if (apart)
            simdrop_philox_places(places, number += words, words, bits / 8);
        else
            p0 = skip(p0, 6);
        const struct six_drawn w =
            draw_six(p0, apart ? places : NULL, &head, d->philox, spend_some, &s);
        while (s.next < s.elements) spend_some(&s, 1);
        put(drawn, w, threshold);
        s.keep = simdrop_splice_next(spliced, words, drawn, d, &mask);
        s.next = 0;
    }
    s.course.skew = 0; /* of a line of x no more is read than there is */
    while (s.next < s.elements) spend_some(&s, 1);
    return batches * s.elements;
}

#define SPEND(type, c_type, ...)                                                                   \
    SIMDROP_INLINE void spend_##type(void *context, unsigned half) {                               \
        spend(context, piece_##type, half);                                                        \
    }
SIMDROP_TYPES(SPEND, )

#define DROPOUT_BY(way, apart, type, width, bits)                                                  \
    dropout(a, d, spend_##type, KERNEL(draw_mask_##width), KERNEL(draw_list_##width),              \
            put_six_##width, threshold_##width(d->threshold), bits, way, apart)
#define DROPOUT(type, c_type, width, bits)                                                         \
    size_t KERNEL(dropout_##type##_##width)(const struct simdrop_apply *a,                         \
                                            struct simdrop_draw *d) {                              \
        if (d->pieces) return DROPOUT_BY(a->streams ? STREAMS : DRAWING, 1, type, width, bits);    \
        return a->streams ? DROPOUT_BY(STREAMS, 0, type, width, bits)                              \
                          : DROPOUT_BY(DRAWING, 0, type, width, bits);                             \
    }
SIMDROP_TYPES(DROPOUT, u8, 8)
SIMDROP_TYPES(DROPOUT, u16, 16)
DROPOUT(f32, float, u32, 32) /* of 16-bit types by tile is as fast */
DROPOUT(f64, double, u32, 32)
