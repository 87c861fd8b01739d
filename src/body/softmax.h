/* SPDX-License-Identifier: MIT */
/*
 * Softmax of a row, and its gradient, written once for each type: #define REAL first. A row comes
 * from the cache when it is read again. Its last elements, fewer than a block, are walked as a span
 * of their own, of copies, so that there is one loop of whole blocks for both.
 */
#ifndef SIMDROP_BODY_SOFTMAX_H
#define SIMDROP_BODY_SOFTMAX_H

#include "body/block_functions.h"

#include <math.h>

/* Whole blocks of what is read and written. */
struct span {
    const char *x, *mask;
    char *exps, *out; /* exponentials, or of the gradient nothing, and results */
    size_t n;
};
enum { SPANS = 2 };

/* The loop over blocks is there once, if the compiler doesn't know that there are two spans. */
SIMDROP_INLINE const struct span *end_of(const struct span *spans) {
    spans += SPANS;
    __asm__("" : "+r"(spans));
    return spans;
}
#define EACH_SPAN(s, spans)                                                                        \
    for (const struct span *s = spans, *const end = end_of(spans); s < end; ++s)
#define EACH_BLOCK(i, s) for (size_t i = 0; i < (s)->n; i += BLOCK)

/* Exponentials that the results' type would round are kept here; of longer rows they are computed
   again, which takes half as long again. */
enum { ROOM = 2048 };

/* The same place in the next row, while there is much to compute of this one. On Zen 3 with AVX2 it
   makes rows of f32 from memory 15 % faster. */
SIMDROP_INLINE void prefetch(const char *row, size_t i, size_t next, enum simdrop_type type) {
    __builtin_prefetch((const void *)((uintptr_t)row + i * size_of(type) + next));
}

/* t = x scale + mask, where all blocks have the same mask if mask_step is 0. Adding a mask of -0
   leaves what it is added to. */
SIMDROP_INLINE block score(const struct span *s, size_t i, block scale, size_t mask_step,
                           enum simdrop_type type) {
    return add(mul(load(s->x, i, type), scale), load(s->mask, i * mask_step, REAL_TYPE));
}

SIMDROP_INLINE void softmax(const struct simdrop_softmax *row, enum simdrop_type type) {
    const size_t n = row->n, last = n % BLOCK, at = n - last, size = size_of(type);
    const int fits = n <= ROOM, is_kept = type == REAL_TYPE || fits;
    real none[BLOCK], last_x[BLOCK] = {0}, last_mask[BLOCK], last_out[BLOCK];
    real room[ROOM];
    store(none, 0, set(-0.0), REAL_TYPE);
    store(last_mask, 0, set((double)-INFINITY), REAL_TYPE); /* dead lanes see nothing */
    const size_t mask_step = row->mask != NULL;
    struct span spans[SPANS] = {
        {row->x, mask_step ? row->mask : (char *)none, row->probs, row->probs, at},
        {(char *)last_x, (char *)last_mask, (char *)last_out, (char *)last_out, last ? BLOCK : 0},
    };
    if (type != REAL_TYPE) {
        spans[0].exps = (char *)room;
        spans[1].exps = (char *)(room + (fits ? at : 0));
    }
    copy_part((char *)last_x, spans[0].x + at * size, last, size);
    copy_part((char *)last_mask, spans[0].mask + at * mask_step * sizeof(real), last, sizeof(real));

    const block scale = set(row->scale);
    block greatest = set((double)-INFINITY);
    EACH_SPAN(s, spans)
    EACH_BLOCK(i, s) greatest = max(score(s, i, scale, mask_step, type), greatest);
    const real most = max_of(greatest);
    const block top = set(most > (real)-INFINITY ? (double)most : 0); /* -inf - -inf would be NaN */

    sums exps = no_sums();
    EACH_SPAN(s, spans) EACH_BLOCK(i, s) {
        prefetch(s->x, i, row->next, type);
        const block e = exp_(sub(score(s, i, scale, mask_step, type), top));
        store(s->exps, i * (size_t)is_kept, e, REAL_TYPE);
        sum_up(&exps, i, e);
    }
    const real total = sum(exps);
    const block by = set(total == 0 ? 1 : (double)total); /* there is a 1 if any is seen */
    if (is_kept) {
        EACH_SPAN(s, spans)
        EACH_BLOCK(i, s) store(s->out, i, div_(load(s->exps, i, REAL_TYPE), by), type);
    } else {
        EACH_SPAN(s, spans) EACH_BLOCK(i, s) {
            const block e = exp_(sub(score(s, i, scale, mask_step, type), top));
            store(s->out, i, div_(e, by), type);
        }
    }
    copy_part(spans[0].out + at * size, (char *)last_out, last, size);
}

/* Here x of a span is the probabilities, and out the gradient. */
SIMDROP_INLINE void softmax_backward(const struct simdrop_softmax_backward *row,
                                     enum simdrop_type type) {
    const size_t n = row->n, last = n % BLOCK, at = n - last, size = size_of(type);
    real last_probs[BLOCK] = {0}, last_out[BLOCK] = {0};
    const struct span spans[SPANS] = {
        {.x = row->probs, .out = row->dp, .n = at},
        {.x = (char *)last_probs, .out = (char *)last_out, .n = last ? BLOCK : 0},
    };
    copy_part((char *)last_probs, spans[0].x + at * size, last, size);
    copy_part((char *)last_out, spans[0].out + at * size, last, size);

    sums products = no_sums();
    EACH_SPAN(s, spans) EACH_BLOCK(i, s) {
        prefetch(s->x, i, row->next, type);
        sum_up(&products, i, mul(load(s->out, i, type), load(s->x, i, type)));
    }
    const block mean = set((double)sum(products)), scale = set(row->scale);
    EACH_SPAN(s, spans) EACH_BLOCK(i, s) {
        const block from_mean = sub(load(s->out, i, type), mean);
        store(s->out, i, mul(mul(load(s->x, i, type), from_mean), scale), type);
    }
    copy_part(spans[0].out + at * size, (char *)last_out, last, size);
}

#define SOFTMAX_KERNELS(type)                                                                      \
    void KERNEL(softmax_##type)(const struct simdrop_softmax *row) {                               \
        softmax(row, SIMDROP_##type);                                                              \
    }                                                                                              \
    void KERNEL(softmax_backward_##type)(const struct simdrop_softmax_backward *row) {             \
        softmax_backward(row, SIMDROP_##type);                                                     \
    }

#endif
