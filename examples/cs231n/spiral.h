/* SPDX-License-Identifier: MIT */
/* CS231n's toy data, points on the arms of a spiral, and the three-layer network trained on it. */
#ifndef CS231N_SPIRAL_H
#define CS231N_SPIRAL_H

#include "three_layers.h"

enum { SPIRAL_ARMS = 3, SPIRAL_POINTS = 100, SPIRAL_ROWS = SPIRAL_ARMS * SPIRAL_POINTS };
enum { SPIRAL_HIDDEN = 50, SPIRAL_STEPS = 400 };

struct spiral {
    struct matrix x; /* SPIRAL_ROWS x 2 */
    uint8_t labels[SPIRAL_ROWS];
    struct three_layers net;
    double first_loss, last_loss; /* in training */
};

/* Trained with p = 0.5; mode is SIMDROP_VANILLA or SIMDROP_INVERTED. */
void spiral_train(struct spiral *spiral, int32_t mode, uint64_t seed);
void spiral_free(struct spiral *spiral);

/* The accuracy of `predict` on the points, and its loss if not NULL. */
double spiral_predict(struct spiral *spiral, double *loss);

#endif
