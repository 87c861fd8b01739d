/* SPDX-License-Identifier: MIT */
/* Training as CS231n's Solver does it: batches with replacement, Adam, the best parameters kept. */
#ifndef CS231N_SOLVER_H
#define CS231N_SOLVER_H

#include "data.h"
#include "network.h"

/* Adam (Kingma and Ba, 2015) with rate 5e-4, betas 0.9 and 0.999, epsilon 1e-8. */
struct adam {
    real *mean, *square; /* moving averages of the gradient and its square */
    uint64_t steps;
};
void adam_init(struct adam *adam, size_t size);
void adam_free(struct adam *adam);
void adam_step(struct adam *adam, real *params, const real *grads, size_t size);

/* One epoch's line of the curve. */
struct score {
    double loss; /* of the last batch */
    double train_accuracy, val_accuracy;
};

/*
 * Trains for `epochs` of training->x.rows / batch steps. curve[0] is after the first step, curve[e]
 * after epoch e: epochs + 1 lines. Leaves the network with the parameters that were best on the
 * validation examples, and returns their accuracy. `batch` is at most net->config.max_rows.
 */
double train(struct network *net, const struct examples *training, const struct examples *val,
             size_t batch, size_t epochs, struct score *curve);

#endif
