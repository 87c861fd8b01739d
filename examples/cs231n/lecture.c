/* SPDX-License-Identifier: MIT */
/* The program: runs parts of the lecture and says whether what they claim is true. */
#include "matrix.h"
#include "parts.h"

#include <simdrop/simdrop.h>

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *title;
    void (*run)(uint64_t seed);
} parts[] = {
    {"vanilla", "Vanilla dropout: drop with probability p, multiply by 1 - p at test time",
     part_vanilla},
    {"inverted", "Inverted dropout: divide by 1 - p in training, leave test time alone",
     part_inverted},
    {"layer", "The dropout layer: forward and backward", part_layer},
    {"gradient", "A network with dropout after every ReLU: gradient check", part_gradient},
};
enum { PARTS = sizeof parts / sizeof *parts };

static int failures;

void claim(int is_true, const char *format, ...) {
    va_list values;
    va_start(values, format);
    printf("  %-6s ", is_true ? "ok" : "FAILED");
    vprintf(format, values);
    va_end(values);
    putchar('\n');
    failures += !is_true;
}

int is_near(double mean, double expected, double standard_error) {
    return fabs(mean - expected) <= 5 * standard_error;
}

static void help(void) {
    puts("usage: cs231n-lecture [--seed N] [part...]\n\n"
         "Runs the parts, all unless named, and checks what they claim:\n");
    for (size_t i = 0; i < PARTS; ++i) printf("  %-10s %s\n", parts[i].name, parts[i].title);
    puts("\n  --seed N   another random seed than 231\n"
         "  --help     this text\n\n"
         "The exit status is 0 if all claims are true, 1 if not, 2 for a wrong option.");
}

static void run(size_t i, uint64_t seed) {
    printf("%s%zu. %s\n\n", i ? "\n" : "", i + 1, parts[i].title);
    parts[i].run(seed);
}

static int run_named(const char *name, uint64_t seed) {
    for (size_t i = 0; i < PARTS; ++i) {
        if (strcmp(name, parts[i].name) != 0) continue;
        run(i, seed);
        return 1;
    }
    fprintf(stderr, "cs231n-lecture: there is no part %s (see --help)\n", name);
    return 0;
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'}, {0}};
    uint64_t seed = 231;
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        char *end = NULL;
        switch (option) {
        case 's':
            errno = 0;
            seed = strtoull(optarg, &end, 10);
            if (end != optarg && !*end && !errno && !strchr(optarg, '-')) break;
            fprintf(stderr, "cs231n-lecture: --seed needs a whole number\n");
            return 2;
        case 'h': help(); return 0;
        default: return 2;
        }
    }
    printf("simdrop %s on %s, seed %llu\n\n", simdrop_version(), simdrop_isa_name(),
           (unsigned long long)seed);
    for (size_t i = 0; i < PARTS && optind == argc; ++i) run(i, seed);
    for (; optind < argc; ++optind)
        if (!run_named(argv[optind], seed)) return 2;
    if (fflush(stdout) || ferror(stdout)) die("cs231n-lecture: can't write the output");
    return failures != 0;
}
