/* SPDX-License-Identifier: MIT */
/* The other layers of a fully connected network: affine, batch normalisation, ReLU, softmax.
   Rows are examples. Biases and other vectors are matrices of one row. */
#ifndef CS231N_LAYERS_H
#define CS231N_LAYERS_H

#include "matrix.h"

/* out = x w + b; b may be NULL. */
void affine_forward(const struct matrix *x, const struct matrix *w, const struct matrix *b,
                    struct matrix *out);

/* dw = x^T dout, db = the column sums of dout, dx = dout w^T; db and dx may be NULL. */
void affine_backward(const struct matrix *dout, const struct matrix *x, const struct matrix *w,
                     struct matrix *dx, struct matrix *dw, struct matrix *db);

/* out = max(0, x), and dx = x > 0 ? dout : 0; in place if you like. */
void relu_forward(const struct matrix *x, struct matrix *out);
void relu_backward(const struct matrix *dout, const struct matrix *x, struct matrix *dx);

/* Batch normalisation (Ioffe and Szegedy, 2015): parameters, running averages for testing, and what
   a training forward leaves for the backward. */
struct batch_norm {
    struct matrix gamma, beta, dgamma, dbeta; /* 1 x cols */
    struct matrix running_mean, running_var;  /* 1 x cols */
    struct matrix normalized;                 /* (x - mean) / deviation, rows x cols */
    struct matrix inverse_deviation;          /* 1 x cols */
};

/* In place. */
void batch_norm_train(struct batch_norm *norm, struct matrix *x);
void batch_norm_test(const struct batch_norm *norm, struct matrix *x);
void batch_norm_backward(struct batch_norm *norm, struct matrix *dout);

/* The mean cross-entropy of softmax(scores) against labels; dscores, its gradient, may be NULL. */
double softmax_loss(const struct matrix *scores, const uint8_t *labels, struct matrix *dscores);

/* The share of rows whose greatest score is their label's. */
double accuracy(const struct matrix *scores, const uint8_t *labels);

#endif
