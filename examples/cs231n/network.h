/* SPDX-License-Identifier: MIT */
/*
 * A fully connected network of L layers,
 *
 *     {affine - [batch norm] - ReLU - [dropout]} x (L - 1) - affine - softmax,
 *
 * and the gradient of its loss. Each dropout draws from a stream of its own; no mask is stored.
 */
#ifndef CS231N_NETWORK_H
#define CS231N_NETWORK_H

#include "dropout.h"
#include "layers.h"

enum { MAX_LAYERS = 8 };

/* How a network drops: simdrop's way, unless a benchmark brings another to compare. */
struct dropout_way {
    void (*forward)(const struct matrix *x, const struct dropout_param *param, struct matrix *out,
                    uint8_t *mask);
    void (*backward)(const struct matrix *dout, const struct dropout_param *param,
                     struct matrix *dx);
};

struct network_config {
    size_t inputs, classes, layers;
    size_t hidden[MAX_LAYERS - 1]; /* layers - 1 widths */
    size_t max_rows;               /* of a batch */
    double weight_scale;           /* standard deviation of the first weights */
    double drop_prob;              /* 0: no dropout */
    int batch_norm;
    uint64_t seed;
    size_t threads;         /* that share a dropout call; 0 is 1 */
    struct dropout_way way; /* {NULL, NULL}: simdrop */
};

/* One layer; its parameters and gradients are views into the network's. Before a batch
   normalisation there is no bias: it would be subtracted again, beta stands for it. */
struct layer {
    struct matrix w, b, dw, db;
    struct batch_norm norm;
    struct dropout_param drop;
    struct matrix before; /* the ReLU; of the last layer, the scores */
    struct matrix after;  /* ReLU and dropout */
};

/* The name of some of the parameters, such as "W1", and where they lie in `params` and `grads`. */
struct tensor {
    char name[32];
    size_t first, size;
};

struct network {
    struct network_config config;
    struct layer layers[MAX_LAYERS];
    size_t size; /* of the two below */
    real *params, *grads;
    struct tensor tensors[4 * MAX_LAYERS];
    size_t tensor_count;
    struct matrix flow[2]; /* gradients on their way back */
    uint64_t step;         /* training steps done: every step draws other masks */
};

void network_init(struct network *net, const struct network_config *config);
void network_free(struct network *net);

/* The scores of a batch, rows x classes, good until the next call. */
struct matrix network_scores(struct network *net, const struct matrix *x, enum mode mode);

/* The training loss of a batch. Fills net->grads if `wants_grads`. */
double network_loss(struct network *net, const struct matrix *x, const uint8_t *labels,
                    int wants_grads);

#endif
