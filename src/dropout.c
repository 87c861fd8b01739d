/* SPDX-License-Identifier: MIT */
/* The drivers: check the arguments, walk the tensor in tiles, draw each one's mask, apply it. */
#include "cpu.h"
#include "mask.h"
#include "plan.h"
#include "words.h"

#include <simdrop/dropout.h>

#include <string.h>

/* One elementwise pass y = mask(x) * scale over n elements of `size` bytes. */
struct pass {
    const struct simdrop_plan *plan;
    const struct simdrop_kernels *kernels; /* one choice for the whole call */
    const char *x;
    char *y;
    size_t n, size;
    simdrop_apply_fn *apply, *apply_stream;
};

/* Buffers of `bytes` bytes are usable if they are there and are the same one or apart. */
static int buffers_are_valid(const void *x, const void *y, size_t bytes) {
    const uintptr_t a = (uintptr_t)x, b = (uintptr_t)y;
    return a && b && (a == b || (a < b ? b - a : a - b) >= bytes);
}

static int pass_is_valid(const struct pass *pass, uint64_t offset) {
    return pass->plan && simdrop_range_is_valid(offset, pass->n, pass->size) &&
           (pass->n == 0 || buffers_are_valid(pass->x, pass->y, pass->n * pass->size));
}

/* Elements in the first tile: all that its mask words have, less what keeps the tiles after it from
   a 64-byte boundary of y: of two words or more there remains something. */
static size_t first_tile(const struct pass *pass, uint64_t offset, size_t tile) {
    const size_t most = tile - offset % 64, lane = pass->size;
    if ((uintptr_t)pass->y % lane) return most;
    return most - ((uintptr_t)pass->y / lane + most) % (64 / lane);
}

/* Asks for x[first .. first + n), as far as there is one. */
static void prefetch(const struct pass *pass, size_t first, size_t n) {
    if (first >= pass->n) return;
    const size_t bytes = (n < pass->n - first ? n : pass->n - first) * pass->size;
    for (size_t i = 0; i < bytes; i += 64)
        __builtin_prefetch(pass->x + first * pass->size + i, 0, 3);
}

/* Applies the tile of n elements that begins at `first`. From memory it pays, twofold, to ask for
   what lies a tile ahead, a few lines at a time: they arrive while the next mask is drawn. */
static void apply_and_prefetch(const struct pass *pass, simdrop_apply_fn *apply,
                               const uint64_t *keep, size_t first, size_t n, size_t tile) {
    enum { PART = 256 };
    for (size_t i = 0; i < n; i += PART) {
        const size_t m = n - i < PART ? n - i : PART, at = (first + i) * pass->size;
        prefetch(pass, first + i + tile, m);
        apply(pass->y + at, pass->x + at, keep + i / 64, m, pass->plan->train_scale);
    }
}

/* From L2 prefetching would cost a tenth. */
static int wants_prefetch(size_t bytes) {
    const size_t l2 = simdrop_cpu().l2_bytes;
    return bytes > (l2 ? l2 : (size_t)1 << 20) / 4; /* bytes read and written exceed half of L2 */
}

/* A result that the last-level cache can't hold is better written around the caches. */
static int wants_stream(const struct pass *pass) {
    const size_t llc = simdrop_cpu().llc_bytes;
    if (pass->x == pass->y || (uintptr_t)pass->y % pass->size) return 0;
    return pass->plan->flags == SIMDROP_STREAM_ALWAYS ||
           (pass->plan->flags == SIMDROP_STREAM_AUTO && llc && pass->n * pass->size > llc);
}

static void run_training(const struct pass *pass, uint64_t offset) {
    const size_t tile = (size_t)64 * pass->kernels->tile_words, bytes = pass->n * pass->size;
    const int prefetches = wants_prefetch(bytes), streams = wants_stream(pass);
    struct simdrop_mask mask;
    simdrop_mask_begin(&mask, pass->kernels, pass->plan, offset);
    simdrop_apply_fn *apply = pass->apply; /* the first tile's y may not be aligned */
    for (size_t i = 0, m = first_tile(pass, offset, tile); i < pass->n; i += m, m = tile) {
        if (m > pass->n - i) m = pass->n - i;
        const uint64_t *keep = simdrop_mask_next(&mask, m);
        const size_t at = i * pass->size;
        if (prefetches)
            apply_and_prefetch(pass, apply, keep, i, m, tile);
        else
            apply(pass->y + at, pass->x + at, keep, m, pass->plan->train_scale);
        if (streams) apply = pass->apply_stream;
    }
    if (streams) pass->kernels->stream_end();
}

/* y = x bit for bit. */
static void run_identity(const struct pass *pass) {
    if (pass->x != pass->y) memcpy(pass->y, pass->x, pass->n * pass->size);
}

static simdrop_status train(const struct pass *pass, uint64_t offset) {
    if (!pass_is_valid(pass, offset)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (pass->n == 0) return SIMDROP_OK;
    if (simdrop_plan_keeps_all(pass->plan))
        run_identity(pass);
    else if (simdrop_plan_drops_all(pass->plan))
        memset(pass->y, 0, pass->n * pass->size);
    else
        run_training(pass, offset);
    return SIMDROP_OK;
}

/* y = x * scale: the apply kernel with a mask that keeps all. */
static void run_scaling(const struct pass *pass) {
    uint64_t ones[SIMDROP_MAX_TILE_WORDS];
    memset(ones, 0xff, sizeof ones);
    const size_t tile = 8 * sizeof ones;
    for (size_t i = 0; i < pass->n; i += tile) {
        const size_t m = pass->n - i < tile ? pass->n - i : tile;
        const size_t at = i * pass->size;
        pass->apply(pass->y + at, pass->x + at, ones, m, pass->plan->infer_scale);
    }
}

static simdrop_status infer(const struct pass *pass) {
    if (!pass_is_valid(pass, 0)) return SIMDROP_ERR_INVALID_ARGUMENT;
    if (pass->n == 0) return SIMDROP_OK;
    if (pass->plan->infer_scale == 1.0)
        run_identity(pass);
    else if (pass->plan->infer_scale == 0.0)
        memset(pass->y, 0, pass->n * pass->size);
    else
        run_scaling(pass);
    return SIMDROP_OK;
}

/* All but the type's kernels. */
static struct pass pass_of(const simdrop_dropout *dropout, size_t n, const void *x, void *y,
                           size_t size) {
    return (struct pass){
        .plan = simdrop_plan(dropout),
        .kernels = simdrop_kernels(),
        .x = x,
        .y = y,
        .n = n,
        .size = size,
    };
}

static struct pass pass_f32(const simdrop_dropout *dropout, size_t n, const float *x, float *y) {
    struct pass pass = pass_of(dropout, n, x, y, sizeof *x);
    pass.apply = pass.kernels->apply_f32;
    pass.apply_stream = pass.kernels->apply_f32_stream;
    return pass;
}

static struct pass pass_f64(const simdrop_dropout *dropout, size_t n, const double *x, double *y) {
    struct pass pass = pass_of(dropout, n, x, y, sizeof *x);
    pass.apply = pass.kernels->apply_f64;
    pass.apply_stream = pass.kernels->apply_f64_stream;
    return pass;
}

simdrop_status simdrop_dropout_f32(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                                   const float *x, float *y) {
    const struct pass pass = pass_f32(dropout, n, x, y);
    return train(&pass, offset);
}

simdrop_status simdrop_dropout_infer_f32(const simdrop_dropout *dropout, size_t n, const float *x,
                                         float *y) {
    const struct pass pass = pass_f32(dropout, n, x, y);
    return infer(&pass);
}

simdrop_status simdrop_dropout_f64(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                                   const double *x, double *y) {
    const struct pass pass = pass_f64(dropout, n, x, y);
    return train(&pass, offset);
}

simdrop_status simdrop_dropout_infer_f64(const simdrop_dropout *dropout, size_t n, const double *x,
                                         double *y) {
    const struct pass pass = pass_f64(dropout, n, x, y);
    return infer(&pass);
}

/* mask[0 .. (n + 7) / 8) = 1 for every element kept, padded with 0. */
static void run_mask_bits(const struct simdrop_plan *plan, uint64_t offset, size_t n,
                          uint8_t *bits) {
    const struct simdrop_kernels *kernels = simdrop_kernels();
    const size_t tile = (size_t)64 * kernels->tile_words;
    struct simdrop_mask mask;
    simdrop_mask_begin(&mask, kernels, plan, offset);
    /* every tile but the last is a multiple of 64 elements, so each begins on a byte of `bits` */
    for (size_t i = 0, m = (tile - offset % 64) / 64 * 64; i < n; i += m, m = tile) {
        if (m > n - i) m = n - i;
        memcpy(bits + i / 8, simdrop_mask_next(&mask, m), (m + 7) / 8);
    }
}

simdrop_status simdrop_dropout_mask_bits(const simdrop_dropout *dropout, uint64_t offset, size_t n,
                                         uint8_t *mask) {
    const struct simdrop_plan *plan = simdrop_plan(dropout);
    if (!plan || !simdrop_range_is_valid(offset, n, 1) || (n != 0 && !mask))
        return SIMDROP_ERR_INVALID_ARGUMENT;
    if (n == 0) return SIMDROP_OK;
    const size_t bytes = n / 8 + (n % 8 != 0);
    if (simdrop_plan_keeps_all(plan))
        memset(mask, 0xff, bytes);
    else if (simdrop_plan_drops_all(plan))
        memset(mask, 0, bytes);
    else
        run_mask_bits(plan, offset, n, mask);
    if (n % 8) mask[bytes - 1] &= (uint8_t)((1u << n % 8) - 1);
    return SIMDROP_OK;
}
