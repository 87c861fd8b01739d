/* SPDX-License-Identifier: MIT */
/* How good probabilities are, and how well an uncertainty tells right from wrong, known from new. */
#ifndef UNCERTAINTY_METRICS_H
#define UNCERTAINTY_METRICS_H

#include "predict.h"

/* The class with the greatest probability, the first of equals; its probability is the confidence. */
size_t predicted_class(const struct prediction *prediction, size_t image);
double confidence(const struct prediction *prediction, size_t image);

/* The share of images whose predicted class is their label. */
double right_share(const struct prediction *prediction, const uint8_t *labels);

/* The mean of -log(the label's probability), in nats. */
double negative_log_likelihood(const struct prediction *prediction, const uint8_t *labels);

/* Bin b, of confidences in (b / BINS, (b + 1) / BINS]: how many images, the mean confidence, and the
   share of images that are right. */
enum { BINS = 15 };
struct bin {
    size_t count;
    double confidence, accuracy;
};
void reliability(const struct prediction *prediction, const uint8_t *labels, struct bin bins[BINS]);

/* Expected calibration error (Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural
   networks", ICML 2017): the mean over images of their bin's |accuracy - confidence|. */
double calibration_error(const struct bin bins[BINS]);

/* accuracy[s] is that of the (s + 1) / steps of the images with the least uncertainty; of equals,
   those of the lower index. */
void rejection_curve(const struct prediction *prediction, const uint8_t *labels,
                     const double *uncertainty, size_t steps, double *accuracy);

/* The area under the ROC curve: the probability that one of `new` is more uncertain than one of
   `known`, ties a half. */
double roc_area(const double *known, size_t known_count, const double *new, size_t new_count);

double mean_of(const double *values, size_t count);

/* The order of images by uncertainty, the least first. The caller frees it. */
size_t *order_by(const double *uncertainty, size_t count);

#endif
