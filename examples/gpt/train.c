/* SPDX-License-Identifier: MIT */
/* Training without and with dropout, and text from what came of it. */
#include "gpt.h"
#include "optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A warm-up, and from there a cosine to a tenth. */
static double rate_of(size_t step, size_t steps) {
    const double most = 1e-3, warm_up = 50, pi = 3.14159265358979323846;
    const double warm = fmin(1, (double)(step + 1) / warm_up);
    return most * warm * (0.55 + 0.45 * cos(pi * (double)step / (double)steps));
}

/* The loss without dropout: on validation pieces, or on some that were trained on. */
static double mean_loss(struct gpt *net, const struct text *text, int validates, uint8_t *batch) {
    enum { BATCHES = 8 };
    const struct gpt_config *config = &net->config;
    double sum = 0;
    for (size_t i = 0; i < BATCHES; ++i) {
        if (validates)
            text_validation(text, i, BATCHES, config->batch, config->context, batch);
        else
            text_draw(text, config->seed, i, config->batch, config->context, batch);
        sum += gpt_infer(net, batch);
    }
    return sum / (double)BATCHES;
}

/* A byte by its probability: the greatest of logit / t + Gumbel number is one (the header of
   simdrop's distributions says so). */
static uint8_t sample(struct gpt *net, const real *logits, uint64_t number) {
    enum { MOST = 256 };
    const double temperature = 0.8;
    double noise[MOST];
    if (simdrop_random_gumbel_f64(net->config.seed, simdrop_stream_derive(0, number, FOR_SAMPLES),
                                  0, net->config.vocab, 0, temperature, noise))
        die("gpt: a sample was refused");
    size_t best = 0;
    for (size_t i = 1; i < net->config.vocab; ++i)
        if ((double)logits[i] + noise[i] > (double)logits[best] + noise[best]) best = i;
    return (uint8_t)best;
}

static void print_sample(struct gpt *net) {
    enum { LINE = 160 };
    const size_t context = net->config.context;
    uint8_t *const tokens = allocate(context + LINE, 1);
    const char start[] = "You may ";
    size_t length = sizeof start - 1 < context ? sizeof start - 1 : context;
    memcpy(tokens, start, length);
    for (size_t i = 0; i < LINE; ++i, ++length) {
        const size_t seen = length < context ? length : context;
        tokens[length] = sample(net, gpt_next(net, tokens + length - seen, seen), i);
        if (length + 1 == context + LINE) break;
    }
    fputs("    \"", stdout);
    for (size_t i = 0; i < length; ++i) {
        const int printable = tokens[i] > ' ' && tokens[i] < 127;
        if (printable || (i && tokens[i - 1] > ' ')) putchar(printable ? tokens[i] : ' ');
    }
    puts("\"");
    free(tokens);
}

static void train(const struct settings *settings, const struct text *text, double drop_prob) {
    struct gpt_config config = settings->net;
    config.drop_prob = drop_prob;
    const size_t steps = settings->steps ? settings->steps : 1000;
    uint8_t *const batch = allocate(config.batch * (config.context + 1), 1);
    struct gpt net;
    struct adamw adamw;
    gpt_init(&net, &config);
    adamw_init(&adamw, &net);
    printf("\ndrop_prob %g, %s\n\n  step   training   validation\n", drop_prob,
           net.config.way->name);
    for (net.step = 0; net.step < steps;) {
        text_draw(text, config.seed, net.step, config.batch, config.context, batch);
        gpt_train(&net, batch);
        adamw_step(&adamw, &net, rate_of(net.step, steps));
        if (++net.step * 5 % steps >= 5) continue;
        printf("%6zu   %8.3f   %10.3f\n", (size_t)net.step, mean_loss(&net, text, 0, batch),
               mean_loss(&net, text, 1, batch));
        fflush(stdout);
    }
    putchar('\n');
    print_sample(&net);
    adamw_free(&adamw);
    gpt_free(&net);
    free(batch);
}

void train_and_sample(const struct settings *settings) {
    const struct gpt_config *config = &settings->net;
    const struct text text = text_read(settings->text, config->context);
    printf("%s: %zu bytes to train on, %zu to validate; losses in nats a byte, without dropout\n"
           "%zu layers, width %zu, %zu heads, context %zu, batch %zu; simdrop on %s\n",
           settings->text, text.train, text.size - text.train, config->layers, config->width,
           config->heads, config->context, config->batch, simdrop_isa_name());
    train(settings, &text, 0);
    if (config->drop_prob > 0) train(settings, &text, config->drop_prob);
    struct text done = text;
    text_free(&done);
}
