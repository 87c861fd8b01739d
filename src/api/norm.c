/* SPDX-License-Identifier: MIT */
/* Dropout, residual and a norm: arguments are checked, a source and a sink named. A row is finished
   while it is in the cache: its norm follows its dropout, or in the backward pass precedes it. */
#include "api/check.h"
#include "core/fused.h"

#include <simdrop/norm.h>

#include <float.h>

/* What all of them are about; whether dropout and rows are valid. */
struct call {
    enum simdrop_type type;
    int is_layer_norm; /* or RMSNorm */
    size_t size, real_size;
    const struct simdrop_plan *plan;
    struct simdrop_layout layout;
};
static int begin(struct call *call, enum simdrop_type type, int is_layer_norm,
                 const simdrop_dropout *dropout, const simdrop_rows *rows) {
    *call = (struct call){.type = type,
                          .is_layer_norm = is_layer_norm,
                          .size = simdrop_size_of[type],
                          .real_size = simdrop_real_size_of[type],
                          .plan = simdrop_plan(dropout)};
    /* by the greater size, as what has one element a row or a column must fit memory too */
    return call->plan && simdrop_layout_init(&call->layout, rows, call->real_size);
}
/* NULL stays NULL. */
static const void *at(const void *tensor, size_t bytes) {
    return tensor ? (const char *)tensor + bytes : NULL;
}
static void *at_out(void *tensor, size_t bytes) { return tensor ? (char *)tensor + bytes : NULL; }

/* z, of which dropout and residual are a fused sink's, and then y. */
struct forward {
    struct simdrop_fusion fusion; /* first */
    simdrop_norm_fn *kernel;
    struct simdrop_norm first; /* row */
    size_t pitch, real_size;
};

static void end_forward(const void *operands, size_t row) {
    const struct forward *f = operands;
    struct simdrop_norm norm = f->first;
    norm.z = at(norm.z, row * f->pitch);
    norm.y = at_out(norm.y, row * f->pitch);
    norm.mean = at_out(norm.mean, row * f->real_size);
    norm.rstd = at_out(norm.rstd, row * f->real_size);
    f->kernel(&norm);
}

static int forward_is_valid(const struct call *call, const void *x, const void *residual, void *z,
                            const struct simdrop_norm *norm) {
    const struct simdrop_layout *const l = &call->layout;
    const size_t row = l->cols * call->real_size, col = l->rows * call->real_size;
    const struct simdrop_region regions[] = {
        simdrop_tensor(x, l, l->ldx, call->size, 0),
        simdrop_tensor(residual, l, l->ldy, call->size, 0),
        simdrop_tensor(z, l, l->ldy, call->size, 1),
        simdrop_tensor(norm->y, l, l->ldy, call->size, 1),
        simdrop_vector(norm->weight, row, 0),
        simdrop_vector(norm->bias, row, 0),
        simdrop_vector(norm->mean, col, 1),
        simdrop_vector(norm->rstd, col, 1),
    };
    return x && norm->y && simdrop_regions_are_valid(regions, sizeof regions / sizeof *regions);
}

static simdrop_status forward(enum simdrop_type type, int is_layer_norm,
                              const simdrop_dropout *dropout, const simdrop_rows *rows,
                              const void *x, const void *residual, void *z,
                              const struct simdrop_norm *norm) {
    struct call call;
    if (!begin(&call, type, is_layer_norm, dropout, rows) ||
        !(norm->eps >= 0 && norm->eps <= DBL_MAX))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (simdrop_layout_is_empty(&call.layout)) return SIMDROP_OK;
    if (!forward_is_valid(&call, x, residual, z, norm)) return SIMDROP_ERR_INVALID_ARGUMENT;
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct forward f = {
        .fusion = {.kernel = kernels->fused[type][SIMDROP_act_none],
                   .beside = residual,
                   .beside_pitch = call.layout.ldy * call.size,
                   .size = call.size,
                   .real_size = call.real_size},
        .kernel = is_layer_norm ? kernels->layer_norm[type] : kernels->rms_norm[type],
        .first = *norm,
        .pitch = call.layout.ldy * call.size,
        .real_size = call.real_size,
    };
    void *const to = z ? z : norm->y;
    f.first.z = to;
    f.first.n = call.layout.cols;
    const struct simdrop_sink sink = {.spend = simdrop_spend_fused,
                                      .operands = &f,
                                      .scale = call.plan->train_scale,
                                      .bits = 8 * (unsigned)call.size,
                                      .end_row = end_forward};
    struct simdrop_source source;
    simdrop_source_of(&source, kernels, call.plan, &call.layout, NULL);
    /* z is read again at once */
    simdrop_walk_rows(kernels, &source, &sink, &call.layout, x, to, SIMDROP_STREAM_NEVER);
    return SIMDROP_OK;
}

/* dz', of which dropout then makes dx. */
struct backward {
    simdrop_norm_backward_fn *kernel;
    struct simdrop_norm_backward first; /* row */
    size_t pitch, sum_pitch, real_size;
};

static size_t begin_backward(const void *operands, size_t row) {
    const struct backward *b = operands;
    struct simdrop_norm_backward norm = b->first;
    norm.dy = at(norm.dy, row * b->pitch);
    norm.dz = at(norm.dz, row * b->pitch);
    norm.z = at(norm.z, row * b->pitch);
    norm.dz_sum = at_out(norm.dz_sum, row * b->sum_pitch);
    norm.mean = at(norm.mean, row * b->real_size);
    norm.rstd = at(norm.rstd, row * b->real_size);
    b->kernel(&norm);
    return norm.n;
}

static int backward_is_valid(const struct call *call, const uint8_t *mask, const void *dx,
                             const struct simdrop_norm_backward *norm) {
    const struct simdrop_layout *const l = &call->layout;
    const size_t row = l->cols * call->real_size, col = l->rows * call->real_size;
    const struct simdrop_region regions[] = {
        simdrop_tensor(norm->dy, l, l->ldy, call->size, 0),
        simdrop_tensor(norm->dz, l, l->ldy, call->size, 0),
        simdrop_tensor(norm->z, l, l->ldy, call->size, 0),
        simdrop_tensor(dx, l, l->ldx, call->size, 1),
        simdrop_tensor(norm->dz_sum, l, l->ldy, call->size, 1),
        simdrop_vector(norm->weight, row, 0),
        simdrop_vector(norm->mean, col, 0),
        simdrop_vector(norm->rstd, col, 0),
        simdrop_vector(norm->dweight, row, 1),
        simdrop_vector(norm->dbias, row, 1),
        simdrop_stored_mask(mask, l),
    };
    return norm->dy && norm->z && (norm->mean || !call->is_layer_norm) && norm->rstd && dx &&
           simdrop_regions_are_valid(regions, sizeof regions / sizeof *regions);
}

/* The walk reads dz' where it was written, with ldx if that is dx itself, and writes dx. */
static simdrop_status backward(enum simdrop_type type, int is_layer_norm,
                               const simdrop_dropout *dropout, const simdrop_rows *rows,
                               const uint8_t *mask, void *dx,
                               const struct simdrop_norm_backward *norm) {
    struct call call;
    if (!begin(&call, type, is_layer_norm, dropout, rows)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (simdrop_layout_is_empty(&call.layout)) return SIMDROP_OK;
    if (!backward_is_valid(&call, mask, dx, norm)) return SIMDROP_ERR_INVALID_ARGUMENT;
    struct simdrop_layout layout = call.layout;
    layout.ldx = norm->dz_sum ? call.layout.ldy : call.layout.ldx;
    layout.ldy = call.layout.ldx;
    const struct simdrop_kernels *kernels = simdrop_kernels();
    struct backward b = {
        .kernel =
            is_layer_norm ? kernels->layer_norm_backward[type] : kernels->rms_norm_backward[type],
        .first = *norm,
        .pitch = call.layout.ldy * call.size,
        .sum_pitch = layout.ldx * call.size,
        .real_size = call.real_size,
    };
    if (!norm->dz_sum) b.first.dz_sum = dx;
    b.first.n = layout.cols;
    const enum simdrop_width width = simdrop_plan_width(call.plan);
    const struct simdrop_sink sink = {.spend = kernels->apply[type],
                                      .pipelined = kernels->dropout[type][width],
                                      .operands = &b,
                                      .scale = call.plan->train_scale,
                                      .bits = 8 * (unsigned)call.size,
                                      .begin_row = begin_backward};
    struct simdrop_source source;
    simdrop_source_of(&source, kernels, call.plan, &layout, mask);
    simdrop_walk_rows(kernels, &source, &sink, &layout, b.first.dz_sum, dx, call.plan->flags);
    return SIMDROP_OK;
}

#define DEFINE(type, c_type, real, ...)                                                            \
    simdrop_status simdrop_dropout_layer_norm_##type(                                              \
        const simdrop_dropout *dropout, const simdrop_rows *rows, const c_type *x,                 \
        const c_type *residual, const real *weight, const real *bias, real eps, c_type *z,         \
        c_type *y, real *mean, real *rstd) {                                                       \
        const struct simdrop_norm norm = {.y = y,                                                  \
                                          .eps = (double)eps,                                      \
                                          .weight = weight,                                        \
                                          .bias = bias,                                            \
                                          .mean = mean,                                            \
                                          .rstd = rstd};                                           \
        return forward(SIMDROP_##type, 1, dropout, rows, x, residual, z, &norm);                   \
    }                                                                                              \
    simdrop_status simdrop_dropout_rms_norm_##type(                                                \
        const simdrop_dropout *dropout, const simdrop_rows *rows, const c_type *x,                 \
        const c_type *residual, const real *weight, real eps, c_type *z, c_type *y, real *rstd) {  \
        const struct simdrop_norm norm = {                                                         \
            .y = y, .eps = (double)eps, .weight = weight, .rstd = rstd};                           \
        return forward(SIMDROP_##type, 0, dropout, rows, x, residual, z, &norm);                   \
    }                                                                                              \
    simdrop_status simdrop_dropout_layer_norm_backward_##type(                                     \
        const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask,             \
        const c_type *dy, const c_type *dz, const c_type *z, const real *weight, const real *mean, \
        const real *rstd, c_type *dx, c_type *dresidual, real *dweight, real *dbias) {             \
        const struct simdrop_norm_backward norm = {.dy = dy,                                       \
                                                   .dz = dz,                                       \
                                                   .z = z,                                         \
                                                   .dz_sum = dresidual,                            \
                                                   .weight = weight,                               \
                                                   .mean = mean,                                   \
                                                   .rstd = rstd,                                   \
                                                   .dweight = dweight,                             \
                                                   .dbias = dbias};                                \
        return backward(SIMDROP_##type, 1, dropout, rows, mask, dx, &norm);                        \
    }                                                                                              \
    simdrop_status simdrop_dropout_rms_norm_backward_##type(                                       \
        const simdrop_dropout *dropout, const simdrop_rows *rows, const uint8_t *mask,             \
        const c_type *dy, const c_type *dz, const c_type *z, const real *weight, const real *rstd, \
        c_type *dx, c_type *dresidual, real *dweight) {                                            \
        const struct simdrop_norm_backward norm = {.dy = dy,                                       \
                                                   .dz = dz,                                       \
                                                   .z = z,                                         \
                                                   .dz_sum = dresidual,                            \
                                                   .weight = weight,                               \
                                                   .rstd = rstd,                                   \
                                                   .dweight = dweight};                            \
        return backward(SIMDROP_##type, 0, dropout, rows, mask, dx, &norm);                        \
    }
SIMDROP_REAL_TYPES(DEFINE, )
