/* SPDX-License-Identifier: MIT */
/* Part 4. A fully connected network with dropout after every ReLU, checked parameter by parameter. */
#include "network.h"
#include "numeric.h"
#include "parts.h"

#include <simdrop/distributions.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

/* The mask of a layer in a training step, N x 20 bits. */
static uint64_t mask_of(size_t layer, uint64_t step, uint64_t seed) {
    const struct network_config config = {.inputs = D,
                                          .classes = C,
                                          .layers = 3,
                                          .hidden = {H1, H1},
                                          .max_rows = N,
                                          .weight_scale = 5e-2,
                                          .drop_prob = 0.5,
                                          .seed = seed};
    struct network net;
    network_init(&net, &config);
    net.step = step;
    struct matrix x = matrix_new(N, D), h = matrix_new(N, H1);
    network_scores(&net, &x, TRAIN);
    uint8_t bytes[N * H1 / 8];
    dropout_forward(&h, &net.layers[layer].drop, &h, bytes);
    uint64_t mask = 0;
    for (size_t i = 0; i < sizeof bytes; ++i) mask = mask << 8 | bytes[i];
    network_free(&net);
    matrix_free(&x);
    matrix_free(&h);
    return mask;
}

static void check_masks(uint64_t seed) {
    const uint64_t mask = mask_of(0, 0, seed);
    claim(mask == mask_of(0, 0, seed), "the same mask is drawn again");
    claim(mask != mask_of(1, 0, seed), "every layer has masks of its own");
    claim(mask != mask_of(0, 1, seed), "so has every step");
    claim(mask != mask_of(0, 0, seed + 1), "and every seed");
}

static void check(double drop_prob, int batch_norm, uint64_t seed) {
    struct batch batch = {.x = matrix_new(N, D)};
    fill_normal(&batch.x, 0, 1, seed, stream_of(FOR_DATA, 4));
    uint32_t labels[N];
    if (simdrop_random_uniform_int_u32(seed, stream_of(FOR_DATA, 5), 0, N, C, labels))
        die("labels were refused");
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
    const double loss = network_loss(net, &batch.x, batch.labels, 1);
    printf("Running check with drop_prob = %.2f, %s batch normalisation\n", drop_prob,
           batch_norm ? "with" : "without");
    printf("Initial loss: %.6f\n", loss);
    real *numeric = allocate(net->size, sizeof *numeric);
    real *exact = allocate(net->size, sizeof *exact);
    const real one = 1;
    numeric_gradient(loss_of, &batch, net->params, net->size, &one, 1, 1e-5, numeric);
    const double exact_loss = complex_step_gradient(net, &batch.x, batch.labels, exact);
    printf("relative error by   differences   complex step\n");
    for (size_t i = 0; i < net->tensor_count; ++i) {
        const struct tensor *tensor = &net->tensors[i];
        const real *grads = net->grads + tensor->first;
        printf("%-12s %18.2e %14.2e\n", tensor->name,
               relative_error(grads, numeric + tensor->first, tensor->size),
               relative_error(grads, exact + tensor->first, tensor->size));
    }
    claim(fabs(loss - exact_loss) <= 1e-12, "the loss is that of complex numbers");
    claim(relative_error(net->grads, exact, net->size) <= 1e-6,
          "every gradient is that of the complex step, to 1e-6");
    /* all, unless a step of h crosses the kink of a ReLU */
    if (!batch_norm)
        claim(share_above(1e-5, net->grads, numeric, net->size) <= 0.01,
              "99 %% of the gradients are those of the differences, to 1e-5");
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
    check_masks(seed);
}
