/* SPDX-License-Identifier: MIT */
/* What dropout costs of a training step: each way with dropout against the same calls without. */
#include "gpt.h"
#include "optimizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 15 };

struct contender {
    const char *name;
    const struct way *way;
    int drops;
    size_t baseline; /* the contender that it is compared with */
    struct gpt net;
    struct adamw adamw;
    double wall[ROUNDS], cpu[ROUNDS]; /* seconds a step */
};

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void run_steps(struct contender *contender, const struct text *text, size_t steps,
                      uint8_t *batch, double *wall, double *cpu) {
    struct gpt *net = &contender->net;
    const double wall_before = seconds(CLOCK_MONOTONIC);
    const double cpu_before = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < steps; ++i, ++net->step) {
        text_draw(text, 1, net->step, net->config.batch, net->config.context, batch);
        gpt_train(net, batch);
        adamw_step(&contender->adamw, net, 1e-4);
    }
    *wall = (seconds(CLOCK_MONOTONIC) - wall_before) / (double)steps;
    *cpu = (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before) / (double)steps;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values) {
    double sorted[ROUNDS];
    for (size_t i = 0; i < ROUNDS; ++i) sorted[i] = values[i];
    qsort(sorted, ROUNDS, sizeof *sorted, ascending);
    return sorted[ROUNDS / 2];
}

/* The median over rounds of how much more time one took than the other, of the other's. */
static double excess(const struct contender *one, const struct contender *other) {
    double ratios[ROUNDS];
    for (size_t i = 0; i < ROUNDS; ++i) ratios[i] = one->cpu[i] / other->cpu[i] - 1;
    return median(ratios);
}

void print_steps_table(const struct settings *settings) {
    static struct contender contenders[] = {
        {.name = "none, fused calls with p = 0", .way = &way_fused},
        {.name = "simdrop, fused", .way = &way_fused, .drops = 1, .baseline = 0},
        {.name = "none, plain layers", .way = &way_unfused, .baseline = 2},
        {.name = "simdrop, passes of its own", .way = &way_unfused, .drops = 1, .baseline = 2},
        {.name = "rand_r(), stored masks", .way = &way_rand, .drops = 1, .baseline = 2},
    };
    enum { COUNT = sizeof contenders / sizeof *contenders };
    const size_t steps = settings->steps ? settings->steps : 1;
    const struct gpt_config *config = &settings->net;
    const struct text text = text_read(settings->text, config->context);
    uint8_t *const batch = allocate(config->batch * (config->context + 1), 1);
    for (size_t i = 0; i < COUNT; ++i) {
        struct gpt_config own = *config;
        own.way = contenders[i].way;
        if (!contenders[i].drops) own.drop_prob = 0;
        gpt_init(&contenders[i].net, &own);
        adamw_init(&contenders[i].adamw, &contenders[i].net);
    }
    double ignored;
    for (size_t i = 0; i < COUNT; ++i) /* pages, caches, clocks */
        run_steps(&contenders[i], &text, 1, batch, &ignored, &ignored);
    for (size_t round = 0; round < ROUNDS; ++round)
        for (size_t i = 0; i < COUNT; ++i)
            run_steps(&contenders[i], &text, steps, batch, &contenders[i].wall[round],
                      &contenders[i].cpu[round]);

    printf("A training step of %zu layers, width %zu, %zu heads, context %zu, batch %zu, f32,\n"
           "drop_prob %g, %zu threads, simdrop on %s; medians of %d interleaved rounds\n\n",
           config->layers, config->width, config->heads, config->context, config->batch,
           config->drop_prob, config->threads, simdrop_isa_name(), ROUNDS);
    puts("                                   step   CPU time    more than none");
    for (size_t i = 0; i < COUNT; ++i) {
        const struct contender *one = &contenders[i];
        printf("%-28s %7.1f ms %7.1f ms", one->name, 1e3 * median(one->wall),
               1e3 * median(one->cpu));
        if (one->drops) printf(" %15.1f %%", 100 * excess(one, &contenders[one->baseline]));
        putchar('\n');
    }
    for (size_t i = 0; i < COUNT; ++i) {
        gpt_free(&contenders[i].net);
        adamw_free(&contenders[i].adamw);
    }
    free(batch);
    struct text done = text;
    text_free(&done);
}
