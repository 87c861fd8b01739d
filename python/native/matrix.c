/* SPDX-License-Identifier: MIT */
/* Dropout in one pass with what stands beside it: fused.h, norm.h and softmax.h. Tensors lie without
   gaps; which piece of a matrix they are is said by rows, cols, first_row, row_ids, global_cols and
   first_col, as in rows.h. */
#include "functions.h"

typedef struct piece {
    simdrop_rows rows;
    void *ids;
    size_t id_count;
} piece;

#define PIECE "zzq8qq"
#define TO_PIECE(p)                                                                                \
    &(p).rows.rows, &(p).rows.cols, &(p).rows.first_row, &(p).ids, &(p).id_count,                  \
        &(p).rows.global_cols, &(p).rows.first_col

/* Whether memory is as large as a piece of so many elements says; `columns` and `row_values` are the
   sizes of what has one value a column and a row, 0 for NULL. */
static bool fits(call *c, piece *p, const size_t *columns, size_t column_count,
                 const size_t *row_values, size_t row_count) {
    const size_t rows = p->rows.rows, cols = p->rows.cols;
    p->rows.row_ids = p->ids;
    bool ok = rows * cols == c->n && (!p->ids || p->id_count == rows);
    for (size_t i = 0; i < column_count; ++i) ok = ok && (columns[i] == 0 || columns[i] == cols);
    for (size_t i = 0; i < row_count; ++i) ok = ok && (row_values[i] == 0 || row_values[i] == rows);
    if (ok) return true;
    Py_XDECREF(finish(c, SIMDROP_ERR_INVALID_ARGUMENT));
    return false;
}
#define SIZES(...) (const size_t[]){__VA_ARGS__}, sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t)
#define NO_SIZES NULL, 0

/* dropout_fused(plan, piece…, act, x, bias, residual, y) */
static PyObject *dropout_fused(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    int32_t act;
    void *x, *bias, *residual, *y;
    size_t bias_size;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "ixrxy", &plan, TO_PIECE(p), &act, &x, &bias, &bias_size,
              &residual, &y) ||
        !fits(&c, &p, SIZES(bias_size), NO_SIZES))
        return NULL;
    LONG_CALL(c.n, BY_REAL_TYPE(c, status, simdrop_dropout_fused, plan, &p.rows, act, x, bias,
                                residual, y));
    return finish(&c, status);
}

/* dropout_fused_backward(plan, piece…, act, dy, x, bias, dx, dbias) */
static PyObject *dropout_fused_backward(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    int32_t act;
    void *dy, *x, *bias, *dx, *dbias;
    size_t bias_size, dbias_size;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "ixxryw", &plan, TO_PIECE(p), &act, &dy, &x, &bias,
              &bias_size, &dx, &dbias, &dbias_size) ||
        !fits(&c, &p, SIZES(bias_size, dbias_size), NO_SIZES))
        return NULL;
    LONG_CALL(c.n, BY_REAL_TYPE(c, status, simdrop_dropout_fused_backward, plan, &p.rows, act, NULL,
                                dy, x, bias, dx, dbias));
    return finish(&c, status);
}

/* eps is of the type that is computed in */
#define BY_REAL_EPS(c, status, function, eps, ...)                                                 \
    switch ((c).element) {                                                                         \
    case F32: status = function##_f32(BEFORE, (float)(eps), __VA_ARGS__); break;                   \
    case F64: status = function##_f64(BEFORE, eps, __VA_ARGS__); break;                            \
    case BF16: status = function##_bf16(BEFORE, (float)(eps), __VA_ARGS__); break;                 \
    default: status = SIMDROP_ERR_UNSUPPORTED;                                                     \
    }

/* dropout_layer_norm(plan, piece…, eps, x, residual, z, y, weight, bias, mean, rstd) */
static PyObject *dropout_layer_norm(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    double eps;
    void *x, *residual, *z, *y, *weight, *bias, *mean, *rstd;
    size_t weight_size, bias_size, mean_size, rstd_size;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "dxxyyrrww", &plan, TO_PIECE(p), &eps, &x, &residual, &z,
              &y, &weight, &weight_size, &bias, &bias_size, &mean, &mean_size, &rstd, &rstd_size) ||
        !fits(&c, &p, SIZES(weight_size, bias_size), SIZES(mean_size, rstd_size)))
        return NULL;
#define BEFORE plan, &p.rows, x, residual, weight, bias
    LONG_CALL(c.n, BY_REAL_EPS(c, status, simdrop_dropout_layer_norm, eps, z, y, mean, rstd));
#undef BEFORE
    return finish(&c, status);
}

/* dropout_layer_norm_backward(plan, piece…, dy, dz, z, dx, dresidual, weight, mean, rstd, dweight,
   dbias) */
static PyObject *dropout_layer_norm_backward(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    void *dy, *dz, *z, *dx, *dresidual, *weight, *mean, *rstd, *dweight, *dbias;
    size_t weight_size, mean_size, rstd_size, dweight_size, dbias_size;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "xxxyyrrrww", &plan, TO_PIECE(p), &dy, &dz, &z, &dx,
              &dresidual, &weight, &weight_size, &mean, &mean_size, &rstd, &rstd_size, &dweight,
              &dweight_size, &dbias, &dbias_size) ||
        !fits(&c, &p, SIZES(weight_size, dweight_size, dbias_size), SIZES(mean_size, rstd_size)))
        return NULL;
    LONG_CALL(c.n, BY_REAL_TYPE(c, status, simdrop_dropout_layer_norm_backward, plan, &p.rows, NULL,
                                dy, dz, z, weight, mean, rstd, dx, dresidual, dweight, dbias));
    return finish(&c, status);
}

/* dropout_rms_norm(plan, piece…, eps, x, residual, z, y, weight, rstd) */
static PyObject *dropout_rms_norm(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    double eps;
    void *x, *residual, *z, *y, *weight, *rstd;
    size_t weight_size, rstd_size;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "dxxyyrw", &plan, TO_PIECE(p), &eps, &x, &residual, &z, &y,
              &weight, &weight_size, &rstd, &rstd_size) ||
        !fits(&c, &p, SIZES(weight_size), SIZES(rstd_size)))
        return NULL;
#define BEFORE plan, &p.rows, x, residual, weight
    LONG_CALL(c.n, BY_REAL_EPS(c, status, simdrop_dropout_rms_norm, eps, z, y, rstd));
#undef BEFORE
    return finish(&c, status);
}

/* dropout_rms_norm_backward(plan, piece…, dy, dz, z, dx, dresidual, weight, rstd, dweight) */
static PyObject *dropout_rms_norm_backward(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    void *dy, *dz, *z, *dx, *dresidual, *weight, *rstd, *dweight;
    size_t weight_size, rstd_size, dweight_size;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "xxxyyrrw", &plan, TO_PIECE(p), &dy, &dz, &z, &dx,
              &dresidual, &weight, &weight_size, &rstd, &rstd_size, &dweight, &dweight_size) ||
        !fits(&c, &p, SIZES(weight_size, dweight_size), SIZES(rstd_size)))
        return NULL;
    LONG_CALL(c.n, BY_REAL_TYPE(c, status, simdrop_dropout_rms_norm_backward, plan, &p.rows, NULL,
                                dy, dz, z, weight, rstd, dx, dresidual, dweight));
    return finish(&c, status);
}

/* softmax_dropout(plan, piece…, scale, causal, queries, mask_rows, mask_repeat, x, probs, y, mask) */
static PyObject *softmax_dropout(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    simdrop_softmax_config config = {0};
    void *x, *probs, *y, *mask;
    size_t mask_size;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "dizzzxyyr", &plan, TO_PIECE(p), &config.scale,
              &config.causal, &config.queries, &config.mask_rows, &config.mask_repeat, &x, &probs,
              &y, &mask, &mask_size) ||
        !fits(&c, &p, NO_SIZES, NO_SIZES))
        return NULL;
    const size_t mask_rows = config.mask_rows ? config.mask_rows : p.rows.rows;
    if (mask && mask_size != mask_rows * p.rows.cols)
        return finish(&c, SIMDROP_ERR_INVALID_ARGUMENT);
    LONG_CALL(c.n, BY_REAL_TYPE(c, status, simdrop_softmax_dropout, plan, &p.rows, &config, x, mask,
                                probs, y));
    return finish(&c, status);
}

/* softmax_dropout_backward(plan, piece…, scale, causal, queries, dy, probs, dx) */
static PyObject *softmax_dropout_backward(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    piece p = {0};
    simdrop_softmax_config config = {0};
    void *dy, *probs, *dx;
    simdrop_status status;
    if (!take(&c, args, count, "p" PIECE "dizxxy", &plan, TO_PIECE(p), &config.scale,
              &config.causal, &config.queries, &dy, &probs, &dx) ||
        !fits(&c, &p, NO_SIZES, NO_SIZES))
        return NULL;
    LONG_CALL(c.n, BY_REAL_TYPE(c, status, simdrop_softmax_dropout_backward, plan, &p.rows, &config,
                                NULL, dy, probs, dx));
    return finish(&c, status);
}

PyMethodDef matrix_functions[] = {
    FUNCTION(dropout_fused),      FUNCTION(dropout_fused_backward),
    FUNCTION(dropout_layer_norm), FUNCTION(dropout_layer_norm_backward),
    FUNCTION(dropout_rms_norm),   FUNCTION(dropout_rms_norm_backward),
    FUNCTION(softmax_dropout),    FUNCTION(softmax_dropout_backward),
    {NULL, NULL, 0, NULL},
};
