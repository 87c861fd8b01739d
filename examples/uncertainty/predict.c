/* SPDX-License-Identifier: MIT */
/* Plain inference and Monte-Carlo dropout. */
#include "predict.h"

#include <simdrop/simdrop.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

void prediction_init(struct prediction *prediction, size_t count, size_t classes) {
    *prediction =
        (struct prediction){count, classes, allocate(count * classes, sizeof(double)),
                            allocate(count, sizeof(double)), allocate(count, sizeof(double))};
}

void prediction_free(struct prediction *prediction) {
    free(prediction->probs);
    free(prediction->entropy);
    free(prediction->mutual_information);
}

/* Training's streams have 0 for the third number: stream_of. */
uint64_t sample_stream(size_t layer, size_t sample) {
    return simdrop_stream_derive(FOR_MASKS, layer, sample + 1);
}

static void softmax(const real *scores, size_t classes, double *probs) {
    double most = (double)scores[0], sum = 0;
    for (size_t j = 1; j < classes; ++j) /* fmax here breaks GCC 12 for aarch64 */
        if ((double)scores[j] > most) most = (double)scores[j];
    for (size_t j = 0; j < classes; ++j) sum += probs[j] = exp((double)scores[j] - most);
    for (size_t j = 0; j < classes; ++j) probs[j] /= sum;
}

static double entropy(const double *probs, size_t classes) {
    double sum = 0;
    for (size_t j = 0; j < classes; ++j)
        if (probs[j] > 0) sum -= probs[j] * log(probs[j]);
    return sum;
}

static struct matrix affine(struct network *net, size_t i, const struct matrix *in) {
    struct layer *layer = &net->layers[i];
    struct matrix out = matrix_top(&layer->before, in->rows);
    affine_forward(in, &layer->w, layer->b.at ? &layer->b : NULL, &out);
    return out;
}

/* Hidden layer i, but for its dropout. */
static struct matrix hidden(struct network *net, size_t i, const struct matrix *in) {
    struct matrix before = affine(net, i, in);
    struct matrix after = matrix_top(&net->layers[i].after, in->rows);
    if (net->config.batch_norm) batch_norm_test(&net->layers[i].norm, &before);
    relu_forward(&before, &after);
    return after;
}

/* Rows of x are images from `first` on. */
static void drop(const struct network *net, size_t i, uint64_t first, size_t sample,
                 const struct matrix *x, struct matrix *out) {
    struct dropout_param param = net->layers[i].drop;
    param.mode = TRAIN;
    param.stream = sample_stream(i, sample);
    param.offset = first * x->cols;
    dropout_forward(x, &param, out, NULL);
}

/* The scores of one sample; `shared` is the first hidden layer, which stays as it is. */
static struct matrix sample_scores(struct network *net, const struct matrix *shared, uint64_t first,
                                   size_t sample) {
    const size_t last = net->config.layers - 1;
    struct matrix in = matrix_top(&net->layers[0].before, shared->rows); /* free since the ReLU */
    drop(net, 0, first, sample, shared, &in);
    for (size_t i = 1; i < last; ++i) {
        in = hidden(net, i, &in);
        drop(net, i, first, sample, &in, &in);
    }
    return affine(net, last, &in);
}

static void sample_batch(struct network *net, const struct matrix *x, uint64_t first,
                         size_t samples, struct prediction *prediction, size_t at) {
    const size_t classes = net->config.classes;
    double *const probs = prediction->probs + at * classes;
    double *const total = prediction->entropy + at;
    double *const information = prediction->mutual_information + at;
    double *const one = allocate(classes, sizeof *one);
    const struct matrix shared = hidden(net, 0, x);
    for (size_t k = 0; k < samples; ++k) {
        const struct matrix scores = sample_scores(net, &shared, first, k);
        for (size_t i = 0; i < x->rows; ++i) {
            softmax(scores.at + i * classes, classes, one);
            for (size_t j = 0; j < classes; ++j) probs[i * classes + j] += one[j];
            information[i] -= entropy(one, classes);
        }
    }
    for (size_t i = 0; i < x->rows; ++i) {
        for (size_t j = 0; j < classes; ++j) probs[i * classes + j] /= (double)samples;
        total[i] = entropy(probs + i * classes, classes);
        information[i] = fmax(total[i] + information[i] / (double)samples, 0);
    }
    free(one);
}

static void clear(struct prediction *prediction) {
    memset(prediction->probs, 0, prediction->count * prediction->classes * sizeof(double));
    memset(prediction->mutual_information, 0, prediction->count * sizeof(double));
}

/* At most as many rows of x as the network takes, from row i on. */
static struct matrix batch_at(const struct network *net, const struct matrix *x, size_t i) {
    const size_t left = x->rows - i, most = net->config.max_rows;
    return (struct matrix){left < most ? left : most, x->cols, x->at + i * x->cols};
}

void predict_plain(struct network *net, const struct matrix *x, struct prediction *prediction) {
    const size_t classes = net->config.classes;
    clear(prediction);
    for (size_t i = 0; i < x->rows; i += net->config.max_rows) {
        const struct matrix batch = batch_at(net, x, i);
        const struct matrix scores = network_scores(net, &batch, TEST);
        for (size_t row = 0; row < batch.rows; ++row) {
            double *const probs = prediction->probs + (i + row) * classes;
            softmax(scores.at + row * classes, classes, probs);
            prediction->entropy[i + row] = entropy(probs, classes);
        }
    }
}

void predict_mc(struct network *net, const struct matrix *x, uint64_t first, size_t samples,
                struct prediction *prediction) {
    clear(prediction);
    for (size_t i = 0; i < x->rows; i += net->config.max_rows) {
        const struct matrix batch = batch_at(net, x, i);
        sample_batch(net, &batch, first + i, samples, prediction, i);
    }
}
