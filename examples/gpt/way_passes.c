/* SPDX-License-Identifier: MIT */
/* Dropout as a pass of its own after plain layers: by simdrop, and by rand_r() with stored masks. */
#include "layers.h"
#include "matrix.h"
#include "way.h"

#include <stdlib.h>
#include <string.h>

/* y = dropout(x); x may be y. */
typedef void pass(const struct site *site, const simdrop_rows *rows, const real *x, real *y);

static void simdrop_pass(const struct site *site, const simdrop_rows *rows, const real *x,
                         real *y) {
    if (OF_REAL(simdrop_dropout_rows)(&site->plan, rows, x, y)) die("a dropout call was refused");
}

static uint8_t *kept_row(const struct site *site, const simdrop_rows *rows, size_t i) {
    const size_t cols = rows->global_cols ? (size_t)rows->global_cols : rows->cols;
    return site->kept + ((size_t)rows->first_row + i) * cols;
}

static void stored_pass(const struct site *site, const simdrop_rows *rows, const real *x, real *y) {
    const real scale = (real)(1 / (1 - site->drop_prob));
    for (size_t i = 0; i < rows->rows; ++i) {
        const uint8_t *const kept = kept_row(site, rows, i);
        const real *const from = x + i * rows->ldx;
        real *const to = y + i * rows->ldy;
        for (size_t j = 0; j < rows->cols; ++j) to[j] = kept[j] ? from[j] * scale : 0;
    }
}

/* The seed is the piece's, so that threads needn't share one generator, nor its lock. */
static void rand_pass(const struct site *site, const simdrop_rows *rows, const real *x, real *y) {
    unsigned seed = (unsigned)simdrop_stream_derive(site->stream, rows->first_row, 0);
    const double limit = site->drop_prob * ((double)RAND_MAX + 1);
    for (size_t i = 0; i < rows->rows; ++i) {
        uint8_t *const kept = kept_row(site, rows, i);
        for (size_t j = 0; j < rows->cols; ++j) kept[j] = rand_r(&seed) >= limit;
    }
    stored_pass(site, rows, x, y);
}

static void add_norm(pass *drop, const struct site *site, const simdrop_rows *rows, real *x,
                     const real *residual, const real *weight, const real *bias, real *z, real *y,
                     real *mean, real *rstd) {
    const size_t size = rows->rows * rows->cols;
    if (site->drops) drop(site, rows, x, x);
    for (size_t i = 0; i < size; ++i) z[i] = residual ? residual[i] + x[i] : x[i];
    layer_norm(rows->rows, rows->cols, z, weight, bias, y, mean, rstd);
}

static void add_norm_backward(pass *drop, const struct site *site, const simdrop_rows *rows,
                              const real *dy, real *dz, const real *z, const real *weight,
                              const real *mean, const real *rstd, real *dx, real *dweight,
                              real *dbias) {
    layer_norm_backward(rows->rows, rows->cols, dy, z, weight, mean, rstd, dz, dweight, dbias);
    if (site->drops)
        drop(site, rows, dz, dx);
    else
        memcpy(dx, dz, rows->rows * rows->cols * sizeof *dx);
}

static const real *softmax(pass *drop, const struct site *site, const simdrop_rows *rows,
                           real scale, real *scores, real *dropped) {
    causal_softmax(rows->rows, rows->cols, rows->ldx, scale, scores);
    if (!site->drops) return scores;
    drop(site, rows, scores, dropped);
    return dropped;
}

static const real *softmax_backward(pass *drop, const struct site *site, const simdrop_rows *rows,
                                    real scale, real *probs, real *dropped, real *dy) {
    if (site->drops) {
        drop(site, rows, probs, dropped);
        drop(site, rows, dy, dy);
    }
    causal_softmax_backward(rows->rows, rows->cols, rows->ldx, scale, probs, dy);
    return site->drops ? dropped : probs;
}

static void activate(const simdrop_rows *rows, const real *x, const real *bias, real *y) {
    gelu(rows->rows, rows->cols, x, bias, y);
}

static void activate_backward(const simdrop_rows *rows, const real *x, const real *bias, real *dy,
                              real *dbias) {
    gelu_backward(rows->rows, rows->cols, x, bias, dy, dbias);
}

/* The way `kind`, that drops by `forward` and, in the backward pass, by `backward`. */
#define WAY(kind, stores, forward, backward)                                                       \
    static void kind##_add_norm(const struct site *site, const simdrop_rows *rows, real *x,        \
                                const real *residual, const real *weight, const real *bias,        \
                                real *z, real *y, real *mean, real *rstd) {                        \
        add_norm(forward, site, rows, x, residual, weight, bias, z, y, mean, rstd);                \
    }                                                                                              \
    static void kind##_add_norm_backward(const struct site *site, const simdrop_rows *rows,        \
                                         const real *dy, real *dz, const real *z,                  \
                                         const real *weight, const real *mean, const real *rstd,   \
                                         real *dx, real *dweight, real *dbias) {                   \
        add_norm_backward(backward, site, rows, dy, dz, z, weight, mean, rstd, dx, dweight,        \
                          dbias);                                                                  \
    }                                                                                              \
    static const real *kind##_softmax(const struct site *site, const simdrop_rows *rows,           \
                                      real scale, real *scores, real *dropped) {                   \
        return softmax(forward, site, rows, scale, scores, dropped);                               \
    }                                                                                              \
    static const real *kind##_softmax_backward(const struct site *site, const simdrop_rows *rows,  \
                                               real scale, real *probs, real *dropped, real *dy) { \
        return softmax_backward(backward, site, rows, scale, probs, dropped, dy);                  \
    }                                                                                              \
    const struct way way_##kind = {#kind,           stores,                                        \
                                   kind##_add_norm, kind##_add_norm_backward,                      \
                                   kind##_softmax,  kind##_softmax_backward,                       \
                                   activate,        activate_backward};

WAY(unfused, 0, simdrop_pass, simdrop_pass)
WAY(rand, 1, rand_pass, stored_pass)
