/* SPDX-License-Identifier: MIT */
/* Tests of the GPT: gradients against differences, and results that must be the same bits however
   they are computed. In f64 and in f32. */
#include "optimizer.h"
#include "text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct way *const ways[] = {&way_unfused, &way_rand, &way_fused};
enum { WAYS = sizeof ways / sizeof *ways };

/* Sizes that no register divides, and tiles of which the last is smaller. */
static const struct gpt_config tiny = {.layers = 2,
                                       .heads = 2,
                                       .width = 18,
                                       .context = 10,
                                       .batch = 3,
                                       .vocab = 11,
                                       .query_tile = 4,
                                       .drop_prob = 0.3,
                                       .seed = 5};

/* Parameters far from symmetric, and a batch of tokens. */
static void begin(struct gpt *net, const struct gpt_config *config, uint8_t *batch) {
    gpt_init(net, config);
    uint32_t *const words = allocate(net->size, sizeof *words);
    assert_int_equal(simdrop_random_u32(7, 0, 0, net->size, words), SIMDROP_OK);
    for (size_t i = 0; i < net->size; ++i) {
        const double uniform = (double)words[i] * 0x1p-32 - 0.5;
        net->params[i] = (real)(i < net->vectors ? 0.75 + uniform : 0.9 * uniform);
    }
    const size_t tokens = config->batch * (config->context + 1);
    for (size_t i = 0; i < tokens; ++i) batch[i] = (uint8_t)(words[i] % config->vocab);
    free(words);
    net->step = 3;
}
enum { BATCH_BYTES = 3 * (10 + 1) };

#ifndef REAL_IS_F32
static double loss_at(struct gpt *net, const uint8_t *batch, real *param, double value) {
    const real before = *param;
    *param = value;
    const double loss = gpt_train(net, batch);
    *param = before;
    return loss;
}

/* The derivative by five points (Abramowitz and Stegun, 25.3.6), whose error is some h^4. */
static double derivative(struct gpt *net, const uint8_t *batch, size_t i) {
    const double h = 1e-3;
    real *const param = net->params + i;
    const double at = *param;
    const double near = loss_at(net, batch, param, at + h) - loss_at(net, batch, param, at - h);
    const double far =
        loss_at(net, batch, param, at + 2 * h) - loss_at(net, batch, param, at - 2 * h);
    return (8 * near - far) / (12 * h);
}

/* The greatest error of a tensor's sampled gradients, of the greatest among them. */
static double error_of_tensor(struct gpt *net, const uint8_t *batch, const struct tensor *tensor,
                              const real *grads) {
    enum { SAMPLES = 6 };
    double worst = 0, most = 0;
    for (size_t k = 0; k < SAMPLES; ++k) {
        const size_t i = tensor->first + tensor->size * k / SAMPLES + k % 3;
        const double want = derivative(net, batch, i);
        worst = fmax(worst, fabs((double)grads[i] - want));
        most = fmax(most, fabs(want));
    }
    assert_true(most > 1e-6);
    return worst / most;
}

static void check_gradients(const struct gpt_config *config) {
    uint8_t batch[BATCH_BYTES];
    struct gpt net;
    begin(&net, config, batch);
    gpt_train(&net, batch);
    real *const grads = allocate(net.size, sizeof *grads);
    memcpy(grads, net.grads, net.size * sizeof *grads);
    double worst = 0;
    const char *name = "";
    for (size_t i = 0; i < net.tensor_count; ++i) {
        const double error = error_of_tensor(&net, batch, &net.tensors[i], grads);
        if (error > worst) worst = error, name = net.tensors[i].name;
    }
    printf("%s%s, drop_prob %g: %zu tensors, relative error at most %.1e (%s)\n",
           net.config.way->name, config->untied ? ", untied" : "", config->drop_prob,
           net.tensor_count, worst, name);
    assert_true(worst < 1e-8);
    free(grads);
    gpt_free(&net);
}

static void gradients_are_differences(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; ++i) {
        struct gpt_config config = tiny;
        config.way = ways[i];
        check_gradients(&config);
    }
    struct gpt_config config = tiny;
    config.untied = 1;
    config.drop_prob = 0;
    check_gradients(&config);
}
#endif

/* Loss, gradients, and parameters after two steps. */
struct outcome {
    double losses[2];
    size_t size;
    real *grads, *params;
};

static struct outcome outcome_of(const struct gpt_config *config) {
    uint8_t batch[BATCH_BYTES];
    struct gpt net;
    struct adamw adamw;
    begin(&net, config, batch);
    adamw_init(&adamw, &net);
    struct outcome outcome = {.size = net.size};
    for (size_t i = 0; i < 2; ++i, ++net.step) {
        outcome.losses[i] = gpt_train(&net, batch);
        adamw_step(&adamw, &net, 1e-2);
    }
    outcome.grads = net.grads;
    outcome.params = net.params;
    net.grads = net.params = NULL;
    adamw_free(&adamw);
    gpt_free(&net);
    return outcome;
}

static void free_outcome(struct outcome *outcome) {
    free(outcome->grads);
    free(outcome->params);
}

static void assert_same_bits(const struct gpt_config *one, const struct gpt_config *other) {
    struct outcome a = outcome_of(one), b = outcome_of(other);
    assert_memory_equal(a.losses, b.losses, sizeof a.losses);
    assert_memory_equal(a.grads, b.grads, a.size * sizeof *a.grads);
    assert_memory_equal(a.params, b.params, a.size * sizeof *a.params);
    free_outcome(&a);
    free_outcome(&b);
}

static void recomputed_blocks_have_the_same_bits(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; ++i) {
        struct gpt_config stored = tiny;
        stored.way = ways[i];
        stored.layers = 3;
        struct gpt_config recomputed = stored;
        recomputed.recomputes = 1;
        assert_same_bits(&stored, &recomputed);
    }
}

static void threads_have_the_same_bits(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; ++i)
        for (size_t threads = 2; threads <= 3; ++threads) {
            struct gpt_config one = tiny;
            one.way = ways[i];
            one.threads = 1;
            struct gpt_config more = one;
            more.threads = threads;
            assert_same_bits(&one, &more);
        }
}

/* simdrop's ways have one mask, and without dropout all ways compute one function. */
static void assert_close(const struct gpt_config *one, const struct gpt_config *other) {
    const double limit = sizeof(real) == sizeof(double) ? 1e-12 : 1e-4;
    uint8_t batch[BATCH_BYTES];
    struct gpt nets[2];
    begin(&nets[0], one, batch);
    begin(&nets[1], other, batch);
    const double loss = gpt_train(&nets[0], batch);
    assert_true(fabs(loss - gpt_train(&nets[1], batch)) < limit * loss);
    for (size_t i = 0; i < nets[0].tensor_count; ++i) {
        const struct tensor *tensor = &nets[0].tensors[i];
        double worst = 0, most = 0;
        for (size_t j = tensor->first; j < tensor->first + tensor->size; ++j) {
            const double off = fabs((double)(nets[0].grads[j] - nets[1].grads[j]));
            const double size = fabs((double)nets[0].grads[j]);
            if (!(off <= worst)) worst = off; /* fmax here breaks GCC 12 for aarch64 */
            if (!(size <= most)) most = size;
        }
        assert_true(worst < limit * most);
    }
    gpt_free(&nets[0]);
    gpt_free(&nets[1]);
}

static void ways_agree(void **state) {
    (void)state;
    struct gpt_config one = tiny, other = tiny;
    one.way = &way_unfused;
    other.way = &way_fused;
    assert_close(&one, &other);
    one.drop_prob = other.drop_prob = 0;
    for (size_t i = 1; i < WAYS; ++i) {
        other.way = ways[i];
        assert_close(&one, &other);
    }
}

/* Every step has its own masks, the same whenever it is computed; inference has none. */
static void masks_belong_to_steps(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; ++i) {
        struct gpt_config config = tiny;
        config.way = ways[i];
        uint8_t batch[BATCH_BYTES];
        struct gpt net;
        begin(&net, &config, batch);
        const double loss = gpt_train(&net, batch), inferred = gpt_infer(&net, batch);
        net.step++;
        assert_true(gpt_train(&net, batch) != loss);
        assert_true(gpt_infer(&net, batch) == inferred);
        net.step--;
        assert_true(gpt_train(&net, batch) == loss);
        gpt_free(&net);
        config.drop_prob = 0;
        begin(&net, &config, batch);
        assert_true(fabs(gpt_train(&net, batch) - inferred) < 1e-5 * inferred);
        gpt_free(&net);
    }
}

/* Later tokens change nothing, and the last logits are those of the loss. */
static void attention_is_causal(void **state) {
    (void)state;
    uint8_t batch[BATCH_BYTES];
    struct gpt net;
    begin(&net, &tiny, batch);
    real before[11];
    assert_true(sizeof before == tiny.vocab * sizeof *before);
    memcpy(before, gpt_next(&net, batch, 6), sizeof before);
    const size_t row = 5 * tiny.vocab;
    gpt_next(&net, batch, 9);
    assert_memory_equal(before, net.logits.at + row, sizeof before);
    batch[5] ^= 1;
    assert_memory_not_equal(before, gpt_next(&net, batch, 6), sizeof before);
    gpt_free(&net);
}

/* The first step of Adam is rate * sign(gradient), and what decays are the matrices. */
static void adamw_by_hand(void **state) {
    (void)state;
    uint8_t batch[BATCH_BYTES];
    struct gpt net;
    struct adamw adamw;
    begin(&net, &tiny, batch);
    adamw_init(&adamw, &net);
    real *const want = allocate(net.size, sizeof *want);
    double *const mean = allocate(net.size, sizeof *mean), *const square =
                                                               allocate(net.size, sizeof *square);
    for (size_t i = 0; i < net.size; ++i) want[i] = net.params[i];
    for (int t = 1; t <= 3; ++t) {
        for (size_t i = 0; i < net.size; ++i) {
            const double g = (double)(i % 7) - 3.25 + t;
            net.grads[i] = (real)g;
            mean[i] = 0.9 * mean[i] + 0.1 * g;
            square[i] = 0.99 * square[i] + 0.01 * g * g;
            const double decayed = (double)want[i] * (i < net.vectors ? 1 : 1 - 0.01 * 0.1);
            want[i] = (real)(decayed - 0.01 * (mean[i] / (1 - pow(0.9, t))) /
                                           (sqrt(square[i] / (1 - pow(0.99, t))) + 1e-8));
        }
        adamw_step(&adamw, &net, 0.01);
    }
    for (size_t i = 0; i < net.size; ++i)
        assert_true(fabs((double)(net.params[i] - want[i])) < 1e-6);
    free(want);
    free(mean);
    free(square);
    adamw_free(&adamw);
    gpt_free(&net);
}

static void count_task(void *context, size_t task) { ((unsigned char *)context)[task]++; }

static void every_task_runs_once(void **state) {
    (void)state;
    for (size_t threads = 1; threads <= 4; ++threads) {
        struct pool *pool = pool_new(threads);
        assert_non_null(pool);
        for (size_t tasks = 0; tasks < 20; ++tasks) {
            unsigned char counts[20] = {0};
            pool_run(pool, count_task, counts, tasks);
            for (size_t i = 0; i < 20; ++i) assert_int_equal(counts[i], i < tasks);
        }
        pool_free(pool);
    }
}

/* The bytes are 0 ... 199, so every piece says where it was taken from. */
static void pieces_of_a_text(void **state) {
    (void)state;
    enum { SIZE = 200, TRAIN = 180, CONTEXT = 7, BATCH = 5 };
    uint8_t bytes[SIZE], piece[BATCH * (CONTEXT + 1)];
    for (size_t i = 0; i < SIZE; ++i) bytes[i] = (uint8_t)i;
    const struct text text = {bytes, SIZE, TRAIN};
    for (size_t draw = 0; draw < 60; ++draw) {
        const int validates = draw >= 50;
        if (validates)
            text_validation(&text, draw - 50, 10, BATCH, CONTEXT, piece);
        else
            text_draw(&text, 1, draw, BATCH, CONTEXT, piece);
        for (size_t i = 0; i < sizeof piece; ++i) {
            const size_t first = i / (CONTEXT + 1) * (CONTEXT + 1);
            assert_int_equal(piece[i], piece[first] + (i - first));
            assert_true(validates ? piece[i] >= TRAIN && piece[i] < SIZE : piece[i] < TRAIN);
        }
    }
    assert_int_equal(piece[sizeof piece - 1], SIZE - 1); /* the last batch ends with the text */
}

int main(void) {
    const struct CMUnitTest tests[] = {
#ifndef REAL_IS_F32
        cmocka_unit_test(gradients_are_differences),
#endif
        cmocka_unit_test(recomputed_blocks_have_the_same_bits),
        cmocka_unit_test(threads_have_the_same_bits),
        cmocka_unit_test(ways_agree),
        cmocka_unit_test(masks_belong_to_steps),
        cmocka_unit_test(attention_is_causal),
        cmocka_unit_test(adamw_by_hand),
        cmocka_unit_test(every_task_runs_once),
        cmocka_unit_test(pieces_of_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
