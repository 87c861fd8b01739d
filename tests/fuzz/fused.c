/* SPDX-License-Identifier: MIT */
/* fused.h: bias, activation, dropout and residual. */
#include "fuzz.h"

#define DEFINE(type, c_type, real, ...)                                                            \
    static void forward_##type(struct fuzz *fuzz, const simdrop_dropout *dropout,                  \
                               const simdrop_rows *rows, size_t ldx, size_t ldy, int32_t act) {    \
        c_type *const y = result_rows(fuzz, sizeof *y, rows, ldy);                                 \
        c_type *const x = apart_or_same(fuzz, y, input_rows(fuzz, sizeof *y, rows, ldx));          \
        real *const bias = or_null(fuzz, input(fuzz, sizeof *bias, rows ? rows->cols : 0));        \
        c_type *const other = input_rows(fuzz, sizeof *y, rows, ldy);                              \
        c_type *const residual = or_null(fuzz, apart_or_same(fuzz, y, other));                     \
        CALL(fuzz, simdrop_dropout_fused_##type, dropout, rows, act, x, bias, residual, y);        \
    }                                                                                              \
    static void backward_##type(struct fuzz *fuzz, const simdrop_dropout *dropout,                 \
                                const simdrop_rows *rows, size_t ldx, size_t ldy, int32_t act) {   \
        const size_t cols = rows ? rows->cols : 0, n = rows ? rows->rows * cols : 0;               \
        c_type *const dx = result_rows(fuzz, sizeof *dx, rows, ldx);                               \
        c_type *const dy = apart_or_same(fuzz, dx, input_rows(fuzz, sizeof *dx, rows, ldy));       \
        c_type *const other = input_rows(fuzz, sizeof *dx, rows, ldx);                             \
        c_type *const x = or_null(fuzz, apart_or_same(fuzz, dx, other));                           \
        real *const bias = or_null(fuzz, input(fuzz, sizeof *bias, cols));                         \
        real *const dbias = or_null(fuzz, result_added(fuzz, sizeof *dbias, cols));                \
        const uint8_t *const mask = or_null(fuzz, input(fuzz, 1, (n + 7) / 8));                    \
        CALL(fuzz, simdrop_dropout_fused_backward_##type, dropout, rows, act, mask, dy, x, bias,   \
             dx, dbias);                                                                           \
    }                                                                                              \
    static void add_##type(struct fuzz *fuzz, const simdrop_dropout *dropout) {                    \
        const size_t n = take_count(fuzz, sizeof(c_type));                                         \
        const uint64_t offset = take_offset(fuzz, n);                                              \
        c_type *const y = result_added(fuzz, sizeof *y, n);                                        \
        c_type *const x = apart_or_same(fuzz, y, input(fuzz, sizeof *y, n));                       \
        CALL(fuzz, simdrop_dropout_add_##type, dropout, offset, n, x, y);                          \
    }
SIMDROP_REAL_TYPES(DEFINE, )
#undef DEFINE

void fuzz_fused(struct fuzz *fuzz) {
    compute_nan(fuzz);
    const simdrop_dropout *const dropout = take_dropout(fuzz);
    const simdrop_rows *const rows = take_rows(fuzz);
    const size_t ldx = rows ? rows->ldx : 0, ldy = rows ? rows->ldy : 0;
    const uint64_t which = take_below(fuzz, 3);
    const int32_t act = (int32_t)take_below(fuzz, 7) - 1; /* 5 are there */
    switch (take_real_type(fuzz)) {
#define CASE(type, ...)                                                                            \
    case SIMDROP_##type:                                                                           \
        if (which == 0)                                                                            \
            forward_##type(fuzz, dropout, rows, ldx, ldy, act);                                    \
        else if (which == 1)                                                                       \
            backward_##type(fuzz, dropout, rows, ldx, ldy, act);                                   \
        else                                                                                       \
            add_##type(fuzz, dropout);                                                             \
        break;
        SIMDROP_REAL_TYPES(CASE, )
#undef CASE
    default: break;
    }
}
