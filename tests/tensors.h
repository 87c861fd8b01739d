/* SPDX-License-Identifier: MIT */
/* Tensors as numbers, and pieces of matrices, for random calls whose results are stated by formulas. */
#ifndef SIMDROP_TESTS_TENSORS_H
#define SIMDROP_TESTS_TENSORS_H

#include "definition.h"
#include "support.h"

#include <simdrop/rows.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Elements as numbers, all of which a double holds, and back, rounded. */
static inline double number(enum simdrop_type type, const void *from, size_t i) {
    return defined_number(type, element(type, from, i));
}
static inline void set_number(enum simdrop_type type, void *to, size_t i, double x) {
    set_element(type, to, i, defined_bits(type, x));
}
static inline double through(enum simdrop_type type, double x) {
    return defined_number(type, defined_bits(type, x));
}

/* An operation of the type that is computed in: what it is in f64, rounded. Rounding twice changes
   no sum, product, quotient or root of two f32. */
static inline double rounded(enum simdrop_type real, double x) {
    return real == SIMDROP_f32 ? (double)(float)x : x;
}
#define R(x) rounded(real, x)

/* The sum in 16 lanes. */
static inline double sum_of(enum simdrop_type real, const double *x, size_t n) {
    double lanes[16] = {0};
    for (size_t i = 0; i < n; ++i) lanes[i % 16] = R(lanes[i % 16] + x[i]);
    for (size_t half = 8; half > 0; half /= 2)
        for (size_t j = 0; j < half; ++j) lanes[j] = R(lanes[j] + lanes[j + half]);
    return lanes[0];
}

/* Part of an array, `by` bytes from its beginning. */
#define PART(array, by) ((char *)(array) + (by))

enum { MOST_ROWS = 6, MOST_COLS = 5000 };

/* Memory of a call: what was in it, what is, and what is to be. */
struct tensor {
    enum simdrop_type type;
    size_t n;
    int is_result; /* NaN may have any bits then */
    struct buffer got;
    unsigned char *was, *want;
};
static inline struct tensor tensor_new(enum simdrop_type type, size_t n, int is_wild) {
    const size_t size = n * types[type].size;
    struct tensor t = {.type = type, .n = n, .was = malloc(size + 1), .want = malloc(size + 1)};
    t.got = buffer_new(size, any_below(2) ? AT_START : AT_END, any_shift());
    any_values(type, t.got.data, n);
    for (size_t i = 0; i < n && !is_wild; ++i)
        set_number(type, t.got.data, i, (double)any_below(1 << 20) * 0x1p-17 - 3);
    memcpy(t.was, t.got.data, size);
    memcpy(t.want, t.got.data, size);
    return t;
}
static inline void tensor_set(struct tensor *t, size_t i, double x) {
    set_number(t->type, t->got.data, i, x);
    set_number(t->type, t->was, i, x);
    set_number(t->type, t->want, i, x);
}
static inline void tensor_check(struct tensor *t, const char *name, const char *what) {
    for (size_t i = 0; i < t->n; ++i) {
        const uint64_t got = element(t->type, t->got.data, i), want = element(t->type, t->want, i);
        if (got == want) continue;
        const double a = number(t->type, t->got.data, i), b = number(t->type, t->want, i);
        if (t->is_result && isnan(a) && isnan(b)) continue;
        fail_msg("%s: %s[%zu of %zu] is %a, not %a", name, what, i, t->n, a, b);
    }
    assert_margins_untouched(&t->got);
}
static inline void tensor_free(struct tensor *t) {
    buffer_free(&t->got);
    free(t->was);
    free(t->want);
}
static inline void tensors_end(struct tensor *t, size_t count, const char *name,
                               const char *const *what) {
    for (size_t i = 0; i < count; ++i) tensor_check(&t[i], name, what[i]);
    for (size_t i = 0; i < count; ++i) tensor_free(&t[i]);
}

/* A row as numbers, or NULL if the tensor isn't there. */
static inline const double *row_of(const struct tensor *t, size_t at, size_t n, double *room) {
    if (!t) return NULL;
    for (size_t i = 0; i < n; ++i) room[i] = number(t->type, t->was, at + i);
    return room;
}
static inline void set_row(struct tensor *t, size_t at, size_t n, const double *x) {
    if (!t) return;
    t->is_result = 1;
    for (size_t i = 0; i < n; ++i) set_number(t->type, t->want, at + i, x[i]);
}
static inline void *data(const struct tensor *t) { return t ? t->got.data : NULL; }
static inline struct tensor *maybe(struct tensor *t) { return any_below(4) ? t : NULL; }

/* A piece of a matrix, and its mask, by rows without gaps; `mask` is what a call gets of it. */
struct piece {
    simdrop_rows rows;
    size_t ldx, ldy;
    uint64_t ids[MOST_ROWS];
    simdrop_dropout_config config;
    simdrop_dropout dropout;
    struct defined plan;
    uint8_t *bits;
    struct buffer mask;
};
static inline size_t any_cols(void) {
    static const size_t cols[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 65, 100, 960, 961, 1025};
    return any_below(20) == 0 ? any_below(MOST_COLS) + 1 : cols[any_below(COUNT(cols))];
}
static inline void any_piece(struct piece *p) {
    static const double probs[] = {0, 0, 0.25, 0.1, 0.5, 0.001, 1};
    memset(p, 0, sizeof *p);
    p->config = (simdrop_dropout_config){.drop_prob = probs[any_below(COUNT(probs))],
                                         .seed = any_u64(),
                                         .stream = any_u64(),
                                         .mode = (int32_t)any_below(2),
                                         .flags = (uint32_t)any_below(3)};
    assert_int_equal(simdrop_dropout_init(&p->dropout, &p->config), SIMDROP_OK);
    p->plan = defined_by(&p->config);
    simdrop_rows *r = &p->rows;
    r->rows = any_below(MOST_ROWS) + 1, r->cols = any_cols();
    if (any_below(2)) r->ldx = r->cols + any_below(40);
    if (any_below(2)) r->ldy = any_below(2) && r->ldx ? r->ldx : r->cols + any_below(40);
    if (any_below(2)) r->first_row = any_below(1 << 20);
    if (any_below(2)) r->global_cols = r->cols + any_below(100);
    if (r->global_cols) r->first_col = any_below(r->global_cols - r->cols + 1);
    for (size_t i = 0; i < COUNT(p->ids); ++i) p->ids[i] = any_below(1000);
    if (any_below(3) == 0) r->row_ids = p->ids;
    p->ldx = r->ldx ? r->ldx : r->cols;
    p->ldy = r->ldy ? r->ldy : r->cols;
    const uint64_t whole = r->global_cols ? r->global_cols : r->cols;
    p->mask = buffer_new((r->rows * r->cols + 7) / 8, AT_END, 0);
    p->bits = calloc(p->mask.size, 1);
    for (size_t i = 0; i < r->rows; ++i)
        for (size_t j = 0; j < r->cols; ++j) {
            const uint64_t row = r->row_ids ? p->ids[i] : r->first_row + i;
            const uint64_t e = row * whole + r->first_col + j, at = i * r->cols + j;
            const int kept = p->plan.threshold == 0 ||
                             defined_draw(p->config.seed, p->config.stream, 10, p->plan.bits, e) >=
                                 p->plan.threshold;
            p->bits[at / 8] |= (uint8_t)(kept << at % 8);
        }
}
static inline void piece_free(struct piece *p) {
    buffer_free(&p->mask);
    free(p->bits);
}
/* Of a backward call: NULL and so the mask that is drawn, or that one stored, or any. */
static inline const uint8_t *any_mask(struct piece *p) {
    if (any_below(3)) return NULL;
    const int is_any = any_below(2) != 0;
    for (size_t i = 0; is_any && i < p->mask.size; ++i) p->bits[i] = (uint8_t)any_u64();
    return memcpy(p->mask.data, p->bits, p->mask.size);
}
static inline void mask_check(const struct piece *p, const uint8_t *mask) {
    if (mask) assert_same(mask, p->bits, p->mask.size, "the mask is only read");
    assert_margins_untouched(&p->mask);
}
static inline int is_kept(const struct piece *p, size_t i, size_t j) {
    const size_t at = i * p->rows.cols + j;
    return p->plan.realized_prob < 1 && p->bits[at / 8] >> at % 8 & 1;
}
static inline size_t span(const struct piece *p, size_t ld) {
    return (p->rows.rows - 1) * ld + p->rows.cols;
}

/* Whether x and y have their elements at the same places. */
static inline int is_one_layout(const struct piece *p) {
    return p->ldx == p->ldy || p->rows.rows == 1;
}
/* Where a result goes: to memory of its own, or onto an input of the same layout. */
static inline struct tensor *any_place(struct tensor *own, struct tensor *input, int may) {
    return input && may && any_below(3) == 0 ? input : own;
}

static inline simdrop_dropout dropout_of(double p, uint64_t stream) {
    const simdrop_dropout_config config = {.drop_prob = p, .seed = 5, .stream = stream};
    simdrop_dropout dropout;
    assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
    return dropout;
}
static inline void any_numbers(enum simdrop_type type, void *to, size_t n, double least,
                               double most) {
    for (size_t i = 0; i < n; ++i)
        set_number(type, to, i, least + (most - least) * (double)any_below(1 << 20) * 0x1p-20);
}

/* A function of f64, of which gradients are compared with its central differences. */
struct loss {
    const char *name;
    double (*at)(void *arguments);
    void *arguments;
    double step, bound; /* of the error, if the greatest part of a gradient were 1 */
};
static inline void assert_gradient(const struct loss *loss, double *x, const double *gradient,
                                   size_t n, const char *what) {
    double greatest = 0;
    for (size_t i = 0; i < n; ++i) greatest = fmax(greatest, fabs(gradient[i]));
    for (size_t i = 0; i < n; ++i) {
        const double was = x[i];
        x[i] = was + loss->step;
        const double above = loss->at(loss->arguments);
        x[i] = was - loss->step;
        const double slope = (above - loss->at(loss->arguments)) / (2 * loss->step);
        x[i] = was;
        if (!(fabs(slope - gradient[i]) <= loss->bound * greatest))
            fail_msg("%s of %s[%zu]: %.12g, by differences %.12g", loss->name, what, i, gradient[i],
                     slope);
    }
}

#endif
