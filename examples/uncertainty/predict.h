/* SPDX-License-Identifier: MIT */
/*
 * Predictions of a network with dropout: by plain inference, or by Monte-Carlo dropout (Gal and
 * Ghahramani, "Dropout as a Bayesian approximation", ICML 2016), which keeps dropping and averages
 * the softmax of several samples. Sample k draws from streams of its own, and image i of the data
 * set from its place in them: no mask is stored, and none depends on how images are batched.
 */
#ifndef UNCERTAINTY_PREDICT_H
#define UNCERTAINTY_PREDICT_H

#include "network.h"

/* What is said of each image. Entropies are in nats. */
struct prediction {
    size_t count, classes;
    double *probs;              /* count x classes: the softmax, or the mean of samples' */
    double *entropy;            /* of probs */
    double *mutual_information; /* of class and weights: entropy less the mean of samples' */
};
void prediction_init(struct prediction *prediction, size_t count, size_t classes);
void prediction_free(struct prediction *prediction);

/* The stream of layer `layer` in sample `sample`, which no step of a training draws from. */
uint64_t sample_stream(size_t layer, size_t sample);

/* For both: x has prediction->count rows, any number, of which the network takes max_rows at once.
   It has a hidden layer; batch normalisation is as in testing. */

/* Dropout is the identity, mutual information 0. */
void predict_plain(struct network *net, const struct matrix *x, struct prediction *prediction);

/* Row 0 is image number `first` of the data set. Up to the first dropout all samples are one, and
   computed once. Memory doesn't depend on `samples`, 1 or more. */
void predict_mc(struct network *net, const struct matrix *x, uint64_t first, size_t samples,
                struct prediction *prediction);

#endif
