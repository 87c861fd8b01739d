/* SPDX-License-Identifier: MIT */
/* Options, progress, and means over seeds. */
#include "cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void refuse(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, values);
    fputs(" (see --help)\n", stderr);
    va_end(values);
    exit(2);
}

size_t whole_number(const char *option, const char *text, size_t most) {
    char *end;
    const unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || value < 1 || value > most)
        refuse("--%s needs a number from 1 to %zu, not %s", option, most, text);
    return (size_t)value;
}

static int is_among(double p, const double *probs, size_t count) {
    for (size_t i = 0; i < count; ++i)
        if (probs[i] == p) return 1;
    return 0;
}

size_t probabilities(const char *option, const char *text, double probs[MAX_PROBS]) {
    const char *at = text;
    size_t count = 0;
    for (char *end; count < MAX_PROBS; at = end + 1) {
        const double p = strtod(at, &end);
        if (end == at || !(p >= 0 && p < 1)) break;
        if (is_among(p, probs, count)) break;
        probs[count++] = p;
        if (!*end) return count;
        if (*end != ',') break;
    }
    refuse("--%s needs up to %d probabilities in [0, 1), each once, separated by commas, not %s",
           option, MAX_PROBS, text);
}

void sample_add(struct sample *sample, double value) {
    sample->sum += value;
    sample->squares += value * value;
    sample->count++;
}

double sample_mean(const struct sample *sample) { return sample->sum / sample->count; }

double sample_deviation(const struct sample *sample) {
    if (sample->count < 2) return 0;
    const double squares = sample->squares - sample->sum * sample_mean(sample);
    return sqrt(fmax(squares, 0) / (sample->count - 1));
}

double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void progress_show(size_t done, size_t total, double start) {
    if (!isatty(STDERR_FILENO)) return;
    enum { WIDTH = 40 };
    fputs("\r\033[K", stderr);
    if (total == 0) return;
    char bar[WIDTH + 1] = "";
    const size_t full = WIDTH * done / total;
    memset(bar, '#', full);
    memset(bar + full, '.', WIDTH - full);
    fprintf(stderr, "[%s] %zu of %zu runs", bar, done, total);
    if (done)
        fprintf(stderr, ", %.0f s left",
                (seconds() - start) * (double)(total - done) / (double)done);
}
