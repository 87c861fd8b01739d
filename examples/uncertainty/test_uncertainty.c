/* SPDX-License-Identifier: MIT */
/* Tests of Monte-Carlo dropout against its definition, and of the measures against small cases. */
#include "metrics.h"
#include "shifts.h"

#include <simdrop/simdrop.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IMAGES = 11, INPUTS = 6, WIDTH = 37, LABELS = 3, SAMPLES = 4, FIRST = 1000 };

/* Weights and inputs are small integers and p is 0.5, so that f32 sums are exact, whatever their
   order: no bit may depend on the batch. */
static void make(struct network *net, size_t max_rows, uint64_t seed) {
    const struct network_config config = {.inputs = INPUTS,
                                          .classes = LABELS,
                                          .layers = 3,
                                          .hidden = {WIDTH, WIDTH},
                                          .max_rows = max_rows,
                                          .drop_prob = 0.5,
                                          .seed = seed};
    network_init(net, &config);
    for (size_t i = 0; i < net->size; ++i) net->params[i] = (real)((i * 7 + i / 5) % 5) - 2;
    struct matrix *const last = &net->layers[2].w; /* or one class would have it all */
    for (size_t i = 0; i < matrix_size(last); ++i) last->at[i] /= 512;
}

static struct matrix inputs(void) {
    struct matrix x = matrix_new(IMAGES, INPUTS);
    for (size_t i = 0; i < matrix_size(&x); ++i) x.at[i] = (real)((i * 5 + i / 3) % 7) - 3;
    return x;
}

static struct prediction predict(size_t max_rows, uint64_t seed) {
    struct network net;
    make(&net, max_rows, seed);
    struct matrix x = inputs();
    struct prediction prediction;
    prediction_init(&prediction, IMAGES, LABELS);
    predict_mc(&net, &x, FIRST, SAMPLES, &prediction);
    matrix_free(&x);
    network_free(&net);
    return prediction;
}

static int are_same(const struct prediction *a, const struct prediction *b) {
    return memcmp(a->probs, b->probs, IMAGES * LABELS * sizeof *a->probs) == 0 &&
           memcmp(a->entropy, b->entropy, IMAGES * sizeof *a->entropy) == 0 &&
           memcmp(a->mutual_information, b->mutual_information,
                  IMAGES * sizeof *a->mutual_information) == 0;
}

static void same_in_any_batch(void **state) {
    (void)state;
    struct prediction whole = predict(IMAGES, 5);
    for (size_t max_rows = 1; max_rows <= IMAGES + 3; ++max_rows) {
        struct prediction parts = predict(max_rows, 5);
        assert_true(are_same(&whole, &parts));
        prediction_free(&parts);
    }
    struct prediction other = predict(IMAGES, 6);
    assert_false(are_same(&whole, &other));
    prediction_free(&whole);
    prediction_free(&other);
}

/* A call of its own gives an image what the whole set gives it. */
static void same_alone(void **state) {
    (void)state;
    struct prediction whole = predict(4, 5), alone;
    struct network net;
    make(&net, 4, 5);
    struct matrix x = inputs();
    prediction_init(&alone, 1, LABELS);
    const struct matrix image = {1, INPUTS, x.at + 9 * INPUTS};
    predict_mc(&net, &image, FIRST + 9, SAMPLES, &alone);
    assert_memory_equal(alone.probs, whole.probs + 9 * LABELS, LABELS * sizeof *alone.probs);
    predict_mc(&net, &image, FIRST, SAMPLES, &alone); /* another place, another mask */
    assert_memory_not_equal(alone.probs, whole.probs + 9 * LABELS, LABELS * sizeof *alone.probs);
    matrix_free(&x);
    network_free(&net);
    prediction_free(&whole);
    prediction_free(&alone);
}

/* One dropped layer for one image, from the definition: the stream's 8-bit draws, 128 and more of
   which keep at p = 0.5, and ReLU and the scale of 2. */
static void dense(const struct layer *layer, size_t index, uint64_t seed, size_t image,
                  size_t sample, const double *in, double *out) {
    for (size_t j = 0; j < WIDTH; ++j) {
        double sum = (double)layer->b.at[j];
        for (size_t i = 0; i < layer->w.rows; ++i)
            sum += in[i] * (double)layer->w.at[i * WIDTH + j];
        const uint64_t at = (FIRST + image) * WIDTH + j;
        uint32_t word;
        assert_int_equal(simdrop_random_u32(seed, sample_stream(index, sample), at / 4, 1, &word),
                         SIMDROP_OK);
        const uint32_t draw = word >> at % 4 * 8 & 255;
        out[j] = draw < 128 || sum < 0 ? 0 : 2 * sum;
    }
}

static double entropy_of(const double *probs) {
    double sum = 0;
    for (size_t j = 0; j < LABELS; ++j) sum -= probs[j] > 0 ? probs[j] * log(probs[j]) : 0;
    return sum;
}

static void mean_of_the_samples(void **state) {
    (void)state;
    const uint64_t seed = 9;
    struct network net;
    make(&net, IMAGES, seed);
    struct matrix x = inputs();
    struct prediction prediction = predict(5, seed);
    double most_information = 0;
    for (size_t image = 0; image < IMAGES; ++image) {
        double mean[LABELS] = {0}, entropies = 0;
        for (size_t k = 0; k < SAMPLES; ++k) {
            double in[INPUTS], first[WIDTH], second[WIDTH], probs[LABELS], sum = 0;
            for (size_t i = 0; i < INPUTS; ++i) in[i] = (double)x.at[image * INPUTS + i];
            dense(&net.layers[0], 0, seed, image, k, in, first);
            dense(&net.layers[1], 1, seed, image, k, first, second);
            for (size_t j = 0; j < LABELS; ++j) {
                double score = (double)net.layers[2].b.at[j];
                for (size_t i = 0; i < WIDTH; ++i)
                    score += second[i] * (double)net.layers[2].w.at[i * LABELS + j];
                sum += probs[j] = exp(score);
            }
            for (size_t j = 0; j < LABELS; ++j) probs[j] /= sum;
            for (size_t j = 0; j < LABELS; ++j) mean[j] += probs[j] / (double)SAMPLES;
            entropies += entropy_of(probs) / (double)SAMPLES;
        }
        const double total = entropy_of(mean), information = prediction.mutual_information[image];
        for (size_t j = 0; j < LABELS; ++j)
            assert_true(fabs(prediction.probs[image * LABELS + j] - mean[j]) < 1e-12);
        assert_true(fabs(prediction.entropy[image] - total) < 1e-12);
        assert_true(fabs(information - (total - entropies)) < 1e-12);
        most_information = fmax(most_information, information);
    }
    assert_true(most_information > 0.01); /* or the case shows nothing */
    matrix_free(&x);
    network_free(&net);
    prediction_free(&prediction);
}

/* Samples and layers have masks of their own, and none is one of training's. */
static void masks_differ(void **state) {
    (void)state;
    enum { LAYERS = 2, KINDS = LAYERS * (SAMPLES + 1), BITS = 4096 };
    static uint8_t masks[KINDS][BITS / 8];
    for (size_t i = 0; i < KINDS; ++i) {
        const size_t layer = i % LAYERS, sample = i / LAYERS;
        const uint64_t stream =
            sample < SAMPLES ? sample_stream(layer, sample) : stream_of(FOR_MASKS, layer);
        const simdrop_dropout_config config = {.drop_prob = 0.5, .stream = stream};
        simdrop_dropout dropout;
        assert_int_equal(simdrop_dropout_init(&dropout, &config), SIMDROP_OK);
        assert_int_equal(simdrop_dropout_mask_bits(&dropout, 0, BITS, masks[i]), SIMDROP_OK);
    }
    for (size_t a = 0; a < KINDS; ++a)
        for (size_t b = 0; b < a; ++b) {
            int differ = 0;
            for (size_t i = 0; i < BITS; ++i)
                differ += (masks[a][i / 8] ^ masks[b][i / 8]) >> i % 8 & 1;
            assert_in_range(differ, BITS / 2 - 160, BITS / 2 + 160); /* five deviations of 32 */
        }
}

static void plain_is_a_test_of_the_network(void **state) {
    (void)state;
    struct network net;
    make(&net, 4, 5);
    struct matrix x = inputs();
    struct prediction prediction;
    prediction_init(&prediction, IMAGES, LABELS);
    predict_plain(&net, &x, &prediction);
    for (size_t image = 0; image < IMAGES; ++image) {
        const struct matrix one = {1, INPUTS, x.at + image * INPUTS};
        const struct matrix scores = network_scores(&net, &one, TEST);
        double sum = 0;
        for (size_t j = 0; j < LABELS; ++j) sum += exp((double)scores.at[j]);
        for (size_t j = 0; j < LABELS; ++j)
            assert_true(fabs(prediction.probs[image * LABELS + j] -
                             exp((double)scores.at[j]) / sum) < 1e-12);
        assert_true(prediction.mutual_information[image] == 0);
    }
    matrix_free(&x);
    network_free(&net);
    prediction_free(&prediction);
}

static int is_near(double a, double b) { return fabs(a - b) < 1e-12; }

static void measures(void **state) {
    (void)state;
    double probs[] = {0.9, 0.1, 0.92, 0.08, 0.3, 0.7, 0.5, 0.5};
    double uncertainty[] = {0.2, 0.1, 0.4, 0.4};
    const uint8_t labels[] = {0, 1, 1, 0};
    const struct prediction prediction = {4, 2, probs, uncertainty, NULL};
    struct bin bins[BINS];
    double kept[4];
    assert_int_equal(predicted_class(&prediction, 2), 1);
    assert_int_equal(predicted_class(&prediction, 3), 0);
    assert_true(is_near(right_share(&prediction, labels), 0.75));
    assert_true(is_near(negative_log_likelihood(&prediction, labels),
                        -(log(0.9) + log(0.08) + log(0.7) + log(0.5)) / 4));
    reliability(&prediction, labels, bins);
    assert_int_equal(bins[13].count, 2); /* (13/15, 14/15] */
    assert_true(is_near(bins[13].confidence, 0.91) && is_near(bins[13].accuracy, 0.5));
    assert_int_equal(bins[10].count, 1);
    assert_int_equal(bins[7].count, 1);
    assert_true(is_near(calibration_error(bins), (2 * 0.41 + 0.3 + 0.5) / 4));
    rejection_curve(&prediction, labels, uncertainty, 4, kept);
    const double want[] = {0, 0.5, 2 / 3.0, 0.75};
    for (size_t s = 0; s < 4; ++s) assert_true(is_near(kept[s], want[s]));
    const double new[] = {0.4, 0.3};
    assert_true(is_near(roc_area(uncertainty, 4, new, 2), (2 + 2 * 0.5 + 2) / 8));
    assert_true(is_near(roc_area(new, 2, new, 2), 0.5));
}

static void shifts(void **state) {
    (void)state;
    uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, label = 7;
    const struct data data = {1, 9, pixels, &label};
    const uint8_t quarter[] = {3, 6, 9, 2, 5, 8, 1, 4, 7};
    struct data rotated = shift_rotated(&data, 1, 90), still = shift_rotated(&data, 1, 0);
    assert_memory_equal(rotated.images, quarter, sizeof quarter);
    assert_memory_equal(still.images, pixels, sizeof pixels);
    assert_int_equal(rotated.labels[0], 7);
    struct data negative = shift_negative(&data, 1), noise = shift_noise(&data, 1, 3);
    for (size_t j = 0; j < 9; ++j) assert_int_equal(negative.images[j], 255 - pixels[j]);
    uint32_t words[3];
    assert_int_equal(simdrop_random_u32(3, stream_of(FOR_DATA, 0), 0, 3, words), SIMDROP_OK);
    for (size_t j = 0; j < 9; ++j)
        assert_int_equal(noise.images[j], words[j / 4] >> j % 4 * 8 & 255);
    struct data *const all[] = {&rotated, &still, &negative, &noise};
    for (size_t i = 0; i < 4; ++i) data_free(all[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_in_any_batch),
        cmocka_unit_test(same_alone),
        cmocka_unit_test(mean_of_the_samples),
        cmocka_unit_test(masks_differ),
        cmocka_unit_test(plain_is_a_test_of_the_network),
        cmocka_unit_test(measures),
        cmocka_unit_test(shifts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
