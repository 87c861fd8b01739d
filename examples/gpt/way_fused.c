/* SPDX-License-Identifier: MIT */
/* Dropout inside the layers: simdrop's fused functions. Without dropout the plan has p = 0, and the
   same functions are called. */
#include "layers.h"
#include "matrix.h"
#include "way.h"

static void check(simdrop_status status) {
    if (status) die("a fused call was refused: %s", simdrop_status_string(status));
}

static void add_norm(const struct site *site, const simdrop_rows *rows, real *x,
                     const real *residual, const real *weight, const real *bias, real *z, real *y,
                     real *mean, real *rstd) {
    check(OF_REAL(simdrop_dropout_layer_norm)(&site->plan, rows, x, residual, weight, bias,
                                              (real)NORM_EPS, z, y, mean, rstd));
}

static void add_norm_backward(const struct site *site, const simdrop_rows *rows, const real *dy,
                              real *dz, const real *z, const real *weight, const real *mean,
                              const real *rstd, real *dx, real *dweight, real *dbias) {
    check(OF_REAL(simdrop_dropout_layer_norm_backward)(&site->plan, rows, NULL, dy, dz, z, weight,
                                                       mean, rstd, dx, dz, dweight, dbias));
}

static simdrop_softmax_config causal(const simdrop_rows *rows, real scale) {
    return (simdrop_softmax_config){.scale = (double)scale, .causal = 1, .queries = rows->rows};
}

static const real *softmax(const struct site *site, const simdrop_rows *rows, real scale,
                           real *scores, real *dropped) {
    const simdrop_softmax_config config = causal(rows, scale);
    real *const probs = site->drops ? scores : NULL, *const y = site->drops ? dropped : scores;
    check(OF_REAL(simdrop_softmax_dropout)(&site->plan, rows, &config, scores, NULL, probs, y));
    return y;
}

static const real *softmax_backward(const struct site *site, const simdrop_rows *rows, real scale,
                                    real *probs, real *dropped, real *dy) {
    const simdrop_softmax_config config = causal(rows, scale);
    if (site->drops) check(OF_REAL(simdrop_dropout_rows)(&site->plan, rows, probs, dropped));
    check(
        OF_REAL(simdrop_softmax_dropout_backward)(&site->plan, rows, &config, NULL, dy, probs, dy));
    return site->drops ? dropped : probs;
}

/* A plan that drops nothing: GPT-2 has no dropout here. */
static simdrop_dropout nothing(void) {
    const simdrop_dropout_config config = {0};
    simdrop_dropout plan;
    check(simdrop_dropout_init(&plan, &config));
    return plan;
}

static void activate(const simdrop_rows *rows, const real *x, const real *bias, real *y) {
    const simdrop_dropout plan = nothing();
    check(OF_REAL(simdrop_dropout_fused)(&plan, rows, SIMDROP_ACT_GELU_TANH, x, bias, NULL, y));
}

static void activate_backward(const simdrop_rows *rows, const real *x, const real *bias, real *dy,
                              real *dbias) {
    const simdrop_dropout plan = nothing();
    check(OF_REAL(simdrop_dropout_fused_backward)(&plan, rows, SIMDROP_ACT_GELU_TANH, NULL, dy, x,
                                                  bias, dy, dbias));
}

const struct way way_fused = {
    "fused",          0,        add_norm,         add_norm_backward, softmax,
    softmax_backward, activate, activate_backward};
