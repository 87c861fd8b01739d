/* SPDX-License-Identifier: MIT */
/* Layer normalisation, causal softmax and GELU without dropout, forward and backward, in plain
   loops: what the network runs on when dropout is a pass of its own. */
#ifndef GPT_LAYERS_H
#define GPT_LAYERS_H

#include "real.h"

#include <stddef.h>

#define NORM_EPS 1e-5

/* y = (z - mean) rstd weight + bias over each of `rows` rows of `cols`, without gaps. */
void layer_norm(size_t rows, size_t cols, const real *z, const real *weight, const real *bias,
                real *y, real *mean, real *rstd);

/* dz += the gradient of z; dweight and dbias are added to. */
void layer_norm_backward(size_t rows, size_t cols, const real *dy, const real *z,
                         const real *weight, const real *mean, const real *rstd, real *dz,
                         real *dweight, real *dbias);

/* In place: of row i the first i + cols - rows + 1 columns become softmax(scale * x), the others 0. */
void causal_softmax(size_t rows, size_t cols, size_t ld, real scale, real *x);

/* In place: dprobs becomes the gradient of x. */
void causal_softmax_backward(size_t rows, size_t cols, size_t ld, real scale, const real *probs,
                             real *dprobs);

/* y = gelu(x + bias), with tanh, and dy, in place, becomes dx; dbias is added to. */
void gelu(size_t rows, size_t cols, const real *x, const real *bias, real *y);
void gelu_backward(size_t rows, size_t cols, const real *x, const real *bias, real *dy,
                   real *dbias);

#endif
