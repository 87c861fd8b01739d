/* SPDX-License-Identifier: MIT */
/* Affine, batch normalisation, ReLU and softmax, forward and backward. */
#include "layers.h"

#include <string.h>
#include <tgmath.h>

void affine_forward(const struct matrix *x, const struct matrix *w, const struct matrix *b,
                    struct matrix *out) {
    product(x, w, out);
    if (!b) return;
    for (size_t i = 0; i < out->rows; ++i)
        for (size_t j = 0; j < out->cols; ++j) out->at[i * out->cols + j] += b->at[j];
}

void affine_backward(const struct matrix *dout, const struct matrix *x, const struct matrix *w,
                     struct matrix *dx, struct matrix *dw, struct matrix *db) {
    product_tn(x, dout, dw);
    if (dx) product_nt(dout, w, dx);
    if (!db) return;
    memset(db->at, 0, matrix_size(db) * sizeof *db->at);
    for (size_t i = 0; i < dout->rows; ++i)
        for (size_t j = 0; j < dout->cols; ++j) db->at[j] += dout->at[i * dout->cols + j];
}

void relu_forward(const struct matrix *x, struct matrix *out) {
    for (size_t i = 0; i < matrix_size(x); ++i) out->at[i] = x->at[i] > 0 ? x->at[i] : 0;
}

void relu_backward(const struct matrix *dout, const struct matrix *x, struct matrix *dx) {
    for (size_t i = 0; i < matrix_size(x); ++i) dx->at[i] = x->at[i] > 0 ? dout->at[i] : 0;
}

static const real epsilon = (real)1e-5, momentum = (real)0.9;

void batch_norm_train(struct batch_norm *norm, struct matrix *x) {
    const size_t rows = x->rows, cols = x->cols;
    for (size_t j = 0; j < cols; ++j) {
        real mean = 0, var = 0;
        for (size_t i = 0; i < rows; ++i) mean += x->at[i * cols + j];
        mean /= (real)rows;
        for (size_t i = 0; i < rows; ++i) {
            const real off = x->at[i * cols + j] - mean;
            var += off * off;
        }
        var /= (real)rows;
        const real inverse = 1 / sqrt(var + epsilon);
        for (size_t i = 0; i < rows; ++i) {
            const real normalized = (x->at[i * cols + j] - mean) * inverse;
            norm->normalized.at[i * cols + j] = normalized;
            x->at[i * cols + j] = norm->gamma.at[j] * normalized + norm->beta.at[j];
        }
        norm->inverse_deviation.at[j] = inverse;
        real *const running_mean = &norm->running_mean.at[j];
        real *const running_var = &norm->running_var.at[j];
        *running_mean = momentum * *running_mean + (1 - momentum) * mean;
        *running_var = momentum * *running_var + (1 - momentum) * var;
    }
}

void batch_norm_test(const struct batch_norm *norm, struct matrix *x) {
    for (size_t i = 0; i < x->rows; ++i)
        for (size_t j = 0; j < x->cols; ++j) {
            real *const value = &x->at[i * x->cols + j];
            const real off = *value - norm->running_mean.at[j];
            const real normalized = off / sqrt(norm->running_var.at[j] + epsilon);
            *value = norm->gamma.at[j] * normalized + norm->beta.at[j];
        }
}

/* With n = normalized: dx = gamma / deviation * (dout - mean(dout) - n * mean(dout * n)). */
void batch_norm_backward(struct batch_norm *norm, struct matrix *dout) {
    const size_t rows = dout->rows, cols = dout->cols;
    for (size_t j = 0; j < cols; ++j) {
        const real *const n = norm->normalized.at + j;
        real *const d = dout->at + j;
        real sum = 0, sum_n = 0;
        for (size_t i = 0; i < rows; ++i) {
            sum += d[i * cols];
            sum_n += d[i * cols] * n[i * cols];
        }
        norm->dbeta.at[j] = sum;
        norm->dgamma.at[j] = sum_n;
        const real scale = norm->gamma.at[j] * norm->inverse_deviation.at[j];
        for (size_t i = 0; i < rows; ++i)
            d[i * cols] = scale * (d[i * cols] - (sum + n[i * cols] * sum_n) / (real)rows);
    }
}

double softmax_loss(const struct matrix *scores, const uint8_t *labels, struct matrix *dscores) {
    double loss = 0;
    for (size_t i = 0; i < scores->rows; ++i) {
        const real *const row = scores->at + i * scores->cols;
        real most = row[0], sum = 0;
        for (size_t j = 1; j < scores->cols; ++j) most = row[j] > most ? row[j] : most;
        for (size_t j = 0; j < scores->cols; ++j) sum += exp(row[j] - most);
        loss += (double)(log(sum) - (row[labels[i]] - most));
        for (size_t j = 0; dscores && j < scores->cols; ++j) {
            const real prob = exp(row[j] - most) / sum;
            dscores->at[i * scores->cols + j] = (prob - (j == labels[i])) / (real)scores->rows;
        }
    }
    return loss / (double)scores->rows;
}

double accuracy(const struct matrix *scores, const uint8_t *labels) {
    size_t right = 0;
    for (size_t i = 0; i < scores->rows; ++i) {
        const real *const row = scores->at + i * scores->cols;
        size_t best = 0;
        for (size_t j = 1; j < scores->cols; ++j) best = row[j] > row[best] ? j : best;
        right += best == labels[i];
    }
    return (double)right / (double)scores->rows;
}
