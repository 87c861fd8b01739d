/* SPDX-License-Identifier: MIT */
/* The parts of the lecture that check themselves; lecture.c runs them. */
#ifndef CS231N_PARTS_H
#define CS231N_PARTS_H

#include <stdint.h>

void part_vanilla(uint64_t seed);
void part_inverted(uint64_t seed);
void part_layer(uint64_t seed);
void part_gradient(uint64_t seed);

/* Prints the formatted claim with "ok" or "FAILED", which becomes the program's exit status. */
void claim(int is_true, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether a mean is its expectation, give or take five standard errors. */
int is_near(double mean, double expected, double standard_error);

#endif
