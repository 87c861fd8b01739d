/* SPDX-License-Identifier: MIT */
/*
 * Draws and applies in one loop, AVX2.
 */
#include "apply.h"
#include "philox.h"

#include "core/splice.h"

/* The words of eight groups, and how far they are spent. */
struct spending {
    struct course course;
    const uint64_t *keep;
    size_t elements;
    enum way way;
};

SIMDROP_INLINE void spend(struct spending *s, piece_fn *piece, unsigned call) {
    if (32 * call < s->elements)
        piece(&s->course, bits_at((const char *)s->keep + 4 * call), s->way);
}

/* Has the words of eight groups, now drawn, spent next: from x's first bit on. */
SIMDROP_INLINE void renew(struct spending *s, struct simdrop_draw *d, const uint64_t *drawn,
                          uint64_t *spliced) {
    const size_t words = s->elements / 64;
    s->keep = drawn;
    if (d->begin != 64) {
        simdrop_splice(spliced, words, d->carry, drawn, d->begin);
        s->keep = spliced;
    }
    d->carry = drawn[words - 1];
    d->next_word += words;
}

SIMDROP_INLINE size_t dropout(const struct simdrop_apply *a, struct simdrop_draw *d,
                              meanwhile_fn *spend_some, simdrop_draw_mask_fn *draw_mask,
                              put_fn *put, __m256i threshold, __m256i order, unsigned bits,
                              enum way way) {
    const size_t words = GROUPS * 8 / bits, batches = a->n / (64 * words);
    if (batches < 2) return 0;
    const uint64_t first_block = d->next_word * (bits / 2);
    const struct simdrop_philox_head head = simdrop_philox_head(first_block, d->philox);
    uint64_t drawn[8 + SIMDROP_MASK_SLACK], spliced[8];
    struct spending s = {.course = course_of(a), .elements = 64 * words, .way = way};
    __m256i p0 = first_product(first_block, order);
    draw_mask(drawn, words, d->next_word, d->philox, d->threshold);
    renew(&s, d, drawn, spliced);
    for (size_t i = 1; i < batches; ++i) {
        p0 = skip(p0, GROUPS);
        struct drawn w[GROUPS];
        draw(w, p0, &head, d->philox, spend_some, &s);
        put(drawn, words, w, threshold);
        renew(&s, d, drawn, spliced);
    }
    for (unsigned i = 0; i < 16; ++i) spend_some(&s, i);
    return batches * s.elements;
}

#define SPEND(type, c_type, ...)                                                                   \
    SIMDROP_INLINE void spend_##type(void *context, unsigned call) {                               \
        spend(context, piece_##type, call);                                                        \
    }
SIMDROP_TYPES(SPEND, )

#define DROPOUT_BY(way, type, width, bits)                                                         \
    dropout(a, d, spend_##type, KERNEL(draw_mask_##width), put_##width,                            \
            threshold_##width(d->threshold), order_##width(), bits, way)
#define DROPOUT(type, c_type, width, bits)                                                         \
    size_t KERNEL(dropout_##type##_##width)(const struct simdrop_apply *a,                         \
                                            struct simdrop_draw *d) {                              \
        return a->streams ? DROPOUT_BY(STREAMS, type, width, bits)                                 \
               : a->ahead ? DROPOUT_BY(AHEAD, type, width, bits)                                   \
                          : DROPOUT_BY(CACHED, type, width, bits);                                 \
    }
SIMDROP_TYPES(DROPOUT, u8, 8)
SIMDROP_TYPES(DROPOUT, u16, 16)
SIMDROP_TYPES(DROPOUT, u32, 32)
