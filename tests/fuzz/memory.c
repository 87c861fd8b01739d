/* SPDX-License-Identifier: MIT */
/* Memory for calls: pieces of one arena, so that what lies between them can be checked too. */
#include "state.h"

#include "../types.h"

#include <string.h>

enum { UNTOUCHED = 0xa5 };

void compute_nan(struct fuzz *fuzz) { fuzz->nan_is_computed = 1; }

static uint8_t *allocate(struct fuzz *fuzz, const struct buffer *like) {
    const uint64_t place = take(fuzz, 1);
    if (place >= 252) return NULL;
    /* one of something is where compilers would have it */
    const size_t shift = like->size == like->element && like->element > 1 ? 0 : place % 64;
    const size_t at = (fuzz->used + 2 * MARGIN - 1) / 64 * 64 + shift;
    if (at + like->size > ARENA || fuzz->buffers == MAX_BUFFERS) fail(fuzz, "too much memory");
    memset(fuzz->arena + fuzz->used, UNTOUCHED, at + like->size + MARGIN - fuzz->used);
    fuzz->used = at + like->size;
    struct buffer *b = &fuzz->buffer[fuzz->buffers++];
    *b = *like;
    b->at = at;
    b->call = fuzz->calls;
    return fuzz->arena + at;
}

static struct buffer flat(size_t size, size_t n) {
    const size_t bytes = n <= 4 * MAX_N ? size * n : 0; /* of more nothing is touched */
    return (struct buffer){.size = bytes, .rows = 1, .row = bytes, .pitch = bytes, .element = size};
}

static struct buffer of_rows(size_t size, const simdrop_rows *r, size_t ld) {
    if (!r || !r->rows || !r->cols || r->rows > MAX_ROWS || r->cols > MAX_N) return flat(size, 0);
    if (!ld) ld = r->cols;
    return (struct buffer){.size = size * ((r->rows - 1) * ld + r->cols),
                           .rows = r->rows,
                           .row = size * r->cols,
                           .pitch = size * ld,
                           .element = size};
}

static uint64_t any(struct fuzz *fuzz) {
    fuzz->random = fuzz->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return fuzz->random ^ fuzz->random >> 29;
}

/* A number of the type with an absolute value in [1/16, 16). */
static uint64_t small_number(enum simdrop_type type, uint64_t random) {
    const int fraction = types[type].fraction, bits = (int)types[type].size * 8;
    const uint64_t bias = (UINT64_C(1) << (bits - fraction - 2)) - 1;
    const uint64_t exponent = bias - 4 + (random >> 61);
    return (random & 1) << (bits - 1) | exponent << fraction |
           (random >> 1 & ((UINT64_C(1) << fraction) - 1));
}

/* Any bits, or what is likely: small numbers, and of bytes many zeros. */
static void fill(struct fuzz *fuzz, void *x, size_t size, size_t bytes) {
    const int is_likely = take(fuzz, 1) & 1;
    const enum simdrop_type type = size == sizeof(float)    ? SIMDROP_f32
                                   : size == sizeof(double) ? SIMDROP_f64
                                                            : fuzz->type;
    uint8_t *to = x;
    if (!to) return;
    if (is_likely && size > 1 && types[type].size == size) {
        for (size_t i = 0; i < bytes / size; ++i)
            set_element(type, x, i, small_number(type, any(fuzz)));
        return;
    }
    for (size_t i = 0; i < bytes; ++i) {
        to[i] = (uint8_t)(any(fuzz) >> 56);
        if (is_likely && to[i] & 1) to[i] = 0;
    }
}

static void *input_like(struct fuzz *fuzz, const struct buffer *like) {
    void *x = allocate(fuzz, like);
    fill(fuzz, x, like->element, like->size);
    return x;
}

void *input(struct fuzz *fuzz, size_t size, size_t n) {
    const struct buffer like = flat(size, n);
    return input_like(fuzz, &like);
}

void *input_rows(struct fuzz *fuzz, size_t size, const simdrop_rows *rows, size_t ld) {
    const struct buffer like = of_rows(size, rows, ld);
    return input_like(fuzz, &like);
}

void *result(struct fuzz *fuzz, size_t size, size_t n) {
    struct buffer like = flat(size, n);
    like.is_result = 1;
    return allocate(fuzz, &like);
}

void *result_added(struct fuzz *fuzz, size_t size, size_t n) {
    struct buffer like = flat(size, n);
    like.is_result = 1;
    return input_like(fuzz, &like);
}

void *result_rows(struct fuzz *fuzz, size_t size, const simdrop_rows *rows, size_t ld) {
    struct buffer like = of_rows(size, rows, ld);
    like.is_result = 1;
    return allocate(fuzz, &like);
}

void *apart_or_same(struct fuzz *fuzz, void *y, void *apart) {
    const uint64_t kind = take(fuzz, 1);
    if (!y || kind % 4) return apart;
    const struct buffer *b = fuzz->buffer;
    while (fuzz->arena + b->at != y) ++b;
    fill(fuzz, y, b->element, b->size);
    if (kind % 16 || b->row < 2) return y;
    return (uint8_t *)y + 1 + take(fuzz, 2) % (b->row - 1);
}

void record(struct fuzz *fuzz, const void *value, size_t size) {
    const struct buffer like = flat(1, size);
    void *to = allocate(fuzz, &like);
    if (to) memcpy(to, value, size);
}
