/* SPDX-License-Identifier: MIT */
/* The spiral of CS231n's notes on neural networks. */
#include "spiral.h"

#include "layers.h"

#include <math.h>

static void make_points(struct spiral *spiral, uint64_t seed) {
    struct matrix noise = matrix_new(SPIRAL_ROWS, 1);
    spiral->x = matrix_new(SPIRAL_ROWS, 2);
    fill_normal(&noise, 0, 0.2, seed, stream_of(FOR_DATA, 0));
    for (size_t i = 0; i < SPIRAL_ROWS; ++i) {
        const size_t arm = i / SPIRAL_POINTS;
        const double radius = (double)(i % SPIRAL_POINTS) / (SPIRAL_POINTS - 1);
        const double angle = 4 * ((double)arm + radius) + (double)noise.at[i];
        spiral->x.at[2 * i] = (real)(radius * sin(angle));
        spiral->x.at[2 * i + 1] = (real)(radius * cos(angle));
        spiral->labels[i] = (uint8_t)arm;
    }
    matrix_free(&noise);
}

void spiral_train(struct spiral *spiral, int32_t mode, uint64_t seed) {
    make_points(spiral, seed);
    const struct three_layers_config config = {.rows = SPIRAL_ROWS,
                                               .inputs = 2,
                                               .hidden = SPIRAL_HIDDEN,
                                               .classes = SPIRAL_ARMS,
                                               .mode = mode,
                                               .drop_prob = 0.5,
                                               .seed = seed};
    three_layers_init(&spiral->net, &config);
    for (int step = 0; step < SPIRAL_STEPS; ++step) {
        spiral->last_loss = train_step(&spiral->net, &spiral->x, spiral->labels, 1);
        if (step == 0) spiral->first_loss = spiral->last_loss;
    }
}

void spiral_free(struct spiral *spiral) {
    three_layers_free(&spiral->net);
    matrix_free(&spiral->x);
}

double spiral_predict(struct spiral *spiral, double *loss) {
    predict(&spiral->net, &spiral->x);
    if (loss) *loss = softmax_loss(&spiral->net.scores, spiral->labels, NULL);
    return accuracy(&spiral->net.scores, spiral->labels);
}
