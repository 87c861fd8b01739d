/* SPDX-License-Identifier: MIT */
/* Adam and the training loop. */
#include "solver.h"

#include <simdrop/distributions.h>

#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

void adam_init(struct adam *adam, size_t size) {
    adam->mean = allocate(size, sizeof(real));
    adam->square = allocate(size, sizeof(real));
    adam->steps = 0;
}

void adam_free(struct adam *adam) {
    free(adam->mean);
    free(adam->square);
}

void adam_step(struct adam *adam, real *params, const real *grads, size_t size) {
    static const double betas[] = {0.9, 0.999};
    const real rate = (real)5e-4, epsilon = (real)1e-8;
    const real beta1 = (real)betas[0], beta2 = (real)betas[1];
    const double steps = (double)++adam->steps;
    const real unbias1 = (real)(1 / (1 - pow(betas[0], steps)));
    const real unbias2 = (real)(1 / (1 - pow(betas[1], steps)));
    for (size_t i = 0; i < size; ++i) {
        adam->mean[i] = beta1 * adam->mean[i] + (1 - beta1) * grads[i];
        adam->square[i] = beta2 * adam->square[i] + (1 - beta2) * grads[i] * grads[i];
        params[i] -= rate * (adam->mean[i] * unbias1) / (sqrt(adam->square[i] * unbias2) + epsilon);
    }
}

/* In batches, as a network has room for no more. */
static double accuracy_on(struct network *net, const struct examples *examples) {
    const size_t rows = examples->x.rows, most = net->config.max_rows;
    double right = 0;
    for (size_t i = 0; i < rows; i += most) {
        const size_t n = rows - i < most ? rows - i : most;
        const struct matrix x = {n, examples->x.cols, examples->x.at + i * examples->x.cols};
        const struct matrix scores = network_scores(net, &x, TEST);
        right += accuracy(&scores, examples->labels + i) * (double)n;
    }
    return right / (double)rows;
}

static void draw_batch(const struct examples *from, uint64_t seed, uint64_t step,
                       struct examples *batch) {
    const size_t n = batch->x.rows, cols = batch->x.cols;
    uint32_t *rows = allocate(n, sizeof *rows);
    if (simdrop_random_uniform_int_u32(seed, stream_of(FOR_BATCHES, 0), step * n, n,
                                       (uint32_t)from->x.rows, rows))
        die("a batch was refused");
    for (size_t i = 0; i < n; ++i) {
        memcpy(batch->x.at + i * cols, from->x.at + rows[i] * cols, cols * sizeof *batch->x.at);
        batch->labels[i] = from->labels[rows[i]];
    }
    free(rows);
}

/* The best parameters so far. */
struct best {
    double accuracy;
    real *params;
};

static struct score evaluate(struct network *net, const struct examples *train,
                             const struct examples *val, double loss, struct best *best) {
    const struct score score = {loss, accuracy_on(net, train), accuracy_on(net, val)};
    if (score.val_accuracy > best->accuracy) {
        best->accuracy = score.val_accuracy;
        memcpy(best->params, net->params, net->size * sizeof *best->params);
    }
    return score;
}

double train(struct network *net, const struct examples *training, const struct examples *val,
             size_t batch, size_t epochs, struct score *curve) {
    const size_t steps = training->x.rows > batch ? training->x.rows / batch : 1;
    struct examples drawn = {matrix_new(batch, training->x.cols), allocate(batch, 1)};
    struct best best = {-1, allocate(net->size, sizeof *best.params)};
    struct adam adam;
    adam_init(&adam, net->size);
    for (net->step = 0; net->step < epochs * steps; ++net->step) {
        const uint64_t done = net->step + 1;
        draw_batch(training, net->config.seed, net->step, &drawn);
        const double loss = network_loss(net, &drawn.x, drawn.labels, 1);
        adam_step(&adam, net->params, net->grads, net->size);
        if (done == 1) curve[0] = evaluate(net, training, val, loss, &best);
        if (done % steps == 0) curve[done / steps] = evaluate(net, training, val, loss, &best);
    }
    memcpy(net->params, best.params, net->size * sizeof *best.params);
    matrix_free(&drawn.x);
    free(drawn.labels);
    adam_free(&adam);
    free(best.params);
    return best.accuracy;
}
