/* SPDX-License-Identifier: MIT */
/* Part 4. A fully connected network with dropout after every ReLU, checked parameter by parameter. */
#include "network.h"
#include "numeric.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 2, D = 15, H1 = 20, H2 = 30, C = 10 };

struct batch {
    struct network net;
    struct matrix x;
    uint8_t labels[N];
};
static void loss_of(void *context, real *out) {
    struct batch *batch = context;
    *out = (real)network_loss(&batch->net, &batch->x, batch->labels, 0);
}

static void check(double drop_prob, int batch_norm, uint64_t seed) {
    struct batch batch = {.x = matrix_new(N, D)};
    fill_normal(&batch.x, 0, 1, seed, stream_of(FOR_DATA, 4));
    size_t labels[N];
    fill_below(labels, N, C, seed, stream_of(FOR_DATA, 5), 0);
    for (size_t i = 0; i < N; ++i) batch.labels[i] = (uint8_t)labels[i];
    const struct network_config config = {.inputs = D,
                                          .classes = C,
                                          .layers = 3,
                                          .hidden = {H1, H2},
                                          .max_rows = N,
                                          .weight_scale = 5e-2,
                                          .drop_prob = drop_prob,
                                          .batch_norm = batch_norm,
                                          .seed = seed};
    struct network *net = &batch.net;
    network_init(net, &config);
    printf("Running check with drop_prob = %.2f, %s batch normalisation\n", drop_prob,
           batch_norm ? "with" : "without");
    printf("Initial loss: %.6f\n", network_loss(net, &batch.x, batch.labels, 1));
    real *numeric = allocate(net->size, sizeof *numeric),
         *exact = allocate(net->size, sizeof *exact);
    const real one = 1;
    numeric_gradient(loss_of, &batch, net->params, net->size, &one, 1, 1e-5, numeric);
    complex_step_gradient(net, &batch.x, batch.labels, exact);
    printf("relative error by   differences   complex step\n");
    double worst = 0;
    for (size_t i = 0; i < net->name_count; ++i) {
        const struct param *param = &net->names[i];
        const real *grads = net->grads + param->first;
        const double error = relative_error(grads, numeric + param->first, param->size);
        const double error_exact = relative_error(grads, exact + param->first, param->size);
        printf("%-12s %18.2e %14.2e\n", param->name, error, error_exact);
        worst = fmax(worst, error_exact);
    }
    claim(worst <= 1e-6, "every gradient is that of the complex step, to 1e-6");
    putchar('\n');
    free(numeric);
    free(exact);
    network_free(net);
    matrix_free(&batch.x);
}

void part_gradient(uint64_t seed) {
    static const double drop_probs[] = {0, 0.25, 0.5};
    for (int batch_norm = 0; batch_norm < 2; ++batch_norm)
        for (size_t i = 0; i < 3; ++i) check(drop_probs[i], batch_norm, seed);
}
