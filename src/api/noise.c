/* SPDX-License-Identifier: MIT */
/* Alpha dropout, of elements and of channels. */
#include "api/check.h"
#include "core/broadcast.h"
#include "core/walk.h"

#include <simdrop/noise.h>

#include <math.h>

enum pass { FORWARD, BACKWARD };

/* Alpha dropout's inference is the identity, and so must the plan's be. */
static int is_alpha(const struct simdrop_plan *plan) { return plan && plan->infer_scale == 1.0; }

static void walk_alpha(const struct simdrop_kernels *kernels, struct simdrop_source *source,
                       enum simdrop_type type, const struct simdrop_plan *plan, size_t n,
                       const void *x, void *y, enum pass pass) {
    const double alpha = -1.7580993408473766; /* -1.0507009873554805 * 1.6732632423543772 */
    const double p = ldexp((double)plan->threshold, -plan->bits), q = 1 - p;
    const double a = 1 / sqrt(q + alpha * alpha * q * p), b = -a * p * alpha;
    const struct simdrop_affine affine = {.shift = b, .dropped = a * alpha + b};
    struct simdrop_sink sink = {.scale = a, .bits = 8 * (unsigned)simdrop_size_of[type]};
    if (pass == FORWARD) {
        sink.spend = kernels->affine[type];
        sink.operands = &affine;
    } else {
        sink.spend = kernels->apply[type];
        sink.pipelined = kernels->dropout[type][simdrop_plan_width(plan)];
    }
    simdrop_walk(kernels, source, &sink, n, x, y, plan->flags);
}

/* Whether p' = 0 or p' = 1 is all that there was to do. */
static int is_done(const struct simdrop_plan *plan, size_t bytes, const void *x, void *y) {
    if (simdrop_plan_keeps_all(plan)) {
        simdrop_copy(y, x, bytes);
        return 1;
    }
    if (simdrop_plan_drops_all(plan)) {
        memset(y, 0, bytes);
        return 1;
    }
    return 0;
}

static simdrop_status alpha_dropout(enum simdrop_type type, const simdrop_dropout *dropout,
                                    uint64_t offset, size_t n, const void *x, void *y,
                                    enum pass pass) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    if (!is_alpha(plan) || !simdrop_call_is_valid(plan, offset, n, x, y, simdrop_size_of[type]))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0 || is_done(plan, n * simdrop_size_of[type], x, y)) return SIMDROP_OK;
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct simdrop_source source;
    simdrop_source_draws(&source, kernels, plan, offset);
    walk_alpha(kernels, &source, type, plan, n, x, y, pass);
    return SIMDROP_OK;
}

static simdrop_status feature_alpha_dropout(enum simdrop_type type, const simdrop_dropout *dropout,
                                            uint64_t offset, size_t samples, size_t channels,
                                            size_t size, const void *x, void *y, enum pass pass) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    size_t draws, n, bytes;
    if (!is_alpha(plan)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (samples == 0 || channels == 0 || size == 0) return SIMDROP_OK;
    if (__builtin_mul_overflow(samples, channels, &draws) ||
        __builtin_mul_overflow(draws, size, &n) ||
        __builtin_mul_overflow(n, simdrop_size_of[type], &bytes) ||
        !simdrop_range_is_valid(offset, draws, 1) || !simdrop_buffers_are_valid(x, y, bytes))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (size == 1) return alpha_dropout(type, dropout, offset, n, x, y, pass);
    if (is_done(plan, bytes, x, y)) return SIMDROP_OK;
    const struct simdrop_kernels *kernels = simdrop_kernels();
    const size_t shape[] = {draws, size}, mask_shape[] = {draws, 1};
    struct simdrop_broadcast broadcast;
    struct simdrop_source source;
    simdrop_broadcast_init(&broadcast, kernels, plan, offset, 2, shape, mask_shape);
    simdrop_source_broadcast(&source, &broadcast);
    walk_alpha(kernels, &source, type, plan, n, x, y, pass);
    return SIMDROP_OK;
}

#define DEFINE(type, c_type, ...)                                                                  \
    simdrop_status simdrop_alpha_dropout_##type(const simdrop_dropout *dropout, uint64_t offset,   \
                                                size_t n, const c_type *x, c_type *y) {            \
        return alpha_dropout(SIMDROP_##type, dropout, offset, n, x, y, FORWARD);                   \
    }                                                                                              \
    simdrop_status simdrop_alpha_dropout_backward_##type(                                          \
        const simdrop_dropout *dropout, uint64_t offset, size_t n, const c_type *dy, c_type *dx) { \
        return alpha_dropout(SIMDROP_##type, dropout, offset, n, dy, dx, BACKWARD);                \
    }                                                                                              \
    simdrop_status simdrop_feature_alpha_dropout_##type(                                           \
        const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t channels,          \
        size_t size, const c_type *x, c_type *y) {                                                 \
        return feature_alpha_dropout(SIMDROP_##type, dropout, offset, samples, channels, size, x,  \
                                     y, FORWARD);                                                  \
    }                                                                                              \
    simdrop_status simdrop_feature_alpha_dropout_backward_##type(                                  \
        const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t channels,          \
        size_t size, const c_type *dy, c_type *dx) {                                               \
        return feature_alpha_dropout(SIMDROP_##type, dropout, offset, samples, channels, size, dy, \
                                     dx, BACKWARD);                                                \
    }
SIMDROP_TYPES(DEFINE, )
