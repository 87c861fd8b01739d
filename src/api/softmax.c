/* SPDX-License-Identifier: MIT */
/* Softmax and dropout: arguments are checked, a source and a sink named. A row is finished while it
   is in the cache: softmax precedes dropout, and in the backward pass its gradient follows. */
#include "api/check.h"
#include "core/walk.h"

#include <simdrop/softmax.h>

#include <float.h>
#include <math.h>

/* What all of them are about. */
struct call {
    enum simdrop_type type;
    size_t size, real_size;
    const struct simdrop_plan *plan;
    struct simdrop_layout layout;
    simdrop_softmax_config config; /* no field has a default */
};

static int config_is_valid(const simdrop_softmax_config *config, enum simdrop_type type) {
    for (size_t i = 0; i < sizeof config->reserved / sizeof config->reserved[0]; ++i)
        if (config->reserved[i] != 0) return 0;
    return fabs(config->scale) <= (type == SIMDROP_f64 ? DBL_MAX : (double)FLT_MAX) &&
           (config->causal == 0 || config->causal == 1) && config->reserved0 == 0;
}

/* Whether dropout, rows and config are valid. */
static int begin(struct call *call, enum simdrop_type type, const simdrop_dropout *dropout,
                 const simdrop_rows *rows, const simdrop_softmax_config *config) {
    *call = (struct call){.type = type,
                          .size = simdrop_size_of[type],
                          .real_size = simdrop_real_size_of[type],
                          .plan = simdrop_plan(dropout)};
    simdrop_softmax_config *const c = &call->config;
    if (config) *c = *config;
    if (!call->plan || !simdrop_layout_init(&call->layout, rows, call->size) ||
        !config_is_valid(c, type))
        return 0;
    if (c->scale == 0) c->scale = 1;
    if (c->queries == 0) c->queries = call->layout.rows;
    if (c->mask_rows == 0) c->mask_rows = call->layout.rows;
    if (c->mask_repeat == 0) c->mask_repeat = 1;
    return 1;
}

/* How many keys a row sees, the first ones. */
static size_t seen(const struct call *call, size_t row) {
    const size_t cols = call->layout.cols, queries = call->config.queries;
    if (!call->config.causal) return cols;
    const size_t left = queries - (row % queries + 1); /* queries after it */
    return left < cols ? cols - left : 0;
}

static void zero_from(void *row, size_t col, const struct call *call) {
    memset((char *)row + col * call->size, 0, (call->layout.cols - col) * call->size);
}

/* Of rows, and a row of the mask. */
struct forward {
    struct call call;
    simdrop_softmax_fn *kernel;
    const char *x, *mask;
    char *probs;
};

static size_t begin_forward(const void *operands, size_t row) {
    const struct forward *f = operands;
    const struct call *call = &f->call;
    const simdrop_softmax_config *c = &call->config;
    const size_t n = seen(call, row), to = row * call->layout.ldy * call->size;
    const size_t in_mask = row / c->mask_repeat % c->mask_rows;
    const struct simdrop_softmax softmax = {
        .x = f->x + row * call->layout.ldx * call->size,
        .mask = f->mask ? f->mask + in_mask * call->layout.cols * call->real_size : NULL,
        .probs = f->probs + to,
        .n = n,
        .next = call->layout.ldx * call->size,
        .scale = c->scale};
    if (n) f->kernel(&softmax);
    zero_from(f->probs + to, n, call);
    return call->layout.cols; /* also zeros, so that y is written in whole lines, and streamed */
}

static int forward_is_valid(const struct call *call, const void *x, const void *mask,
                            const void *probs, const void *y) {
    const struct simdrop_layout *const l = &call->layout;
    size_t bytes = 0;
    if (mask && (__builtin_mul_overflow(call->config.mask_rows, l->cols, &bytes) ||
                 __builtin_mul_overflow(bytes, call->real_size, &bytes)))
        return 0;
    const struct simdrop_region regions[] = {
        simdrop_tensor(x, l, l->ldx, call->size, 0),
        simdrop_tensor(probs, l, l->ldy, call->size, 1),
        simdrop_tensor(y, l, l->ldy, call->size, 1),
        simdrop_vector(mask, bytes, 0),
    };
    return x && y && simdrop_regions_are_valid(regions, sizeof regions / sizeof *regions);
}

static simdrop_status forward(enum simdrop_type type, const simdrop_dropout *dropout,
                              const simdrop_rows *rows, const simdrop_softmax_config *config,
                              const void *x, const void *mask, void *probs, void *y) {
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct forward f;
    if (!begin(&f.call, type, dropout, rows, config)) return SIMDROP_ERR_INVALID_ARGUMENT;
    struct simdrop_layout layout = f.call.layout;
    if (simdrop_layout_is_empty(&layout)) return SIMDROP_OK;
    if (!forward_is_valid(&f.call, x, mask, probs, y)) return SIMDROP_ERR_INVALID_ARGUMENT;
    f.kernel = kernels->softmax[type];
    f.x = x;
    f.mask = mask;
    f.probs = probs ? probs : y;
    const struct simdrop_plan *const plan = f.call.plan;
    const struct simdrop_sink sink = {.spend = kernels->apply[type],
                                      .pipelined = kernels->dropout[type][simdrop_plan_width(plan)],
                                      .operands = &f,
                                      .scale = plan->train_scale,
                                      .bits = 8 * (unsigned)f.call.size,
                                      .begin_row = begin_forward};
    struct simdrop_source source;
    layout.ldx = layout.ldy; /* of probabilities, which the walk reads */
    simdrop_source_of(&source, kernels, plan, &layout, NULL);
    simdrop_walk_rows(kernels, &source, &sink, &layout, f.probs, y, plan->flags);
    return SIMDROP_OK;
}

struct backward {
    struct call call;
    simdrop_softmax_backward_fn *kernel;
    const char *probs;
    char *dx;
};

static size_t begin_backward(const void *operands, size_t row) {
    const struct backward *b = operands;
    const size_t n = seen(&b->call, row);
    if (n < b->call.layout.cols)
        zero_from(b->dx + row * b->call.layout.ldx * b->call.size, n, &b->call);
    return n;
}

static void end_backward(const void *operands, size_t row) {
    const struct backward *b = operands;
    const struct call *call = &b->call;
    const struct simdrop_softmax_backward softmax = {
        .dp = b->dx + row * call->layout.ldx * call->size,
        .probs = b->probs + row * call->layout.ldy * call->size,
        .n = seen(call, row),
        .next = call->layout.ldy * call->size,
        .scale = call->config.scale};
    if (softmax.n) b->kernel(&softmax);
}

static int backward_is_valid(const struct call *call, const uint8_t *keep, const void *dy,
                             const void *probs, const void *dx) {
    const struct simdrop_layout *const l = &call->layout;
    struct simdrop_region of_probs = simdrop_tensor(probs, l, l->ldy, call->size, 0);
    of_probs.is_tensor = 0; /* it is read when dx has been written: they have to be apart */
    const struct simdrop_region regions[] = {
        simdrop_tensor(dy, l, l->ldy, call->size, 0),
        of_probs,
        simdrop_tensor(dx, l, l->ldx, call->size, 1),
        simdrop_stored_mask(keep, l),
    };
    return dy && probs && dx &&
           simdrop_regions_are_valid(regions, sizeof regions / sizeof *regions);
}

static simdrop_status backward(enum simdrop_type type, const simdrop_dropout *dropout,
                               const simdrop_rows *rows, const simdrop_softmax_config *config,
                               const uint8_t *keep, const void *dy, const void *probs, void *dx) {
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct backward b;
    if (!begin(&b.call, type, dropout, rows, config)) return SIMDROP_ERR_INVALID_ARGUMENT;
    struct simdrop_layout layout = b.call.layout;
    if (simdrop_layout_is_empty(&layout)) return SIMDROP_OK;
    if (!backward_is_valid(&b.call, keep, dy, probs, dx)) return SIMDROP_ERR_INVALID_ARGUMENT;
    b.kernel = kernels->softmax_backward[type];
    b.probs = probs;
    b.dx = dx;
    const struct simdrop_plan *const plan = b.call.plan;
    const struct simdrop_sink sink = {.spend = kernels->apply[type],
                                      .pipelined = kernels->dropout[type][simdrop_plan_width(plan)],
                                      .operands = &b,
                                      .scale = plan->train_scale,
                                      .bits = 8 * (unsigned)b.call.size,
                                      .begin_row = begin_backward,
                                      .end_row = end_backward};
    struct simdrop_source source;
    simdrop_layout_turn(&layout);
    simdrop_source_of(&source, kernels, plan, &layout, keep);
    /* what is written is read again at once */
    simdrop_walk_rows(kernels, &source, &sink, &layout, dy, dx, SIMDROP_STREAM_NEVER);
    return SIMDROP_OK;
}

#define DEFINE(type, c_type, real, ...)                                                            \
    simdrop_status simdrop_softmax_dropout_##type(                                                 \
        const simdrop_dropout *dropout, const simdrop_rows *rows,                                  \
        const simdrop_softmax_config *config, const c_type *x, const real *mask, c_type *probs,    \
        c_type *y) {                                                                               \
        return forward(SIMDROP_##type, dropout, rows, config, x, mask, probs, y);                  \
    }                                                                                              \
    simdrop_status simdrop_softmax_dropout_backward_##type(                                        \
        const simdrop_dropout *dropout, const simdrop_rows *rows,                                  \
        const simdrop_softmax_config *config, const uint8_t *keep, const c_type *dy,               \
        const c_type *probs, c_type *dx) {                                                         \
        return backward(SIMDROP_##type, dropout, rows, config, keep, dy, probs, dx);               \
    }
SIMDROP_REAL_TYPES(DEFINE, )
