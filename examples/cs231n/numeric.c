/* SPDX-License-Identifier: MIT */
/* Gradients by differences and by the complex step. */
#include "numeric.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

void numeric_gradient(function_of_x *f, void *context, real *x, size_t n, const real *dout,
                      size_t outputs, double h, real *dx) {
    real *above = allocate(outputs, sizeof *above), *below = allocate(outputs, sizeof *below);
    for (size_t i = 0; i < n; ++i) {
        const real before = x[i];
        x[i] = before + (real)h;
        f(context, above);
        x[i] = before - (real)h;
        f(context, below);
        x[i] = before;
        double sum = 0;
        for (size_t j = 0; j < outputs; ++j) sum += (double)((above[j] - below[j]) * dout[j]);
        dx[i] = (real)(sum / (2 * h));
    }
    free(above);
    free(below);
}

/* Parameters of which one, number `moved`, is off its real value by ih. */
struct moved {
    const struct network *net;
    size_t moved;
};
static const double step = 1e-20;

static double complex at(const struct moved *params, const struct matrix *param, size_t i) {
    const real *const value = param->at + i;
    const int moves = value == params->net->params + params->moved;
    return (double)*value + (moves ? step * I : 0);
}

static void affine(const struct moved *params, const struct layer *layer, size_t rows,
                   const double complex *in, double complex *out) {
    const size_t inputs = layer->w.rows, outputs = layer->w.cols;
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < outputs; ++j) {
            double complex sum = layer->b.at ? at(params, &layer->b, j) : 0;
            for (size_t k = 0; k < inputs; ++k)
                sum += in[i * inputs + k] * at(params, &layer->w, k * outputs + j);
            out[i * outputs + j] = sum;
        }
}

static void batch_norm(const struct moved *params, const struct batch_norm *norm, size_t rows,
                       double complex *x) {
    const size_t cols = norm->gamma.cols;
    for (size_t j = 0; j < cols; ++j) {
        double complex sum = 0, squares = 0;
        for (size_t i = 0; i < rows; ++i) sum += x[i * cols + j];
        const double complex mean = sum / (double)rows;
        for (size_t i = 0; i < rows; ++i)
            squares += (x[i * cols + j] - mean) * (x[i * cols + j] - mean);
        const double complex deviation = csqrt(squares / (double)rows + 1e-5);
        for (size_t i = 0; i < rows; ++i)
            x[i * cols + j] = (x[i * cols + j] - mean) / deviation * at(params, &norm->gamma, j) +
                              at(params, &norm->beta, j);
    }
}

/* ReLU, and dropout by the mask that the layer returns. */
static void relu_and_dropout(const struct layer *layer, size_t n, double complex *x) {
    struct matrix zeros = matrix_new(1, n);
    uint8_t *mask = allocate((n + 7) / 8, 1);
    struct dropout_param param = layer->drop;
    param.mode = TRAIN;
    dropout_forward(&zeros, &param, &zeros, mask);
    for (size_t i = 0; i < n; ++i) {
        const int kept = mask[i / 8] >> i % 8 & 1;
        x[i] = creal(x[i]) > 0 && kept ? x[i] / (1 - param.drop_prob) : 0;
    }
    matrix_free(&zeros);
    free(mask);
}

static double complex cross_entropy(const double complex *scores, size_t rows, size_t classes,
                                    const uint8_t *labels) {
    double complex loss = 0;
    for (size_t i = 0; i < rows; ++i) {
        double complex sum = 0;
        for (size_t j = 0; j < classes; ++j) sum += cexp(scores[i * classes + j]);
        loss += clog(sum) - scores[i * classes + labels[i]];
    }
    return loss / (double)rows;
}

static double complex complex_loss(const struct moved *params, const struct matrix *x,
                                   const uint8_t *labels) {
    const struct network_config *config = &params->net->config;
    double complex *in = allocate(matrix_size(x), sizeof *in);
    for (size_t i = 0; i < matrix_size(x); ++i) in[i] = (double)x->at[i];
    for (size_t i = 0; i < config->layers; ++i) {
        const struct layer *layer = &params->net->layers[i];
        double complex *out = allocate(x->rows * layer->w.cols, sizeof *out);
        affine(params, layer, x->rows, in, out);
        if (layer->norm.gamma.at) batch_norm(params, &layer->norm, x->rows, out);
        if (i + 1 < config->layers) relu_and_dropout(layer, x->rows * layer->w.cols, out);
        free(in);
        in = out;
    }
    const double complex loss = cross_entropy(in, x->rows, config->classes, labels);
    free(in);
    return loss;
}

double complex_step_gradient(const struct network *net, const struct matrix *x,
                             const uint8_t *labels, real *gradient) {
    double complex loss = 0;
    for (size_t i = 0; i < net->size; ++i) {
        const struct moved params = {net, i};
        loss = complex_loss(&params, x, labels);
        gradient[i] = (real)(cimag(loss) / step);
    }
    return creal(loss);
}

static double error_of(real x, real y) {
    const double a = (double)x, b = (double)y;
    return fabs(a - b) / fmax(1e-8, fabs(a) + fabs(b));
}

double relative_error(const real *x, const real *y, size_t n) {
    double worst = 0;
    for (size_t i = 0; i < n; ++i) worst = fmax(worst, error_of(x[i], y[i]));
    return worst;
}

double share_above(double limit, const real *x, const real *y, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; ++i) count += error_of(x[i], y[i]) > limit;
    return (double)count / (double)n;
}
