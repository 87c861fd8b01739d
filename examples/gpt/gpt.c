/* SPDX-License-Identifier: MIT */
/* The program: options, and which part to run. */
#include "gpt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: gpt [--steps-table] [option...]\n"
    "\n"
    "Trains a small GPT on the bytes of a text without and with dropout, and samples from it; or\n"
    "times training steps without dropout, and with it in several ways.\n"
    "\n"
    "  --text PATH      a file or a folder (/usr/share/common-licenses)\n"
    "  --steps N        training steps (1000; of a round of the table, 1)\n"
    "  --layers N --heads N --width N --context N --batch N\n"
    "                   the network (4, 4, 128, 128, 8; of the table, 6, 6, 384, 256, 8)\n"
    "  --drop-prob P    (0.2; of the table, 0.1)\n"
    "  --way WAY        fused, unfused or rand\n"
    "  --untied         logits have weights of their own\n"
    "  --recompute      keep blocks' inputs only, compute the rest again in the backward pass\n"
    "  --threads N      (2) results are the same with any number\n"
    "  --seed N         (1)\n";

static size_t count_of(const char *option, const char *value) {
    char *end = NULL;
    errno = 0;
    const unsigned long long number = value ? strtoull(value, &end, 10) : 0;
    if (!value || *value < '0' || *value > '9' || *end || errno || number > 1u << 24)
        die("gpt: %s wants a number", option);
    return (size_t)number;
}

static double probability_of(const char *option, const char *value) {
    char *end = NULL;
    const double number = value ? strtod(value, &end) : -1;
    if (!(number >= 0 && number < 1) || *end) die("gpt: %s wants a number in [0, 1)", option);
    return number;
}

static const struct way *way_of(const char *value) {
    static const struct way *const ways[] = {&way_fused, &way_unfused, &way_rand};
    for (size_t i = 0; value && i < sizeof ways / sizeof *ways; ++i)
        if (strcmp(ways[i]->name, value) == 0) return ways[i];
    die("gpt: --way wants fused, unfused or rand");
}

static int flag(struct settings *settings, const char *option) {
    if (strcmp(option, "--untied") == 0) return settings->net.untied = 1;
    if (strcmp(option, "--recompute") == 0) return settings->net.recomputes = 1;
    return strcmp(option, "--steps-table") == 0;
}

static int option_with_value(struct settings *settings, const char *option, const char *value) {
    struct gpt_config *net = &settings->net;
    const struct {
        const char *name;
        size_t *count;
    } counts[] = {{"--steps", &settings->steps}, {"--layers", &net->layers},
                  {"--heads", &net->heads},      {"--width", &net->width},
                  {"--context", &net->context},  {"--batch", &net->batch},
                  {"--threads", &net->threads}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
        if (strcmp(option, counts[i].name) == 0) {
            *counts[i].count = count_of(option, value);
            return 1;
        }
    if (strcmp(option, "--seed") == 0) return net->seed = count_of(option, value), 1;
    if (strcmp(option, "--drop-prob") == 0)
        return net->drop_prob = probability_of(option, value), 1;
    if (strcmp(option, "--way") == 0) return net->way = way_of(value), 1;
    if (strcmp(option, "--text") != 0) return 0;
    if (!value) die("gpt: --text wants a path");
    return settings->text = value, 1;
}

static int wants_table(int argc, char **argv) {
    for (int i = 1; i < argc; ++i)
        if (strcmp(argv[i], "--steps-table") == 0) return 1;
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--help") == 0) return fputs(usage, stdout) == EOF;
    const int table = wants_table(argc, argv);
    const struct gpt_config large = {
        .layers = 6, .heads = 6, .width = 384, .context = 256, .batch = 8, .drop_prob = 0.1};
    const struct gpt_config small = {
        .layers = 4, .heads = 4, .width = 128, .context = 128, .batch = 8, .drop_prob = 0.2};
    struct settings settings = {.net = table ? large : small, .text = "/usr/share/common-licenses"};
    settings.net.vocab = 256;
    settings.net.seed = 1;
    settings.net.threads = 2;
    for (int i = 1; i < argc; ++i) {
        if (flag(&settings, argv[i])) continue;
        if (!option_with_value(&settings, argv[i], argv[i + 1])) {
            fputs(usage, stderr);
            return 2;
        }
        ++i;
    }
    if (table)
        print_steps_table(&settings);
    else
        train_and_sample(&settings);
    if (ferror(stdout) || fflush(stdout)) die("gpt: can't write");
    return 0;
}
