/* SPDX-License-Identifier: MIT */
/* Dropout of pieces of a matrix. */
#include "api/check.h"
#include "core/walk.h"

#include <simdrop/rows.h>

static void copy_rows(const struct simdrop_layout *layout, void *y, const void *x, size_t size) {
    const char *from = x;
    char *to = y;
    for (size_t i = 0; i < layout->rows; ++i, from += layout->ldx * size, to += layout->ldy * size)
        simdrop_copy(to, from, layout->cols * size);
}

static void zero_rows(const struct simdrop_layout *layout, void *y, size_t size) {
    char *to = y;
    for (size_t i = 0; i < layout->rows; ++i, to += layout->ldy * size)
        memset(to, 0, layout->cols * size);
}

static simdrop_status train(enum simdrop_type type, const simdrop_dropout *dropout,
                            const simdrop_rows *rows, const void *x, void *y) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    const size_t size = simdrop_size_of[type];
    struct simdrop_layout layout;
    if (!plan || !simdrop_layout_init(&layout, rows, size)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (simdrop_layout_is_empty(&layout)) return SIMDROP_OK;
    const struct simdrop_region regions[] = {simdrop_tensor(x, &layout, layout.ldx, size, 0),
                                             simdrop_tensor(y, &layout, layout.ldy, size, 1)};
    if (!x || !y || !simdrop_regions_are_valid(regions, 2)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (simdrop_plan_keeps_all(plan)) {
        copy_rows(&layout, y, x, size);
    } else if (simdrop_plan_drops_all(plan)) {
        zero_rows(&layout, y, size);
    } else {
        const struct simdrop_kernels *kernels = simdrop_kernels();
        struct simdrop_source source;
        const struct simdrop_sink sink = {.spend = kernels->apply[type],
                                          .pipelined =
                                              kernels->dropout[type][simdrop_plan_width(plan)],
                                          .scale = plan->train_scale,
                                          .bits = 8 * (unsigned)size};
        simdrop_source_rows(&source, kernels, plan, &layout);
        simdrop_walk_rows(kernels, &source, &sink, &layout, x, y, plan->flags);
    }
    return SIMDROP_OK;
}

#define DEFINE(type, c_type, ...)                                                                  \
    simdrop_status simdrop_dropout_rows_##type(                                                    \
        const simdrop_dropout *dropout, const simdrop_rows *rows, const c_type *x, c_type *y) {    \
        return train(SIMDROP_##type, dropout, rows, x, y);                                         \
    }
SIMDROP_TYPES(DEFINE, )
