/* SPDX-License-Identifier: MIT */
/* Fused operations: arguments are checked, a source and a sink named. */
#include "core/fused.h"

#include "api/check.h"

#include <simdrop/fused.h>

/* A call, of either direction. Forward goes from x to y, beside the residual; backward from dy to dx,
   beside x. */
struct call {
    enum simdrop_type type;
    const simdrop_dropout *dropout;
    int32_t act;
    int is_backward;
    const uint8_t *mask;
    const void *from, *beside, *bias;
    void *to, *dbias;
};

static simdrop_status run(const struct call *call, const struct simdrop_layout *layout) {
    const size_t size = simdrop_size_of[call->type], real_size = simdrop_real_size_of[call->type];
    const struct simdrop_plan *plan = simdrop_plan(call->dropout);
    if (!plan || call->act < 0 || call->act >= SIMDROP_ACT_COUNT)
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_kernels *kernels = simdrop_kernels();
    simdrop_fused_fn *const kernel = call->is_backward
                                         ? kernels->fused_backward[call->type][call->act]
                                         : kernels->fused[call->type][call->act];
    if (simdrop_layout_is_empty(layout)) return SIMDROP_OK;
    const size_t row = layout->cols * real_size;
    const struct simdrop_region regions[] = {
        simdrop_tensor(call->from, layout, layout->ldx, size, 0),
        simdrop_tensor(call->beside, layout, layout->ldy, size, 0),
        simdrop_tensor(call->to, layout, layout->ldy, size, 1),
        simdrop_vector(call->bias, row, 0),
        simdrop_vector(call->dbias, row, 1),
        simdrop_stored_mask(call->mask, layout),
    };
    const int needs_x = call->is_backward && call->act != SIMDROP_ACT_NONE;
    if (!call->from || !call->to || (needs_x && !call->beside) ||
        !simdrop_regions_are_valid(regions, sizeof regions / sizeof *regions))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_fusion fusion = {.kernel = kernel,
                                          .beside = call->beside,
                                          .bias = call->bias,
                                          .dbias = call->dbias,
                                          .beside_pitch = layout->ldy * size,
                                          .size = size,
                                          .real_size = real_size,
                                          .is_backward = call->is_backward};
    const struct simdrop_sink sink = {.spend = simdrop_spend_fused,
                                      .operands = &fusion,
                                      .scale = plan->train_scale,
                                      .bits = 8 * (unsigned)size};
    struct simdrop_source source;
    simdrop_source_of(&source, kernels, plan, layout, call->mask);
    /* what is read in place is in the caches, and isn't written around them */
    const uint32_t flags = call->beside == call->to ? SIMDROP_STREAM_NEVER : plan->flags;
    simdrop_walk_rows(kernels, &source, &sink, layout, call->from, call->to, flags);
    return SIMDROP_OK;
}

static simdrop_status run_rows(const struct call *call, const simdrop_rows *rows) {
    struct simdrop_layout layout;
    if (!simdrop_layout_init(&layout, rows, simdrop_size_of[call->type]))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (call->is_backward) simdrop_layout_turn(&layout);
    return run(call, &layout);
}

static simdrop_status run_range(const struct call *call, uint64_t offset, size_t n) {
    if (!simdrop_range_is_valid(offset, n, simdrop_size_of[call->type]) ||
        (n && call->from == call->to))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_layout layout = {
        .rows = 1, .cols = n, .ldx = n, .ldy = n, .global_cols = n, .first_col = offset};
    return run(call, &layout);
}

#define DEFINE(name, c_type, real, ...)                                                            \
    simdrop_status simdrop_dropout_fused_##name(                                                   \
        const simdrop_dropout *dropout, const simdrop_rows *rows, int32_t act, const c_type *x,    \
        const real *bias, const c_type *residual, c_type *y) {                                     \
        const struct call call = {.type = SIMDROP_##name,                                          \
                                  .dropout = dropout,                                              \
                                  .act = act,                                                      \
                                  .from = x,                                                       \
                                  .beside = residual,                                              \
                                  .bias = bias,                                                    \
                                  .to = y};                                                        \
        return run_rows(&call, rows);                                                              \
    }                                                                                              \
    simdrop_status simdrop_dropout_fused_backward_##name(                                          \
        const simdrop_dropout *dropout, const simdrop_rows *rows, int32_t act,                     \
        const uint8_t *mask, const c_type *dy, const c_type *x, const real *bias, c_type *dx,      \
        real *dbias) {                                                                             \
        const struct call call = {.type = SIMDROP_##name,                                          \
                                  .dropout = dropout,                                              \
                                  .act = act,                                                      \
                                  .is_backward = 1,                                                \
                                  .mask = mask,                                                    \
                                  .from = dy,                                                      \
                                  .beside = x,                                                     \
                                  .bias = bias,                                                    \
                                  .to = dx,                                                        \
                                  .dbias = dbias};                                                 \
        return run_rows(&call, rows);                                                              \
    }                                                                                              \
    simdrop_status simdrop_dropout_add_##name(const simdrop_dropout *dropout, uint64_t offset,     \
                                              size_t n, const c_type *x, c_type *y) {              \
        const struct call call = {                                                                 \
            .type = SIMDROP_##name, .dropout = dropout, .from = x, .beside = y, .to = y};          \
        return run_range(&call, offset, n);                                                        \
    }
SIMDROP_REAL_TYPES(DEFINE, )
