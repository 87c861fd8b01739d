/* SPDX-License-Identifier: MIT */
/* What a piece of a matrix may be. */
#include "core/layout.h"

/* Elements from the first of the first row to after the last of the last, or 0 if they, `size`
   bytes each, exceed memory. */
static size_t span(const struct simdrop_layout *layout, size_t ld, size_t size) {
    const size_t most = SIZE_MAX / size;
    if (layout->cols > most || (most - layout->cols) / ld < layout->rows - 1) return 0;
    return (layout->rows - 1) * ld + layout->cols;
}

static int is_in_stream(const struct simdrop_layout *layout) {
    const uint64_t last_col = layout->first_col + (layout->cols - 1);
    const uint64_t last_row = (UINT64_MAX - last_col) / layout->global_cols;
    if (!layout->row_ids)
        return layout->rows - 1 <= last_row && layout->first_row <= last_row - (layout->rows - 1);
    for (size_t i = 0; i < layout->rows; ++i)
        if (layout->row_ids[i] > last_row) return 0;
    return 1;
}

int simdrop_layout_init(struct simdrop_layout *layout, const simdrop_rows *rows, size_t size) {
    if (!rows) return 0;
    for (size_t i = 0; i < sizeof rows->reserved / sizeof rows->reserved[0]; ++i)
        if (rows->reserved[i] != 0) return 0;
    const size_t cols = rows->cols;
    *layout = (struct simdrop_layout){.rows = rows->rows,
                                      .cols = cols,
                                      .ldx = rows->ldx ? rows->ldx : cols,
                                      .ldy = rows->ldy ? rows->ldy : cols,
                                      .first_row = rows->first_row,
                                      .global_cols = rows->global_cols ? rows->global_cols : cols,
                                      .first_col = rows->first_col,
                                      .row_ids = rows->row_ids};
    if (simdrop_layout_is_empty(layout)) return 1;
    if (layout->ldx < cols || layout->ldy < cols) return 0;
    if (layout->rows == 1) layout->ldx = layout->ldy = cols;
    return layout->global_cols >= cols && layout->first_col <= layout->global_cols - cols &&
           span(layout, layout->ldx, size) && span(layout, layout->ldy, size) &&
           is_in_stream(layout);
}
