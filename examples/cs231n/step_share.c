/* SPDX-License-Identifier: MIT */
/* What share of a training step dropout takes: with simdrop, and with rand() < p. */
#include "solver.h"

#include <simdrop/simdrop.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 100, INPUTS = 28 * 28, HIDDEN = 500, ROUNDS = 15, STEPS = 20 };
static const double drop_prob = 0.75;

/* The lecture's way: a random number for each unit, and the scaled mask kept for the backward. */
static real scaled_mask[BATCH * HIDDEN];

static void naive_forward(const struct matrix *x, const struct dropout_param *param,
                          struct matrix *out, uint8_t *bits) {
    (void)bits;
    const real scale = (real)(1 / (1 - param->drop_prob));
    for (size_t i = 0; i < matrix_size(x); ++i) {
        scaled_mask[i] = rand() < param->drop_prob * ((double)RAND_MAX + 1) ? 0 : scale;
        out->at[i] = x->at[i] * scaled_mask[i];
    }
}

static void naive_backward(const struct matrix *dout, const struct dropout_param *param,
                           struct matrix *dx) {
    (void)param;
    for (size_t i = 0; i < matrix_size(dout); ++i) dx->at[i] = dout->at[i] * scaled_mask[i];
}

/* Either way, timed. */
static double dropout_seconds;
static struct dropout_way timed;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void timed_forward(const struct matrix *x, const struct dropout_param *param,
                          struct matrix *out, uint8_t *bits) {
    const double start = seconds();
    timed.forward(x, param, out, bits);
    dropout_seconds += seconds() - start;
}

static void timed_backward(const struct matrix *dout, const struct dropout_param *param,
                           struct matrix *dx) {
    const double start = seconds();
    timed.backward(dout, param, dx);
    dropout_seconds += seconds() - start;
}

struct contender {
    const char *name;
    double drop_prob;
    struct dropout_way way;
    struct network net;
    struct adam adam;
    double step[ROUNDS], dropout[ROUNDS]; /* seconds a step */
};

static void start(struct contender *contender) {
    const struct network_config config = {.inputs = INPUTS,
                                          .classes = CLASSES,
                                          .layers = 2,
                                          .hidden = {HIDDEN},
                                          .max_rows = BATCH,
                                          .weight_scale = 1e-2,
                                          .drop_prob = contender->drop_prob,
                                          .way = {timed_forward, timed_backward}};
    network_init(&contender->net, &config);
    adam_init(&contender->adam, contender->net.size);
}

static void run_round(struct contender *contender, const struct examples *batch, int round) {
    timed = contender->way;
    dropout_seconds = 0;
    const double begin = seconds();
    for (int i = 0; i < STEPS; ++i) {
        struct network *net = &contender->net;
        network_loss(net, &batch->x, batch->labels, 1);
        adam_step(&contender->adam, net->params, net->grads, net->size);
        net->step++;
    }
    contender->step[round] = (seconds() - begin) / (double)STEPS;
    contender->dropout[round] = dropout_seconds / (double)STEPS;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values) {
    qsort(values, ROUNDS, sizeof *values, ascending);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv) {
    if (argc > 1) {
        const int asked = strcmp(argv[1], "--help") == 0;
        fputs("usage: cs231n-step-share\n\nTimes training steps of the experiment's network "
              "without dropout, with simdrop and with\nrand() < p, in turns.\n",
              asked ? stdout : stderr);
        return asked ? 0 : 2;
    }
    static struct contender contenders[] = {
        {.name = "without dropout"},
        {.name = "simdrop", .drop_prob = drop_prob, .way = {dropout_forward, dropout_backward}},
        {.name = "rand() < p", .drop_prob = drop_prob, .way = {naive_forward, naive_backward}},
    };
    enum { COUNT = sizeof contenders / sizeof *contenders };
    struct examples batch = {matrix_new(BATCH, INPUTS), allocate(BATCH, 1)};
    for (size_t i = 0; i < BATCH; ++i) batch.labels[i] = (uint8_t)(i % CLASSES);
    fill_normal(&batch.x, 0, 1, 0, stream_of(FOR_DATA, 0));
    for (size_t i = 0; i < COUNT; ++i) start(&contenders[i]);
    for (int round = 0; round < ROUNDS; ++round)
        for (size_t i = 0; i < COUNT; ++i) run_round(&contenders[i], &batch, round);

    printf("A training step of %d-%d-%d, batch of %d, f32, drop_prob %.2f, simdrop on %s;\n"
           "medians of %d interleaved rounds of %d steps\n\n",
           INPUTS, HIDDEN, CLASSES, BATCH, drop_prob, simdrop_isa_name(), ROUNDS, STEPS);
    puts("                     step      dropout    share");
    for (size_t i = 0; i < COUNT; ++i) {
        const double step = median(contenders[i].step), part = median(contenders[i].dropout);
        printf("%-16s %6.3f ms %9.1f us %6.1f %%\n", contenders[i].name, 1e3 * step, 1e6 * part,
               100 * part / step);
        network_free(&contenders[i].net);
        adam_free(&contenders[i].adam);
    }
    matrix_free(&batch.x);
    free(batch.labels);
    return 0;
}
