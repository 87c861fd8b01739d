/* SPDX-License-Identifier: MIT */
/* norm.h: dropout, residual and a norm. */
#include "fuzz.h"

/* What a call and its gradient share. */
struct norm {
    const simdrop_dropout *dropout;
    const simdrop_rows *rows;
    size_t n_rows, cols, ldx, ldy;
};

#define DEFINE(type, c_type, real, ...)                                                            \
    static void forward_##type(struct fuzz *fuzz, const struct norm *p, int is_layer) {            \
        const size_t size = sizeof(c_type);                                                        \
        c_type *const z = or_null(fuzz, result_rows(fuzz, size, p->rows, p->ldy));                 \
        c_type *const y = result_rows(fuzz, size, p->rows, p->ldy);                                \
        real *const mean = or_null(fuzz, result(fuzz, sizeof *mean, p->n_rows));                   \
        real *const rstd = or_null(fuzz, result(fuzz, sizeof *rstd, p->n_rows));                   \
        c_type *const x = apart_or_same(fuzz, y, input_rows(fuzz, size, p->rows, p->ldx));         \
        c_type *const other = input_rows(fuzz, size, p->rows, p->ldy);                             \
        c_type *const residual = or_null(fuzz, apart_or_same(fuzz, y, other));                     \
        real *const weight = or_null(fuzz, input(fuzz, sizeof *weight, p->cols));                  \
        real *const bias = or_null(fuzz, input(fuzz, sizeof *bias, p->cols));                      \
        const real eps = (real)take_float(fuzz);                                                   \
        if (is_layer)                                                                              \
            CALL(fuzz, simdrop_dropout_layer_norm_##type, p->dropout, p->rows, x, residual,        \
                 weight, bias, eps, z, y, mean, rstd);                                             \
        else                                                                                       \
            CALL(fuzz, simdrop_dropout_rms_norm_##type, p->dropout, p->rows, x, residual, weight,  \
                 eps, z, y, rstd);                                                                 \
    }                                                                                              \
    static void backward_##type(struct fuzz *fuzz, const struct norm *p, int is_layer) {           \
        const size_t size = sizeof(c_type), n = p->n_rows * p->cols;                               \
        c_type *const dx = result_rows(fuzz, size, p->rows, p->ldx);                               \
        c_type *const dresidual = or_null(fuzz, result_rows(fuzz, size, p->rows, p->ldy));         \
        real *const dweight = or_null(fuzz, result_added(fuzz, sizeof *dweight, p->cols));         \
        real *const dbias = or_null(fuzz, result_added(fuzz, sizeof *dbias, p->cols));             \
        c_type *const dy = apart_or_same(fuzz, dx, input_rows(fuzz, size, p->rows, p->ldy));       \
        c_type *const dz = or_null(fuzz, input_rows(fuzz, size, p->rows, p->ldy));                 \
        c_type *const other = input_rows(fuzz, size, p->rows, p->ldy);                             \
        c_type *const z = apart_or_same(fuzz, dresidual, other);                                   \
        real *const weight = or_null(fuzz, input(fuzz, sizeof *weight, p->cols));                  \
        real *const mean = input(fuzz, sizeof *mean, p->n_rows);                                   \
        real *const rstd = input(fuzz, sizeof *rstd, p->n_rows);                                   \
        const uint8_t *const mask = or_null(fuzz, input(fuzz, 1, (n + 7) / 8));                    \
        if (is_layer)                                                                              \
            CALL(fuzz, simdrop_dropout_layer_norm_backward_##type, p->dropout, p->rows, mask, dy,  \
                 dz, z, weight, mean, rstd, dx, dresidual, dweight, dbias);                        \
        else                                                                                       \
            CALL(fuzz, simdrop_dropout_rms_norm_backward_##type, p->dropout, p->rows, mask, dy,    \
                 dz, z, weight, rstd, dx, dresidual, dweight);                                     \
    }
SIMDROP_REAL_TYPES(DEFINE, )
#undef DEFINE

void fuzz_norm(struct fuzz *fuzz) {
    compute_nan(fuzz);
    struct norm p = {.dropout = take_dropout(fuzz), .rows = take_rows(fuzz)};
    if (p.rows) p.n_rows = p.rows->rows, p.cols = p.rows->cols;
    if (p.rows) p.ldx = p.rows->ldx, p.ldy = p.rows->ldy;
    const uint64_t which = take(fuzz, 1);
    switch (take_real_type(fuzz)) {
#define CASE(type, ...)                                                                            \
    case SIMDROP_##type: (which & 1 ? forward_##type : backward_##type)(fuzz, &p, which & 2); break;
        SIMDROP_REAL_TYPES(CASE, )
#undef CASE
    default: break;
    }
}
