/* SPDX-License-Identifier: MIT */
/* train_step and predict, as the lecture writes them. */
#include "three_layers.h"

#include "layers.h"

#include <math.h>

static simdrop_dropout dropout_after(size_t layer, const struct three_layers_config *config) {
    const simdrop_dropout_config drop = {.drop_prob = config->drop_prob,
                                         .mode = config->mode,
                                         .seed = config->seed,
                                         .stream = stream_of(FOR_MASKS, layer)};
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &drop)) die("drop_prob must be in [0, 1]");
    return dropout;
}

/* He's initialisation: standard deviation sqrt(2 / inputs). */
static struct matrix weights(size_t inputs, size_t outputs, uint64_t seed, size_t layer) {
    struct matrix w = matrix_new(inputs, outputs);
    fill_normal(&w, 0, sqrt(2.0 / (double)inputs), seed, stream_of(FOR_WEIGHTS, layer));
    return w;
}

void three_layers_init(struct three_layers *net, const struct three_layers_config *config) {
    *net = (struct three_layers){
        .w1 = weights(config->inputs, config->hidden, config->seed, 1),
        .w2 = weights(config->hidden, config->hidden, config->seed, 2),
        .w3 = weights(config->hidden, config->classes, config->seed, 3),
        .b1 = matrix_new(1, config->hidden),
        .b2 = matrix_new(1, config->hidden),
        .b3 = matrix_new(1, config->classes),
        .drop1 = dropout_after(1, config),
        .drop2 = dropout_after(2, config),
        .h1 = matrix_new(config->rows, config->hidden),
        .h2 = matrix_new(config->rows, config->hidden),
        .scores = matrix_new(config->rows, config->classes),
    };
}

void three_layers_free(struct three_layers *net) {
    struct matrix *const all[] = {&net->w1, &net->w2, &net->w3, &net->b1,    &net->b2,
                                  &net->b3, &net->h1, &net->h2, &net->scores};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) matrix_free(all[i]);
}

/* In place: h = dropout(h), or its gradient, with the masks of this step. */
static void drop(const simdrop_dropout *dropout, uint64_t step, struct matrix *h) {
    const size_t n = matrix_size(h);
    if (DROPOUT(dropout, step * n, n, h->at, h->at)) die("a dropout call was refused");
}

/* In place: vanilla dropout multiplies by 1 - p here, inverted dropout leaves h as it is. */
static void drop_in_test(const simdrop_dropout *dropout, struct matrix *h) {
    if (DROPOUT_INFER(dropout, matrix_size(h), h->at, h->at)) die("a dropout call was refused");
}

static void hidden_layer(const struct matrix *x, const struct matrix *w, const struct matrix *b,
                         struct matrix *h) {
    affine_forward(x, w, b, h);
    relu_forward(h, h);
}

static void descend(struct matrix *param, const struct matrix *grad, double rate) {
    for (size_t i = 0; i < matrix_size(param); ++i) param->at[i] -= (real)rate * grad->at[i];
}

/* Back through one affine layer, which then moves against its gradient. */
static void affine_step(const struct matrix *dout, const struct matrix *in, struct matrix *w,
                        struct matrix *b, struct matrix *din, double rate) {
    struct matrix dw = matrix_new(w->rows, w->cols), db = matrix_new(1, b->cols);
    affine_backward(dout, in, w, din, &dw, &db);
    descend(w, &dw, rate);
    descend(b, &db, rate);
    matrix_free(&dw);
    matrix_free(&db);
}

double train_step(struct three_layers *net, const struct matrix *x, const uint8_t *labels,
                  double rate) {
    struct matrix dh1 = matrix_new(net->h1.rows, net->h1.cols);
    struct matrix dh2 = matrix_new(net->h2.rows, net->h2.cols);
    struct matrix dscores = matrix_new(net->scores.rows, net->scores.cols);

    hidden_layer(x, &net->w1, &net->b1, &net->h1);
    drop(&net->drop1, net->step, &net->h1);
    hidden_layer(&net->h1, &net->w2, &net->b2, &net->h2);
    drop(&net->drop2, net->step, &net->h2);
    affine_forward(&net->h2, &net->w3, &net->b3, &net->scores);
    const double loss = softmax_loss(&net->scores, labels, &dscores);

    affine_step(&dscores, &net->h2, &net->w3, &net->b3, &dh2, rate);
    drop(&net->drop2, net->step, &dh2); /* the same masks, drawn again */
    relu_backward(&dh2, &net->h2, &dh2);
    affine_step(&dh2, &net->h1, &net->w2, &net->b2, &dh1, rate);
    drop(&net->drop1, net->step, &dh1);
    relu_backward(&dh1, &net->h1, &dh1);
    affine_step(&dh1, x, &net->w1, &net->b1, NULL, rate);

    net->step++;
    matrix_free(&dh1);
    matrix_free(&dh2);
    matrix_free(&dscores);
    return loss;
}

void predict(struct three_layers *net, const struct matrix *x) {
    hidden_layer(x, &net->w1, &net->b1, &net->h1);
    drop_in_test(&net->drop1, &net->h1);
    hidden_layer(&net->h1, &net->w2, &net->b2, &net->h2);
    drop_in_test(&net->drop2, &net->h2);
    affine_forward(&net->h2, &net->w3, &net->b3, &net->scores);
}

void hidden_activations(struct three_layers *net, const struct matrix *x) {
    hidden_layer(x, &net->w1, &net->b1, &net->h1);
}
