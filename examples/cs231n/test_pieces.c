/* SPDX-License-Identifier: MIT */
/* Tests of what a training run can't show to be right: optimiser, steps, averages, pixels. */
#include "data.h"
#include "numeric.h"
#include "solver.h"
#include "three_layers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Algorithm 1 of the paper, by hand: the first step is rate * sign(g), as m/(1-b1) = g. */
static void adam(void **state) {
    (void)state;
    static const double grads[] = {0.5, -2.0, 0.25};
    struct adam adam;
    adam_init(&adam, 1);
    real param = 1;
    double m = 0, v = 0, want = 1;
    for (int t = 1; t <= 3; ++t) {
        const real grad = grads[t - 1];
        adam_step(&adam, &param, &grad, 1);
        m = 0.9 * m + 0.1 * grad;
        v = 0.999 * v + 0.001 * grad * grad;
        want -= 5e-4 * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + 1e-8);
        assert_true(fabs(param - want) < 1e-15);
        if (t == 1) assert_true(fabs(param - (1 - 5e-4)) < 1e-10);
    }
    adam_free(&adam);
}

enum { ROWS = 4, INPUTS = 3, HIDDEN = 5, CLASSES_OF_THREE = 3 };

/* The loss of a step that moves nothing, with the masks of the first step. */
struct step {
    struct three_layers net;
    struct matrix x;
    uint8_t labels[ROWS];
};
static void loss_of_step(void *context, real *out) {
    struct step *step = context;
    step->net.step = 0;
    *out = train_step(&step->net, &step->x, step->labels, 0);
}

/* A step at rate 1 moves every parameter by its gradient. */
static void check_train_step(int32_t mode) {
    struct step step = {.x = matrix_new(ROWS, INPUTS), .labels = {0, 1, 2, 1}};
    const struct three_layers_config config = {.rows = ROWS,
                                               .inputs = INPUTS,
                                               .hidden = HIDDEN,
                                               .classes = CLASSES_OF_THREE,
                                               .mode = mode,
                                               .drop_prob = 0.5,
                                               .seed = 3};
    three_layers_init(&step.net, &config);
    fill_normal(&step.x, 0, 1, 1, 1);
    struct three_layers *net = &step.net;
    struct matrix *const params[] = {&net->w1, &net->b1, &net->w2, &net->b2, &net->w3, &net->b3};
    enum { PARAMS = sizeof params / sizeof *params, MOST = HIDDEN * HIDDEN };
    real numeric[PARAMS][MOST], before[PARAMS][MOST];
    const real one = 1;
    int moves = 0;
    for (size_t k = 0; k < PARAMS; ++k) {
        const size_t n = matrix_size(params[k]);
        fill_normal(params[k], 0.1, 0.5, 2, k);
        memcpy(before[k], params[k]->at, n * sizeof **before);
    }
    for (size_t k = 0; k < PARAMS; ++k)
        numeric_gradient(loss_of_step, &step, params[k]->at, matrix_size(params[k]), &one, 1, 1e-5,
                         numeric[k]);
    net->step = 0;
    train_step(net, &step.x, step.labels, 1);
    for (size_t k = 0; k < PARAMS; ++k)
        for (size_t i = 0; i < matrix_size(params[k]); ++i) {
            const double gradient = before[k][i] - params[k]->at[i];
            assert_true(fabs(gradient - numeric[k][i]) < 1e-8);
            moves += fabs(gradient) > 1e-3;
        }
    assert_true(moves > 20);
    assert_int_equal(net->step, 1);
    three_layers_free(net);
    matrix_free(&step.x);
}

static void train_step_follows_the_gradient(void **state) {
    (void)state;
    check_train_step(SIMDROP_VANILLA);
    check_train_step(SIMDROP_INVERTED);
}

/* After many steps on one batch the running averages are its mean and variance. */
static void batch_norm_in_a_test(void **state) {
    (void)state;
    const struct network_config config = {.inputs = 6,
                                          .classes = 3,
                                          .layers = 2,
                                          .hidden = {7},
                                          .max_rows = 5,
                                          .weight_scale = 1,
                                          .batch_norm = 1,
                                          .seed = 4};
    struct network net;
    network_init(&net, &config);
    struct matrix x = matrix_new(5, 6);
    fill_normal(&x, 1, 2, 5, 1);
    for (size_t j = 0; j < 7; ++j) net.layers[0].norm.beta.at[j] = 0.1 * (double)j;
    for (int i = 0; i < 400; ++i) network_scores(&net, &x, TRAIN);
    real trained[15];
    memcpy(trained, network_scores(&net, &x, TRAIN).at, sizeof trained);
    const struct matrix tested = network_scores(&net, &x, TEST);
    for (size_t i = 0; i < 15; ++i) assert_true(fabs(tested.at[i] - trained[i]) < 1e-9);
    network_free(&net);
    matrix_free(&x);
}

/* Another seed is other weights, and with the same weights other batches. */
static void seeds_matter(void **state) {
    (void)state;
    struct examples examples = {matrix_new(8, 4), calloc(8, 1)};
    fill_normal(&examples.x, 0, 1, 1, 1);
    examples.labels[0] = examples.labels[5] = 1;
    struct network_config config = {.inputs = 4,
                                    .classes = 2,
                                    .layers = 2,
                                    .hidden = {6},
                                    .max_rows = 4,
                                    .weight_scale = 1,
                                    .seed = 1};
    struct network nets[2];
    struct score curves[2][2];
    for (size_t i = 0; i < 2; ++i, ++config.seed) network_init(&nets[i], &config);
    const size_t bytes = nets[0].size * sizeof *nets[0].params;
    assert_memory_not_equal(nets[0].params, nets[1].params, bytes);
    memcpy(nets[0].params, nets[1].params, bytes);
    for (size_t i = 0; i < 2; ++i) train(&nets[i], &examples, &examples, 4, 1, curves[i]);
    assert_true(curves[0][0].loss != curves[1][0].loss);
    for (size_t i = 0; i < 2; ++i) network_free(&nets[i]);
    matrix_free(&examples.x);
    free(examples.labels);
}

/* The best parameters on the validation examples, which may not be the last, are kept. */
static void the_best_parameters_are_kept(void **state) {
    (void)state;
    enum { N = 40, VAL = 30, EPOCHS = 200 };
    struct examples training = {matrix_new(N, 4), calloc(N, 1)};
    struct examples val = {matrix_new(VAL, 4), calloc(VAL, 1)};
    fill_normal(&training.x, 0, 1, 6, 1);
    fill_normal(&val.x, 0, 1, 6, 2);
    for (size_t i = 0; i < N; ++i) training.labels[i] = training.x.at[4 * i] > 0;
    for (size_t i = 0; i < VAL; ++i) val.labels[i] = val.x.at[4 * i] <= 0; /* the opposite */
    const struct network_config config = {.inputs = 4,
                                          .classes = 2,
                                          .layers = 2,
                                          .hidden = {16},
                                          .max_rows = 10,
                                          .weight_scale = 0.5,
                                          .drop_prob = 0.5,
                                          .seed = 7};
    struct network net;
    network_init(&net, &config);
    struct score curve[EPOCHS + 1];
    const double best = train(&net, &training, &val, 10, EPOCHS, curve);
    double most = 0, first_loss = curve[0].loss;
    for (size_t i = 0; i <= EPOCHS; ++i) most = fmax(most, curve[i].val_accuracy);
    assert_true(best == most && best > curve[EPOCHS].val_accuracy);
    assert_true(curve[EPOCHS].train_accuracy > 0.8 && curve[EPOCHS].loss < first_loss);
    size_t right = 0;
    for (size_t i = 0; i < VAL; ++i) {
        const struct matrix x = {1, 4, val.x.at + 4 * i};
        const struct matrix scores = network_scores(&net, &x, TEST);
        right += accuracy(&scores, val.labels + i) == 1;
    }
    assert_true(fabs((double)right / (double)VAL - best) < 1e-12);
    network_free(&net);
    matrix_free(&training.x);
    matrix_free(&val.x);
    free(training.labels);
    free(val.labels);
}

static void normal_numbers(void **state) {
    (void)state;
    struct matrix m = matrix_new(100, 1000);
    fill_normal(&m, 3, 2, 1, 1);
    const double mean = matrix_mean(&m);
    double squares = 0;
    size_t beyond = 0;
    for (size_t i = 0; i < 100000; ++i) {
        squares += (m.at[i] - 3) * (m.at[i] - 3);
        beyond += fabs(m.at[i] - 3) > 2;
    }
    assert_true(fabs(mean - 3) < 5 * 2 / sqrt(1e5));
    assert_true(fabs(squares / 1e5 - 4) < 5 * 4 * sqrt(2 / 1e5));
    assert_true(fabs((double)beyond / 1e5 - 0.3173) < 0.01); /* further than one deviation */
    matrix_free(&m);
}

/* Every pixel where it belongs, for records of made-up bytes. */
static void cifar_pixels(void **state) {
    (void)state;
    enum { PIXELS = 3072, COUNT = 3 };
    char folder[] = "/tmp/cifar-XXXXXX", name[64];
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/data_batch_1.bin", folder);
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < COUNT; ++i) {
        fputc((int)i, file);
        for (size_t j = 0; j < PIXELS; ++j) fputc((int)(7 * i + 13 * j) % 251, file);
    }
    fclose(file);
    struct data data = data_cifar10(folder);
    unlink(name);
    rmdir(folder);
    assert_int_equal(data.count, COUNT);
    assert_int_equal(data.pixels, PIXELS);
    struct matrix mean = data_mean(&data, 2);
    real image[PIXELS];
    data_image(&data, 2, &mean, image);
    for (size_t j = 0; j < PIXELS; ++j) {
        const double first = (double)(13 * j % 251), second = (double)((7 + 13 * j) % 251);
        assert_true(image[j] == (double)((14 + 13 * j) % 251) - (first + second) / 2);
    }
    for (size_t i = 0; i < COUNT; ++i) assert_int_equal(data.labels[i], i);
    matrix_free(&mean);
    data_free(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam),
        cmocka_unit_test(train_step_follows_the_gradient),
        cmocka_unit_test(batch_norm_in_a_test),
        cmocka_unit_test(the_best_parameters_are_kept),
        cmocka_unit_test(seeds_matter),
        cmocka_unit_test(normal_numbers),
        cmocka_unit_test(cifar_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
