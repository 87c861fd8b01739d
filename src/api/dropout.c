/* SPDX-License-Identifier: MIT */
/* Dropout of flat tensors, and its masks: arguments are checked, a source and a sink named. */
#include "api/check.h"
#include "core/walk.h"

#include <simdrop/dropout.h>

#include <string.h>

static struct simdrop_sink sink_of(const struct simdrop_kernels *kernels, enum simdrop_type type,
                                   double scale) {
    return (struct simdrop_sink){
        .spend = kernels->apply[type], .scale = scale, .bits = 8 * (unsigned)simdrop_size_of[type]};
}

static simdrop_status train(enum simdrop_type type, const simdrop_dropout *dropout, uint64_t offset,
                            size_t n, const void *x, void *y) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    if (!simdrop_call_is_valid(plan, offset, n, x, y, simdrop_size_of[type]))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0) return SIMDROP_OK;
    if (simdrop_plan_keeps_all(plan)) {
        simdrop_copy(y, x, n * simdrop_size_of[type]);
    } else if (simdrop_plan_drops_all(plan)) {
        memset(y, 0, n * simdrop_size_of[type]);
    } else {
        const struct simdrop_kernels *kernels = simdrop_kernels();
        struct simdrop_source source;
        struct simdrop_sink sink = sink_of(kernels, type, plan->train_scale);
        sink.pipelined = kernels->dropout[type][simdrop_plan_width(plan)];
        simdrop_source_draws(&source, kernels, plan, offset);
        simdrop_walk(kernels, &source, &sink, n, x, y, plan->flags);
    }
    return SIMDROP_OK;
}

static simdrop_status infer(enum simdrop_type type, const simdrop_dropout *dropout, size_t n,
                            const void *x, void *y) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    if (!simdrop_call_is_valid(plan, 0, n, x, y, simdrop_size_of[type]))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0) return SIMDROP_OK;
    if (plan->infer_scale == 1.0) {
        simdrop_copy(y, x, n * simdrop_size_of[type]);
    } else if (plan->infer_scale == 0.0) {
        memset(y, 0, n * simdrop_size_of[type]);
    } else {
        const struct simdrop_kernels *kernels = simdrop_kernels();
        struct simdrop_source source;
        const struct simdrop_sink sink = sink_of(kernels, type, plan->infer_scale);
        simdrop_source_ones(&source);
        simdrop_walk(kernels, &source, &sink, n, x, y, plan->flags);
    }
    return SIMDROP_OK;
}

#define DEFINE(type, c_type, ...)                                                                  \
    simdrop_status simdrop_dropout_##type(const simdrop_dropout *dropout, uint64_t offset,         \
                                          size_t n, const c_type *x, c_type *y) {                  \
        return train(SIMDROP_##type, dropout, offset, n, x, y);                                    \
    }                                                                                              \
    simdrop_status simdrop_dropout_infer_##type(const simdrop_dropout *dropout, size_t n,          \
                                                const c_type *x, c_type *y) {                      \
        return infer(SIMDROP_##type, dropout, n, x, y);                                            \
    }
SIMDROP_TYPES(DEFINE, )

simdrop_status simdrop_dropout_mask_bits(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                                         uint8_t *mask) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    if (!plan || !simdrop_range_is_valid(offset, n, 1) || (n != 0 && !mask))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0) return SIMDROP_OK;
    if (simdrop_plan_keeps_all(plan) || simdrop_plan_drops_all(plan)) {
        simdrop_fill_bits(mask, n, simdrop_plan_keeps_all(plan));
    } else {
        const struct simdrop_kernels *kernels = simdrop_kernels();
        struct simdrop_source source;
        simdrop_source_draws(&source, kernels, plan, offset);
        /* within a tile a walk would take a tenth longer */
        if (n <= simdrop_source_room(&source, kernels->tile_words))
            simdrop_write_bits(mask, simdrop_source_next(&source, n), n);
        else
            simdrop_walk(kernels, &source, &simdrop_sink_of_bits, n, NULL, mask, plan->flags);
    }
    return SIMDROP_OK;
}
