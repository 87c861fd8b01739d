/* SPDX-License-Identifier: MIT */
/* Dropout with masks that are broadcast. */
#include "core/broadcast.h"

#include "api/check.h"
#include "core/walk.h"

#include <simdrop/broadcast.h>

/* Blocks from which it pays, as measured, to look at them one by one: within the caches, or around
   them, where lines that two blocks share take longer. */
enum { LARGE_BLOCK = 256, LARGE_STREAMED_BLOCK = 1024 };

/* Draws that are kept on the stack while the rows that they are for are walked. */
enum { STRIP = 32768 };

/* The elements of a tensor, and of its mask: whether they can be. */
struct size {
    size_t n, draws;
};
static int size_of(struct size *size, int32_t ndim, const size_t *shape, const size_t *mask_shape) {
    if (ndim < 0 || ndim > SIMDROP_MAX_DIMS || (ndim > 0 && (!shape || !mask_shape))) return 0;
    *size = (struct size){1, 1};
    for (int32_t k = 0; k < ndim; ++k) {
        if (mask_shape[k] != 1 && mask_shape[k] != shape[k]) return 0;
        if (shape[k] == 0) size->n = 0;
    }
    for (int32_t k = 0; k < ndim && size->n; ++k) {
        if (shape[k] > SIZE_MAX / size->n) return 0;
        size->n *= shape[k];
        size->draws *= mask_shape[k];
    }
    return 1;
}

/* Rows that are too long for a tile, and repeated: strip by strip, so that each draw is made once. */
static void walk_strips(struct simdrop_broadcast *broadcast, const struct simdrop_sink *sink,
                        const char *x, char *y, uint32_t flags) {
    const size_t row = broadcast->row, repeated = broadcast->loop[0].count, size = sink->bits / 8;
    const size_t strips = (row - 1) / STRIP + 1, most = (row - 1) / strips + 1;
    uint8_t mask[STRIP / 8];
    size_t col = 0;
    for (size_t m; col < row; col += m) {
        struct simdrop_source source;
        m = row - col < most ? row - col : most;
        simdrop_source_draws(&source, broadcast->kernels, broadcast->plan,
                             broadcast->position + col);
        simdrop_walk(broadcast->kernels, &source, &simdrop_sink_of_bits, m, NULL, mask, flags);
        simdrop_source_same_bits(&source, mask);
        const struct simdrop_layout layout = {.rows = repeated, .cols = m, .ldx = row, .ldy = row};
        simdrop_walk_rows(broadcast->kernels, &source, sink, &layout, x + col * size,
                          y + col * size, flags);
    }
}

static void walk(const struct simdrop_plan *plan, struct simdrop_broadcast *broadcast,
                 struct simdrop_sink *sink, enum simdrop_type type, size_t n, const void *x,
                 void *y) {
    const struct simdrop_kernels *kernels = broadcast->kernels;
    const size_t block = broadcast->block, size = sink->bits / 8;
    /* To draw takes little here, memory all the more: x counts too. */
    const uint32_t flags = simdrop_walk_flags(
        sink, n > SIZE_MAX / 2 / size ? SIZE_MAX : 2 * n * size, x, y, plan->flags);
    const int is_large =
        block >= (flags == SIMDROP_STREAM_ALWAYS ? LARGE_STREAMED_BLOCK : LARGE_BLOCK);
    struct simdrop_source source;
    if (block == 1 && broadcast->loops == 0) {
        sink->pipelined = kernels->dropout[type][simdrop_plan_width(plan)];
        simdrop_source_draws(&source, kernels, plan, broadcast->position);
        simdrop_walk(kernels, &source, sink, n, x, y, plan->flags);
    } else if (block == 1 && simdrop_broadcast_is_long(broadcast)) {
        const size_t step = broadcast->row * broadcast->loop[0].count;
        for (size_t at = 0; at < n; at += step, simdrop_broadcast_next_row(broadcast, 1))
            walk_strips(broadcast, sink, (const char *)x + at * size, (char *)y + at * size, flags);
    } else {
        if (is_large) broadcast->block = 1;
        simdrop_source_broadcast(&source, broadcast);
        if (is_large)
            simdrop_walk_blocks(kernels, &source, sink, n / block, block, x, y, flags);
        else
            simdrop_walk(kernels, &source, sink, n, x, y, flags);
    }
}

static simdrop_status train(enum simdrop_type type, const simdrop_dropout *dropout, uint64_t offset,
                            int32_t ndim, const size_t *shape, const size_t *mask_shape,
                            int is_scaled, const void *x, void *y) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    const size_t bytes = simdrop_size_of[type];
    struct size size;
    if (!plan || !size_of(&size, ndim, shape, mask_shape) ||
        !simdrop_range_is_valid(offset, size.draws, 1) ||
        !simdrop_call_is_valid(plan, 0, size.n, x, y, bytes))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (size.n == 0) return SIMDROP_OK;
    if (simdrop_plan_keeps_all(plan)) {
        simdrop_copy(y, x, size.n * bytes);
    } else if (simdrop_plan_drops_all(plan)) {
        memset(y, 0, size.n * bytes);
    } else {
        const struct simdrop_kernels *kernels = simdrop_kernels();
        struct simdrop_sink sink = {.spend = kernels->apply[type],
                                    .scale = is_scaled ? plan->train_scale : 1.0,
                                    .bits = 8 * (unsigned)bytes};
        struct simdrop_broadcast broadcast;
        simdrop_broadcast_init(&broadcast, kernels, plan, offset, ndim, shape, mask_shape);
        walk(plan, &broadcast, &sink, type, size.n, x, y);
    }
    return SIMDROP_OK;
}

#define DEFINE(type, c_type, ...)                                                                  \
    simdrop_status simdrop_dropout_nd_##type(                                                      \
        const simdrop_dropout *dropout, uint64_t offset, int32_t ndim, const size_t *shape,        \
        const size_t *mask_shape, const c_type *x, c_type *y) {                                    \
        return train(SIMDROP_##type, dropout, offset, ndim, shape, mask_shape, 1, x, y);           \
    }                                                                                              \
    simdrop_status simdrop_dropout_channels_##type(                                                \
        const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t channels,          \
        size_t size, const c_type *x, c_type *y) {                                                 \
        const size_t shape[] = {samples, channels, size}, mask_shape[] = {samples, channels, 1};   \
        return train(SIMDROP_##type, dropout, offset, 3, shape, mask_shape, 1, x, y);              \
    }                                                                                              \
    simdrop_status simdrop_dropout_channels_last_##type(                                           \
        const simdrop_dropout *dropout, uint64_t offset, size_t samples, size_t size,              \
        size_t channels, const c_type *x, c_type *y) {                                             \
        const size_t shape[] = {samples, size, channels}, mask_shape[] = {samples, 1, channels};   \
        return train(SIMDROP_##type, dropout, offset, 3, shape, mask_shape, 1, x, y);              \
    }                                                                                              \
    simdrop_status simdrop_drop_path_##type(const simdrop_dropout *dropout, uint64_t offset,       \
                                            size_t samples, size_t size, int32_t scale_by_keep,    \
                                            const c_type *x, c_type *y) {                          \
        const size_t shape[] = {samples, size}, mask_shape[] = {samples, 1};                       \
        return train(SIMDROP_##type, dropout, offset, 2, shape, mask_shape, scale_by_keep != 0, x, \
                     y);                                                                           \
    }
SIMDROP_TYPES(DEFINE, )
