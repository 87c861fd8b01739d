/* SPDX-License-Identifier: MIT */
/* The lecture's dropout layer: forward and backward, for training and for testing. */
#ifndef CS231N_DROPOUT_H
#define CS231N_DROPOUT_H

#include "matrix.h"

enum mode { TRAIN, TEST };
enum { MAX_THREADS = 64 };

/*
 * Everything that a layer has to remember between forward and backward: no mask is among it.
 *
 * CS231n calls the probability p, which in 2017 was that of dropping a unit and since 2018 is that
 * of keeping it. Here the name says which.
 */
struct dropout_param {
    enum mode mode;
    double drop_prob;
    uint64_t seed, stream, offset; /* where in which random stream the mask of this call lies */
    size_t threads;                /* that share a call; 0 is 1 */
};

/* out = x in TEST mode, mask * x / (1 - drop_prob) in TRAIN mode. The mask, one bit for each
   element, is returned in (size + 7) / 8 bytes unless NULL; all ones in TEST mode. x may be out. */
void dropout_forward(const struct matrix *x, const struct dropout_param *param, struct matrix *out,
                     uint8_t *mask);

/* dx = the same function of dout: the mask is drawn again. dout may be dx. */
void dropout_backward(const struct matrix *dout, const struct dropout_param *param,
                      struct matrix *dx);

#endif
