/* SPDX-License-Identifier: MIT */
/* Part 2. Inverted dropout: the same network, whose prediction needs to know nothing. */
#include "parts.h"
#include "spiral.h"

#include <math.h>
#include <stdio.h>

/* The mean of what training makes of x, over many masks, and the standard error of that mean. */
struct estimate {
    double mean, error;
};
static struct estimate mean_in_training(const struct matrix *x, int32_t mode, double drop_prob,
                                        size_t masks, uint64_t seed) {
    const simdrop_dropout_config config = {
        .drop_prob = drop_prob, .mode = mode, .seed = seed, .stream = stream_of(FOR_MASKS, 9)};
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &config)) die("drop_prob must be in [0, 1]");
    const size_t n = matrix_size(x);
    struct matrix y = matrix_new(x->rows, x->cols);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < masks; ++i) {
        if (DROPOUT(&dropout, i * n, n, x->at, y.at)) die("a dropout call was refused");
        const double mean = matrix_mean(&y);
        sum += mean;
        squares += mean * mean;
    }
    matrix_free(&y);
    const double count = (double)masks, mean = sum / count;
    return (struct estimate){mean, sqrt((squares / count - mean * mean) / count)};
}

static void a_hundred_units(uint64_t seed) {
    enum { MASKS = 10000 };
    const double units = 100;
    struct matrix x = matrix_new(1, 100);
    for (size_t i = 0; i < 100; ++i) x.at[i] = (real)0.5;
    const struct estimate vanilla = mean_in_training(&x, SIMDROP_VANILLA, 0.5, MASKS, seed);
    const struct estimate inverted = mean_in_training(&x, SIMDROP_INVERTED, 0.5, MASKS, seed);
    printf("100 units of 0.5 into one of weights 1, p = 0.5, mean over %d masks\n", MASKS);
    printf("  without dropout     %7.3f\n", units * matrix_mean(&x));
    printf("  vanilla dropout     %7.3f\n", units * vanilla.mean);
    printf("  inverted dropout    %7.3f\n", units * inverted.mean);
    claim(is_near(units * vanilla.mean, 25, units * vanilla.error), "vanilla expects 25");
    claim(is_near(units * inverted.mean, 50, units * inverted.error), "inverted expects 50");
    matrix_free(&x);
}

/* The mean of what a test makes of x. */
static double mean_in_test(const struct matrix *x, int32_t mode, double drop_prob) {
    const simdrop_dropout_config config = {.drop_prob = drop_prob, .mode = mode};
    simdrop_dropout dropout;
    if (simdrop_dropout_init(&dropout, &config)) die("drop_prob must be in [0, 1]");
    struct matrix y = matrix_new(x->rows, x->cols);
    if (DROPOUT_INFER(&dropout, matrix_size(x), x->at, y.at)) die("a dropout call was refused");
    const double mean = matrix_mean(&y);
    matrix_free(&y);
    return mean;
}

static void real_activations(const struct matrix *h, uint64_t seed) {
    enum { MASKS = 200, PROBS = 5 };
    static const double drop_probs[PROBS] = {0.1, 0.25, 0.5, 0.75, 0.9};
    static const int32_t modes[] = {SIMDROP_VANILLA, SIMDROP_INVERTED};
    printf("\n%zu activations of the trained network, mean %.6f; means over %d masks\n",
           matrix_size(h), matrix_mean(h), MASKS);
    puts("  drop_prob   vanilla: training   its test   inverted: training   its test");
    int agrees = 1;
    for (size_t i = 0; i < PROBS; ++i) {
        printf("  %-5.2f", drop_probs[i]);
        for (size_t k = 0; k < 2; ++k) {
            const struct estimate training =
                mean_in_training(h, modes[k], drop_probs[i], MASKS, seed);
            const double test = mean_in_test(h, modes[k], drop_probs[i]);
            printf("%23.6f %10.6f", training.mean, test);
            agrees &= is_near(training.mean, test, training.error);
        }
        putchar('\n');
    }
    claim(agrees, "training expects what the test computes");
    claim(mean_in_test(h, SIMDROP_INVERTED, 0.9) == matrix_mean(h),
          "which is the activation itself with inverted dropout");
}

void part_inverted(uint64_t seed) {
    a_hundred_units(seed);
    struct spiral spiral;
    spiral_train(&spiral, SIMDROP_INVERTED, seed);
    const double right = spiral_predict(&spiral, NULL);
    hidden_activations(&spiral.net, &spiral.x);
    real_activations(&spiral.net.h1, seed);
    printf("\nPrediction, untouched: accuracy %.3f\n", right);
    claim(right >= 0.9, "prediction is right on at least 90 %% of the points");
    spiral_free(&spiral);
}
