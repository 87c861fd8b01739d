/* SPDX-License-Identifier: MIT */
/*
 * The layers in which a GPT has dropout, in several ways of doing it:
 *
 * fused    simdrop draws the mask inside the layer's one pass, forward and again backward
 * unfused  simdrop draws it in a pass of its own, forward and again backward
 * rand     rand_r() draws it, one number an element, and a byte of it is stored for the backward
 */
#ifndef GPT_WAY_H
#define GPT_WAY_H

#include "real.h"

#include <simdrop/simdrop.h>

/* A place of the network where something is dropped, in one step. */
struct site {
    int drops;            /* 0: nothing is, as if p were 0 */
    simdrop_dropout plan; /* with the stream of this site and step */
    double drop_prob;
    uint64_t stream;
    uint8_t *kept; /* 1 byte for each element, if the way stores masks */
};

/*
 * `rows` says which piece of the site's matrix a call has: tensors are rows of it, with ldx = ldy.
 * In and out they are: x the branch's output, which may be overwritten; dz and dx as simdrop's fused
 * functions have them (simdrop/norm.h, softmax.h, fused.h); in softmax, scores become probs.
 */
struct way {
    const char *name;
    int stores_masks;

    /* z = residual + dropout(x), y = norm(z); residual may be NULL. */
    void (*add_norm)(const struct site *site, const simdrop_rows *rows, real *x,
                     const real *residual, const real *weight, const real *bias, real *z, real *y,
                     real *mean, real *rstd);
    /* dz, of z from elsewhere, becomes the whole gradient of z, which is the residual's; dx is the
       branch's. dweight and dbias are added to. */
    void (*add_norm_backward)(const struct site *site, const simdrop_rows *rows, const real *dy,
                              real *dz, const real *z, const real *weight, const real *mean,
                              const real *rstd, real *dx, real *dweight, real *dbias);

    /* scores become probs = softmax(scale * scores), causal: the last row sees all columns. Returns
       dropout(probs): `dropped`, filled, or probs themselves if nothing is dropped. */
    const real *(*softmax)(const struct site *site, const simdrop_rows *rows, real scale,
                           real *scores, real *dropped);
    /* dy, of dropout(probs), becomes the gradient of scores. Returns dropout(probs) as above. */
    const real *(*softmax_backward)(const struct site *site, const simdrop_rows *rows, real scale,
                                    real *probs, real *dropped, real *dy);

    /* y = gelu(x + bias), without dropout; dy becomes dx, dbias is added to. */
    void (*activate)(const simdrop_rows *rows, const real *x, const real *bias, real *y);
    void (*activate_backward)(const simdrop_rows *rows, const real *x, const real *bias, real *dy,
                              real *dbias);
};

extern const struct way way_fused, way_unfused, way_rand;

#endif
