/* SPDX-License-Identifier: MIT */
/* Calibration, rejection and detection. */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>

size_t predicted_class(const struct prediction *prediction, size_t image) {
    const double *const probs = prediction->probs + image * prediction->classes;
    size_t best = 0;
    for (size_t j = 1; j < prediction->classes; ++j) best = probs[j] > probs[best] ? j : best;
    return best;
}

double confidence(const struct prediction *prediction, size_t image) {
    return prediction->probs[image * prediction->classes + predicted_class(prediction, image)];
}

static size_t is_right(const struct prediction *prediction, const uint8_t *labels, size_t image) {
    return predicted_class(prediction, image) == labels[image];
}

double right_share(const struct prediction *prediction, const uint8_t *labels) {
    size_t right = 0;
    for (size_t i = 0; i < prediction->count; ++i) right += is_right(prediction, labels, i);
    return (double)right / (double)prediction->count;
}

double negative_log_likelihood(const struct prediction *prediction, const uint8_t *labels) {
    double sum = 0;
    for (size_t i = 0; i < prediction->count; ++i)
        sum -= log(prediction->probs[i * prediction->classes + labels[i]]);
    return sum / (double)prediction->count;
}

void reliability(const struct prediction *prediction, const uint8_t *labels,
                 struct bin bins[BINS]) {
    for (size_t b = 0; b < BINS; ++b) bins[b] = (struct bin){0};
    for (size_t i = 0; i < prediction->count; ++i) {
        const double p = confidence(prediction, i);
        const double last = BINS - 1, b = fmin(fmax(ceil(p * (last + 1)) - 1, 0), last);
        struct bin *const bin = &bins[(size_t)b];
        bin->count++;
        bin->confidence += p;
        bin->accuracy += (double)is_right(prediction, labels, i);
    }
    for (size_t b = 0; b < BINS; ++b) {
        if (bins[b].count == 0) continue;
        bins[b].confidence /= (double)bins[b].count;
        bins[b].accuracy /= (double)bins[b].count;
    }
}

double calibration_error(const struct bin bins[BINS]) {
    double sum = 0, count = 0;
    for (size_t b = 0; b < BINS; ++b) {
        sum += (double)bins[b].count * fabs(bins[b].accuracy - bins[b].confidence);
        count += (double)bins[b].count;
    }
    return sum / count;
}

struct ranked {
    double value;
    size_t index;
};

static int compare(const void *a, const void *b) {
    const struct ranked *const x = a, *const y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

size_t *order_by(const double *uncertainty, size_t count) {
    struct ranked *const ranked = allocate(count, sizeof *ranked);
    size_t *const order = allocate(count, sizeof *order);
    for (size_t i = 0; i < count; ++i) ranked[i] = (struct ranked){uncertainty[i], i};
    qsort(ranked, count, sizeof *ranked, compare);
    for (size_t i = 0; i < count; ++i) order[i] = ranked[i].index;
    free(ranked);
    return order;
}

void rejection_curve(const struct prediction *prediction, const uint8_t *labels,
                     const double *uncertainty, size_t steps, double *accuracy) {
    size_t *const order = order_by(uncertainty, prediction->count);
    size_t done = 0, right = 0;
    for (size_t s = 0; s < steps; ++s) {
        const size_t end = (prediction->count * (s + 1) + steps - 1) / steps; /* rounded up */
        for (; done < end; ++done) right += is_right(prediction, labels, order[done]);
        accuracy[s] = (double)right / (double)done;
    }
    free(order);
}

/* By ranks: the sum over `new` of how many of `known` are below, equals counted by half. */
double roc_area(const double *known, size_t known_count, const double *new, size_t new_count) {
    const size_t count = known_count + new_count;
    struct ranked *const all = allocate(count, sizeof *all);
    for (size_t i = 0; i < count; ++i)
        all[i] = (struct ranked){i < known_count ? known[i] : new[i - known_count], i};
    qsort(all, count, sizeof *all, compare);
    double sum = 0, below = 0;
    for (size_t i = 0, end; i < count; i = end) {
        double known_here = 0, new_here = 0;
        for (end = i; end < count && all[end].value == all[i].value; ++end)
            *(all[end].index < known_count ? &known_here : &new_here) += 1;
        sum += new_here * (below + known_here / 2);
        below += known_here;
    }
    free(all);
    return sum / ((double)known_count * (double)new_count);
}

double mean_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += values[i];
    return sum / (double)count;
}
