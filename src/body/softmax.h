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
    size_t mask_step; /* 1, or 0 if all blocks have the same mask */
    char *out;
    size_t n;
};
enum { SPANS = 2 };

#define EACH_SPAN(s, spans)                                                                        \
    _Pragma("GCC unroll 1") for (const struct span *s = spans; s < spans + SPANS; ++s)
#define EACH_BLOCK(i, s) for (size_t i = 0; i < (s)->n; i += BLOCK)

/* t = x scale + mask. Adding a mask of -0 leaves what it is added to. */
SIMDROP_INLINE block score(const struct span *s, size_t i, block scale, enum simdrop_type type) {
    return add(mul(load(s->x, i, type), scale), load(s->mask, i * s->mask_step, REAL_TYPE));
}

SIMDROP_INLINE void softmax(const struct simdrop_softmax *row, enum simdrop_type type) {
    const size_t n = row->n, last = n % BLOCK, at = n - last, size = size_of(type);
    real none[BLOCK], last_x[BLOCK] = {0}, last_mask[BLOCK], last_out[BLOCK];
    store(none, 0, set(-0.0), REAL_TYPE);
    store(last_mask, 0, set((double)-INFINITY), REAL_TYPE); /* dead lanes see nothing */
    const struct span spans[SPANS] = {
        {row->x, row->mask ? row->mask : (char *)none, row->mask != NULL, row->probs, at},
        {(char *)last_x, (char *)last_mask, 0, (char *)last_out, last ? BLOCK : 0},
    };
    copy_part((char *)last_x, spans[0].x + at * size, last, size);
    copy_part((char *)last_mask, spans[0].mask + at * spans[0].mask_step * sizeof(real), last,
              sizeof(real));

    const block scale = set(row->scale);
    block greatest = set((double)-INFINITY);
    EACH_SPAN(s, spans) EACH_BLOCK(i, s) greatest = max(score(s, i, scale, type), greatest);
    const real most = max_of(greatest);
    const block top = set(most > (real)-INFINITY ? (double)most : 0); /* -inf - -inf would be NaN */

    /* exponentials stay where the results will be, unless that would round them */
    const int stay = type == REAL_TYPE;
    block exps = set(0);
    EACH_SPAN(s, spans) EACH_BLOCK(i, s) {
        const block e = exp_(sub(score(s, i, scale, type), top));
        if (stay) store(s->out, i, e, type);
        exps = add(exps, e);
    }
    const real total = sum(exps);
    const block by = set(total == 0 ? 1 : (double)total); /* there is a 1 if any is seen */
    EACH_SPAN(s, spans) EACH_BLOCK(i, s) {
        const block e = stay ? load(s->out, i, type) : exp_(sub(score(s, i, scale, type), top));
        store(s->out, i, div_(e, by), type);
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

    block products = set(0);
    EACH_SPAN(s, spans) EACH_BLOCK(i, s) {
        products = add(products, mul(load(s->out, i, type), load(s->x, i, type)));
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
