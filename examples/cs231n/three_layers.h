/* SPDX-License-Identifier: MIT */
/* The lecture's first network: three layers, dropout after both hidden ones. */
#ifndef CS231N_THREE_LAYERS_H
#define CS231N_THREE_LAYERS_H

#include "matrix.h"

#include <simdrop/dropout.h>

struct three_layers {
    struct matrix w1, b1, w2, b2, w3, b3;
    simdrop_dropout drop1, drop2; /* vanilla or inverted: nothing else differs */
    struct matrix h1, h2, scores; /* of the last call */
    uint64_t step;
};

struct three_layers_config {
    size_t rows, inputs, hidden, classes;
    int32_t mode; /* SIMDROP_VANILLA or SIMDROP_INVERTED */
    double drop_prob;
    uint64_t seed;
};

void three_layers_init(struct three_layers *net, const struct three_layers_config *config);
void three_layers_free(struct three_layers *net);

/* One step of gradient descent on the whole batch; returns the loss before it. */
double train_step(struct three_layers *net, const struct matrix *x, const uint8_t *labels,
                  double rate);

/* The scores, in net->scores. */
void predict(struct three_layers *net, const struct matrix *x);

/* The first hidden layer's activations, in net->h1, neither dropped nor scaled. */
void hidden_activations(struct three_layers *net, const struct matrix *x);

#endif
