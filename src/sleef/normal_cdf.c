/* SPDX-License-Identifier: MIT */
/* The distribution function of the normal distribution, by series: the same bits on any system. */
#include "sleef/normal_cdf.h"

/* exp(-x) for x >= 0: the series of a small part, then squared ten times. */
static double exp_minus(double x) {
    const double part = -x / 1024;
    double sum = 1;
    for (int k = 20; k > 0; --k) sum = 1 + sum * part / k;
    for (int k = 0; k < 10; ++k) sum *= sum;
    return sum;
}

/* The probability of values above x >= 0. */
static double upper_tail(double x) {
    if (x > 30) return 0; /* 5e-198: nothing in f32 */
    const double density = exp_minus(x * x / 2) * 0.398942280401432677940;
    if (x < 3) { /* 1/2 - density (x + x^3 / 3 + x^5 / (3 * 5) + ...) */
        double sum = 0, term = x;
        for (int k = 3; k < 120; k += 2) sum += term, term *= x * x / k;
        return 0.5 - density * sum;
    }
    double fraction = x; /* density / (x + 1 / (x + 2 / (x + 3 / ...))) */
    for (int k = 80; k > 0; --k) fraction = x + k / fraction;
    return density / fraction;
}

double simdrop_normal_cdf(double x) { return x < 0 ? upper_tail(-x) : 1 - upper_tail(x); }
