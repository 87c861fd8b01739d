/* SPDX-License-Identifier: MIT */
/* Dropout of tensors: dropout.h, masks.h, broadcast.h, rows.h and noise.h. */
#include "functions.h"

/* name(plan, offset, x, y) */
#define FLAT(name, DISPATCH)                                                                       \
    static PyObject *name(ARGUMENTS) {                                                             \
        call c;                                                                                    \
        const simdrop_dropout *plan;                                                               \
        uint64_t offset;                                                                           \
        void *x, *y;                                                                               \
        simdrop_status status;                                                                     \
        if (!take(&c, args, count, "pqxy", &plan, &offset, &x, &y)) return NULL;                   \
        LONG_CALL(c.n, DISPATCH(c, status, simdrop_##name, plan, offset, c.n, x, y));              \
        return finish(&c, status);                                                                 \
    }
FLAT(dropout, BY_TYPE)
FLAT(dropout_add, BY_REAL_TYPE)
FLAT(alpha_dropout, BY_TYPE)
FLAT(alpha_dropout_backward, BY_TYPE)

/* dropout_infer(plan, x, y) */
static PyObject *dropout_infer(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    void *x, *y;
    simdrop_status status;
    if (!take(&c, args, count, "pxy", &plan, &x, &y)) return NULL;
    LONG_CALL(c.n, BY_TYPE(c, status, simdrop_dropout_infer, plan, c.n, x, y));
    return finish(&c, status);
}

static bool room(call *c, bool enough) {
    if (enough) return true;
    Py_XDECREF(finish(c, SIMDROP_ERR_INVALID_ARGUMENT));
    return false;
}
static size_t bytes_of(size_t bits) { return bits / 8 + (bits % 8 != 0); }

/* dropout_mask_bits(plan, offset, n, mask) and the same of bytes */
#define MASK(name, needed)                                                                         \
    static PyObject *name(ARGUMENTS) {                                                             \
        call c;                                                                                    \
        const simdrop_dropout *plan;                                                               \
        uint64_t offset;                                                                           \
        void *mask;                                                                                \
        size_t n, size;                                                                            \
        simdrop_status status;                                                                     \
        if (!take(&c, args, count, "pqz2", &plan, &offset, &n, &mask, &size)) return NULL;         \
        if (!room(&c, size >= needed)) return NULL;                                                \
        LONG_CALL(n, status = simdrop_##name(plan, offset, n, mask));                              \
        return finish(&c, status);                                                                 \
    }
MASK(dropout_mask_bits, bytes_of(n))
MASK(dropout_mask_bytes, n)

/* dropout_store_bits(plan, offset, x, y, mask) and the same of bytes */
#define STORE(name, needed)                                                                        \
    static PyObject *name(ARGUMENTS) {                                                             \
        call c;                                                                                    \
        const simdrop_dropout *plan;                                                               \
        uint64_t offset;                                                                           \
        void *x, *y, *mask;                                                                        \
        size_t size;                                                                               \
        simdrop_status status;                                                                     \
        if (!take(&c, args, count, "pqxy2", &plan, &offset, &x, &y, &mask, &size)) return NULL;    \
        if (!room(&c, size >= needed)) return NULL;                                                \
        LONG_CALL(c.n, BY_TYPE(c, status, simdrop_##name, plan, offset, c.n, x, y, mask));         \
        return finish(&c, status);                                                                 \
    }
STORE(dropout_store_bits, bytes_of(c.n))
STORE(dropout_store_bytes, c.n)

/* dropout_from_bits(plan, mask, bit_offset, x, y) */
static PyObject *dropout_from_bits(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    void *mask, *x, *y;
    size_t size, first;
    simdrop_status status;
    if (!take(&c, args, count, "p1zxy", &plan, &mask, &size, &first, &x, &y)) return NULL;
    if (!room(&c, first / 8 <= size && c.n <= SIZE_MAX - first && size >= bytes_of(first + c.n)))
        return NULL;
    LONG_CALL(c.n, BY_TYPE(c, status, simdrop_dropout_from_bits, plan, mask, first, c.n, x, y));
    return finish(&c, status);
}

/* dropout_from_bytes(plan, mask, x, y) */
static PyObject *dropout_from_bytes(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    void *mask, *x, *y;
    size_t size;
    simdrop_status status;
    if (!take(&c, args, count, "p1xy", &plan, &mask, &size, &x, &y)) return NULL;
    if (!room(&c, size >= c.n)) return NULL;
    LONG_CALL(c.n, BY_TYPE(c, status, simdrop_dropout_from_bytes, plan, mask, c.n, x, y));
    return finish(&c, status);
}

/* dropout_nd(plan, offset, shape, mask_shape, x, y), with shapes as arrays of size_t */
static PyObject *dropout_nd(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    uint64_t offset;
    void *shape, *mask_shape, *x, *y;
    size_t ndim, mask_ndim;
    simdrop_status status;
    if (!take(&c, args, count, "pq88xy", &plan, &offset, &shape, &ndim, &mask_shape, &mask_ndim, &x,
              &y))
        return NULL;
    size_t n = 1;
    for (size_t k = 0; k < ndim; ++k) n *= ((const size_t *)shape)[k];
    if (!room(&c, n == c.n && ndim == mask_ndim && ndim <= SIMDROP_MAX_DIMS)) return NULL;
    LONG_CALL(c.n, BY_TYPE(c, status, simdrop_dropout_nd, plan, offset, (int32_t)ndim, shape,
                           mask_shape, x, y));
    return finish(&c, status);
}

/* drop_path(plan, offset, samples, size, scale_by_keep, x, y) */
static PyObject *drop_path(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    uint64_t offset;
    size_t samples, size;
    int32_t scale_by_keep;
    void *x, *y;
    simdrop_status status;
    if (!take(&c, args, count, "pqzzixy", &plan, &offset, &samples, &size, &scale_by_keep, &x, &y))
        return NULL;
    if (!room(&c, samples * size == c.n)) return NULL;
    LONG_CALL(c.n, BY_TYPE(c, status, simdrop_drop_path, plan, offset, samples, size, scale_by_keep,
                           x, y));
    return finish(&c, status);
}

/* feature_alpha_dropout(plan, offset, samples, channels, size, x, y) and its backward */
#define CHANNELS(name)                                                                             \
    static PyObject *name(ARGUMENTS) {                                                             \
        call c;                                                                                    \
        const simdrop_dropout *plan;                                                               \
        uint64_t offset;                                                                           \
        size_t samples, channels, size;                                                            \
        void *x, *y;                                                                               \
        simdrop_status status;                                                                     \
        if (!take(&c, args, count, "pqzzzxy", &plan, &offset, &samples, &channels, &size, &x, &y)) \
            return NULL;                                                                           \
        if (!room(&c, samples * channels * size == c.n)) return NULL;                              \
        LONG_CALL(                                                                                 \
            c.n, BY_TYPE(c, status, simdrop_##name, plan, offset, samples, channels, size, x, y)); \
        return finish(&c, status);                                                                 \
    }
CHANNELS(feature_alpha_dropout)
CHANNELS(feature_alpha_dropout_backward)

/* dropout_rows(plan, rows, cols, first_row, row_ids, global_cols, first_col, x, y) */
static PyObject *dropout_rows(ARGUMENTS) {
    call c;
    const simdrop_dropout *plan;
    simdrop_rows rows = {0};
    void *row_ids, *x, *y;
    size_t ids;
    simdrop_status status;
    if (!take(&c, args, count, "pzzq8qqXY", &plan, &rows.rows, &rows.cols, &rows.first_row,
              &row_ids, &ids, &rows.global_cols, &rows.first_col, &x, &rows.ldx, &y, &rows.ldy))
        return NULL;
    rows.row_ids = row_ids;
    if (!room(&c, rows.rows * rows.cols == c.n && (!row_ids || ids == rows.rows))) return NULL;
    LONG_CALL(c.n, BY_TYPE(c, status, simdrop_dropout_rows, plan, &rows, x, y));
    return finish(&c, status);
}

#if defined(SIMDROP_PYTHON_SLEEF)
/* gaussian_dropout(seed, stream, drop_prob, offset, x, y), gaussian_noise(seed, stream, stddev, …) */
#define NOISE(name)                                                                                \
    static PyObject *name(ARGUMENTS) {                                                             \
        call c;                                                                                    \
        uint64_t seed, stream, offset;                                                             \
        double amount;                                                                             \
        void *x, *y;                                                                               \
        simdrop_status status;                                                                     \
        if (!take(&c, args, count, "qqdqxy", &seed, &stream, &amount, &offset, &x, &y))            \
            return NULL;                                                                           \
        LONG_CALL(c.n,                                                                             \
                  BY_TYPE(c, status, simdrop_##name, seed, stream, amount, offset, c.n, x, y));    \
        return finish(&c, status);                                                                 \
    }
NOISE(gaussian_dropout)
NOISE(gaussian_noise)
#endif

PyMethodDef dropout_functions[] = {
    FUNCTION(dropout),
    FUNCTION(dropout_add),
    FUNCTION(dropout_infer),
    FUNCTION(alpha_dropout),
    FUNCTION(alpha_dropout_backward),
    FUNCTION(dropout_mask_bits),
    FUNCTION(dropout_mask_bytes),
    FUNCTION(dropout_store_bits),
    FUNCTION(dropout_store_bytes),
    FUNCTION(dropout_from_bits),
    FUNCTION(dropout_from_bytes),
    FUNCTION(dropout_nd),
    FUNCTION(dropout_rows),
    FUNCTION(drop_path),
    FUNCTION(feature_alpha_dropout),
    FUNCTION(feature_alpha_dropout_backward),
#if defined(SIMDROP_PYTHON_SLEEF)
    FUNCTION(gaussian_dropout),
    FUNCTION(gaussian_noise),
#endif
    {NULL, NULL, 0, NULL},
};
