/* SPDX-License-Identifier: MIT */
/* softmax.h: softmax and dropout, for attention. */
#include "fuzz.h"

#include <string.h>

struct attention {
    const simdrop_dropout *dropout;
    const simdrop_rows *rows;
    const simdrop_softmax_config *config;
    size_t ldx, ldy;
    simdrop_rows mask; /* the additive one, as rows */
};

static const simdrop_softmax_config *take_softmax(struct fuzz *fuzz, const simdrop_rows *rows) {
    simdrop_softmax_config *c = input(fuzz, sizeof *c, 1);
    if (!c) return NULL;
    memset(c, 0, sizeof *c);
    const uint64_t kind = take(fuzz, 1);
    c->causal = kind & 1;
    if (kind & 2) c->scale = take_double(fuzz);
    if (kind & 4) c->queries = take_below(fuzz, MAX_ROWS + 2);
    if (kind & 8 && rows && rows->rows <= MAX_ROWS) c->mask_rows = take_below(fuzz, rows->rows + 1);
    if (kind & 16) c->mask_repeat = take_below(fuzz, MAX_ROWS + 2);
    if (kind >> 5 != 7) return c;
    switch (take_below(fuzz, 4)) {
    case 0: c->causal = (int32_t)take(fuzz, 1) - 1; break;
    case 1: c->reserved0 = (int32_t)take(fuzz, 1); break;
    case 2: c->reserved[take_below(fuzz, 4)] = take(fuzz, 1); break;
    default: c->mask_rows = SIZE_MAX - take(fuzz, 1);
    }
    return c;
}

/* Hides some keys. */
static void hide(struct fuzz *fuzz, void *mask, const simdrop_rows *rows, enum simdrop_type type) {
    const uint64_t f32 = 0xff800000, f64 = UINT64_C(0xfff0) << 48;
    const size_t size = type == SIMDROP_f64 ? sizeof f64 : sizeof(float);
    const size_t step = take(fuzz, 1);
    if (!mask || !step || rows->rows > MAX_ROWS || rows->cols > MAX_N) return;
    for (size_t i = step - 1; i < rows->rows * rows->cols; i += step)
        memcpy((char *)mask + i * size, type == SIMDROP_f64 ? &f64 : &f32, size);
}

#define DEFINE(type, c_type, real, ...)                                                            \
    static void forward_##type(struct fuzz *fuzz, const struct attention *a) {                     \
        c_type *const y = result_rows(fuzz, sizeof *y, a->rows, a->ldy);                           \
        c_type *const probs = or_null(fuzz, result_rows(fuzz, sizeof *y, a->rows, a->ldy));        \
        c_type *const other = input_rows(fuzz, sizeof *y, a->rows, a->ldx);                        \
        c_type *const x = apart_or_same(fuzz, take(fuzz, 1) & 1 ? y : probs, other);               \
        real *const mask = or_null(fuzz, input_rows(fuzz, sizeof *mask, &a->mask, 0));             \
        hide(fuzz, mask, &a->mask, SIMDROP_##type);                                                \
        CALL(fuzz, simdrop_softmax_dropout_##type, a->dropout, a->rows, a->config, x, mask, probs, \
             y);                                                                                   \
    }                                                                                              \
    static void backward_##type(struct fuzz *fuzz, const struct attention *a) {                    \
        const size_t n = a->rows ? a->rows->rows * a->rows->cols : 0;                              \
        c_type *const dx = result_rows(fuzz, sizeof *dx, a->rows, a->ldx);                         \
        c_type *const other = input_rows(fuzz, sizeof *dx, a->rows, a->ldy);                       \
        c_type *const dy = apart_or_same(fuzz, dx, other);                                         \
        c_type *const probs = input_rows(fuzz, sizeof *dx, a->rows, a->ldy);                       \
        const uint8_t *const keep = or_null(fuzz, input(fuzz, 1, (n + 7) / 8));                    \
        CALL(fuzz, simdrop_softmax_dropout_backward_##type, a->dropout, a->rows, a->config, keep,  \
             dy, probs, dx);                                                                       \
    }
SIMDROP_REAL_TYPES(DEFINE, )
#undef DEFINE

void fuzz_softmax(struct fuzz *fuzz) {
    compute_nan(fuzz);
    struct attention a = {.dropout = take_dropout(fuzz), .rows = take_rows(fuzz)};
    a.config = or_null(fuzz, (void *)(uintptr_t)take_softmax(fuzz, a.rows));
    if (a.rows) {
        const size_t mask_rows = a.config ? a.config->mask_rows : 0;
        a.ldx = a.rows->ldx, a.ldy = a.rows->ldy;
        a.mask.rows = mask_rows ? mask_rows : a.rows->rows;
        a.mask.cols = a.rows->cols;
    }
    const int is_forward = (int)take(fuzz, 1) & 1;
    switch (take_real_type(fuzz)) {
#define CASE(type, ...)                                                                            \
    case SIMDROP_##type: (is_forward ? forward_##type : backward_##type)(fuzz, &a); break;
        SIMDROP_REAL_TYPES(CASE, )
#undef CASE
    default: break;
    }
}
