/* SPDX-License-Identifier: MIT */
/* Part 3. The dropout layer by itself: the checks of CS231n's Dropout notebook. */
#include "dropout.h"
#include "numeric.h"
#include "parts.h"

#include <simdrop/dropout.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static double zeros(const struct matrix *m) {
    size_t count = 0;
    for (size_t i = 0; i < matrix_size(m); ++i) count += m->at[i] == 0;
    return (double)count / (double)matrix_size(m);
}

static void forward_statistics(double drop_prob, uint64_t seed) {
    struct matrix x = matrix_new(500, 500), out = matrix_new(500, 500), test = matrix_new(500, 500);
    fill_normal(&x, 10, 1, seed, stream_of(FOR_DATA, 1));
    struct dropout_param param = {
        .mode = TRAIN, .drop_prob = drop_prob, .seed = seed, .stream = stream_of(FOR_MASKS, 0)};
    dropout_forward(&x, &param, &out, NULL);
    param.mode = TEST;
    dropout_forward(&x, &param, &test, NULL);

    const double mean = matrix_mean(&x), n = (double)matrix_size(&x);
    printf("Running tests with drop_prob = %.2f\n", drop_prob);
    printf("Mean of input:                        %.6f\n", mean);
    printf("Mean of train-time output:            %.6f\n", matrix_mean(&out));
    printf("Mean of test-time output:             %.6f\n", matrix_mean(&test));
    printf("Fraction of train-time output zero:   %.6f\n", zeros(&out));
    printf("Fraction of test-time output zero:    %.6f\n", zeros(&test));
    const double odds = drop_prob / (1 - drop_prob), mean_square = mean * mean + 1;
    claim(is_near(matrix_mean(&out), mean, sqrt(mean_square * odds / n)),
          "the mean is kept in training");
    claim(is_near(zeros(&out), drop_prob, sqrt(drop_prob * (1 - drop_prob) / n)),
          "the fraction of zeros is drop_prob");
    claim(memcmp(test.at, x.at, matrix_size(&x) * sizeof *x.at) == 0,
          "the test leaves x as it is, bit for bit");
    putchar('\n');
    matrix_free(&x);
    matrix_free(&out);
    matrix_free(&test);
}

struct forward {
    struct matrix x;
    struct dropout_param param;
};
static void forward(void *context, real *out) {
    const struct forward *f = context;
    struct matrix y = {f->x.rows, f->x.cols, out};
    dropout_forward(&f->x, &f->param, &y, NULL);
}

static void backward_check(enum mode mode, double drop_prob, uint64_t seed) {
    enum { N = 100 };
    struct forward f = {.x = matrix_new(10, 10)};
    struct matrix out = matrix_new(10, 10), dout = matrix_new(10, 10);
    struct matrix dx = matrix_new(10, 10), numeric = matrix_new(10, 10);
    fill_normal(&f.x, 10, 1, seed, stream_of(FOR_DATA, 2));
    fill_normal(&dout, 0, 1, seed, stream_of(FOR_DATA, 3));
    f.param = (struct dropout_param){
        .mode = mode, .drop_prob = drop_prob, .seed = seed, .stream = stream_of(FOR_MASKS, 1)};
    uint8_t mask[(N + 7) / 8];
    dropout_forward(&f.x, &f.param, &out, mask);
    dropout_backward(&dout, &f.param, &dx);
    numeric_gradient(forward, &f, f.x.at, N, dout.at, N, 1e-5, numeric.at);

    const double error = relative_error(dx.at, numeric.at, N);
    const simdrop_dropout_config same = {.drop_prob = mode == TRAIN ? drop_prob : 0};
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &same)) die("drop_prob must be in [0, 1]");
    const double scale = simdrop_dropout_scale(&dropout);
    int is_mask_times_dout = 1;
    for (size_t i = 0; i < N; ++i) {
        const int kept = mask[i / 8] >> i % 8 & 1;
        is_mask_times_dout &= (double)dx.at[i] == (kept ? (double)dout.at[i] * scale : 0);
    }
    printf("Backward, drop_prob = %.2f, %s: dx relative error %.3g\n", drop_prob,
           mode == TRAIN ? "training" : "test", error);
    claim(error <= 1e-10, "the gradient is that of the differences, to 1e-10");
    claim(is_mask_times_dout, "dx is the returned mask times dout times the scale");
    matrix_free(&f.x);
    matrix_free(&dout);
    matrix_free(&out);
    matrix_free(&dx);
    matrix_free(&numeric);
}

void part_layer(uint64_t seed) {
    static const double drop_probs[] = {0.25, 0.4, 0.7};
    for (size_t i = 0; i < 3; ++i) forward_statistics(drop_probs[i], seed);
    for (size_t i = 0; i < 3; ++i) backward_check(TRAIN, drop_probs[i], seed);
    backward_check(TEST, 0.5, seed);
}
