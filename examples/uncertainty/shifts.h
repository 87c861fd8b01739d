/* SPDX-License-Identifier: MIT */
/* Images unlike those a network was trained on, made of the test set. */
#ifndef UNCERTAINTY_SHIFTS_H
#define UNCERTAINTY_SHIFTS_H

#include "data.h"

/* All return square images with the labels of the first n of `data`; data_free frees them. */

/* Turned counterclockwise about the centre, between pixels linear, 0 outside. */
struct data shift_rotated(const struct data *data, size_t n, double degrees);

/* The negative: 255 less each pixel. */
struct data shift_negative(const struct data *data, size_t n);

/* Not images at all: bytes of a random stream. */
struct data shift_noise(const struct data *data, size_t n, uint64_t seed);

#endif
