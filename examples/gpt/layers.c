/* SPDX-License-Identifier: MIT */
/* Plain loops, compiled with -ffast-math, so that compilers may vectorise sums and exp. */
#include "layers.h"

#include <tgmath.h>

void layer_norm(size_t rows, size_t cols, const real *z, const real *weight, const real *bias,
                real *y, real *mean, real *rstd) {
    for (size_t i = 0; i < rows; ++i, z += cols, y += cols) {
        real sum = 0, squares = 0;
        for (size_t j = 0; j < cols; ++j) sum += z[j];
        const real centre = sum / (real)cols;
        for (size_t j = 0; j < cols; ++j) squares += (z[j] - centre) * (z[j] - centre);
        const real inverse = 1 / sqrt(squares / (real)cols + (real)NORM_EPS);
        for (size_t j = 0; j < cols; ++j) y[j] = (z[j] - centre) * inverse * weight[j] + bias[j];
        mean[i] = centre;
        rstd[i] = inverse;
    }
}

/* With h = (z - mean) rstd and g = dy weight: (g - mean(g) - h mean(g h)) rstd. */
void layer_norm_backward(size_t rows, size_t cols, const real *dy, const real *z,
                         const real *weight, const real *mean, const real *rstd, real *dz,
                         real *dweight, real *dbias) {
    for (size_t i = 0; i < rows; ++i, dy += cols, z += cols, dz += cols) {
        const real centre = mean[i], inverse = rstd[i];
        real sum = 0, sum_h = 0;
        for (size_t j = 0; j < cols; ++j) {
            const real h = (z[j] - centre) * inverse, g = dy[j] * weight[j];
            sum += g;
            sum_h += g * h;
            dweight[j] += dy[j] * h;
            dbias[j] += dy[j];
        }
        sum /= (real)cols;
        sum_h /= (real)cols;
        for (size_t j = 0; j < cols; ++j) {
            const real h = (z[j] - centre) * inverse, g = dy[j] * weight[j];
            dz[j] += (g - sum - h * sum_h) * inverse;
        }
    }
}

void causal_softmax(size_t rows, size_t cols, size_t ld, real scale, real *x) {
    for (size_t i = 0; i < rows; ++i, x += ld) {
        const size_t seen = i + cols - rows + 1;
        real most = x[0], sum = 0;
        for (size_t j = 1; j < seen; ++j) most = x[j] > most ? x[j] : most;
        for (size_t j = 0; j < seen; ++j) x[j] = exp((x[j] - most) * scale);
        for (size_t j = 0; j < seen; ++j) sum += x[j];
        const real inverse = 1 / sum;
        for (size_t j = 0; j < seen; ++j) x[j] *= inverse;
        for (size_t j = seen; j < cols; ++j) x[j] = 0;
    }
}

void causal_softmax_backward(size_t rows, size_t cols, size_t ld, real scale, const real *probs,
                             real *dprobs) {
    for (size_t i = 0; i < rows; ++i, probs += ld, dprobs += ld) {
        real sum = 0;
        for (size_t j = 0; j < cols; ++j) sum += probs[j] * dprobs[j];
        for (size_t j = 0; j < cols; ++j) dprobs[j] = scale * probs[j] * (dprobs[j] - sum);
    }
}

/* t (1 + tanh(u)) / 2 = t s, with u = sqrt(2 / pi) (t + 0.044715 t^3) and s = 1 / (1 + exp(-2 u)). */
static const real twice_root = (real)1.5957691216057308, cubic = (real)0.044715;

void gelu(size_t rows, size_t cols, const real *x, const real *bias, real *y) {
    for (size_t i = 0; i < rows; ++i, x += cols, y += cols)
        for (size_t j = 0; j < cols; ++j) {
            const real t = x[j] + bias[j];
            y[j] = t / (1 + exp(-twice_root * t * (1 + cubic * t * t)));
        }
}

void gelu_backward(size_t rows, size_t cols, const real *x, const real *bias, real *dy,
                   real *dbias) {
    for (size_t i = 0; i < rows; ++i, x += cols, dy += cols)
        for (size_t j = 0; j < cols; ++j) {
            const real t = x[j] + bias[j], square = cubic * t * t;
            const real s = 1 / (1 + exp(-twice_root * t * (1 + square)));
            dy[j] *= s * (1 + t * (1 - s) * twice_root * (1 + 3 * square));
            dbias[j] += dy[j];
        }
}
