/* SPDX-License-Identifier: MIT */
/* rows.h: pieces of a matrix. */
#include "fuzz.h"

void fuzz_rows(struct fuzz *fuzz) {
    const simdrop_dropout *const dropout = take_dropout(fuzz);
    const simdrop_rows *const rows = take_rows(fuzz);
    const size_t ldx = rows ? rows->ldx : 0, ldy = rows ? rows->ldy : 0;
    switch (take_type(fuzz)) {
#define CASE(type, c_type, ...)                                                                    \
    case SIMDROP_##type: {                                                                         \
        c_type *const y = result_rows(fuzz, sizeof *y, rows, ldy);                                 \
        c_type *const x = apart_or_same(fuzz, y, input_rows(fuzz, sizeof *y, rows, ldx));          \
        CALL(fuzz, simdrop_dropout_rows_##type, dropout, rows, x, y);                              \
        break;                                                                                     \
    }
        SIMDROP_TYPES(CASE, )
#undef CASE
    default: break;
    }
}
