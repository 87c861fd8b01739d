/* SPDX-License-Identifier: MIT */
/* What the programs' command lines share: options, progress, and means over seeds. */
#ifndef CS231N_CLI_H
#define CS231N_CLI_H

#include <stddef.h>

/* Defined by the program. */
extern const char program_name[];

/* As die does, for wrong options, with status 2. */
_Noreturn void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number from 1 to `most`. */
size_t whole_number(const char *option, const char *text, size_t most);

/* Probabilities in [0, 1), separated by commas, each once; returns how many. */
enum { MAX_PROBS = 8 };
size_t probabilities(const char *option, const char *text, double probs[MAX_PROBS]);

/* Mean and standard deviation of what was added. */
struct sample {
    double sum, squares, count;
};
void sample_add(struct sample *sample, double value);
double sample_mean(const struct sample *sample);
double sample_deviation(const struct sample *sample); /* 0 of fewer than two */

/* Of a clock that only runs forward. */
double seconds(void);

/* A bar in the last line of the terminal, if standard error is one; no runs at all remove it. */
void progress_show(size_t done, size_t total, double start);

#endif
