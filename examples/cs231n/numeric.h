/* SPDX-License-Identifier: MIT */
/* What gradient checks need: two gradients that know no backward pass, and a measure of error. */
#ifndef CS231N_NUMERIC_H
#define CS231N_NUMERIC_H

#include "network.h"

/* Fills `out` with a function's values at x, whatever x is: `context` says. */
typedef void function_of_x(void *context, real *out);

/*
 * dx[i] = sum over j of dout[j] (f_j(x + h) - f_j(x - h)) / 2h, where h moves x[i]: central
 * differences, whose error is some h^2 of truncation and some 1e-16 / h of rounding.
 */
void numeric_gradient(function_of_x *f, void *context, real *x, size_t n, const real *dout,
                      size_t outputs, double h, real *dx);

/*
 * The gradient of a network's training loss by the complex step (Squire and Trapp, SIAM Review 40,
 * 1998): df/dx = Im f(x + ih) / h subtracts nothing, so that with h = 1e-20 it is exact to rounding.
 * The forward pass is written again here, in complex numbers and plain loops, ReLU by the sign of
 * the real part. Returns the loss.
 */
double complex_step_gradient(const struct network *net, const struct matrix *x,
                             const uint8_t *labels, real *gradient);

/* CS231n's |x - y| / max(1e-8, |x| + |y|): the greatest, and the share of those above `limit`. */
double relative_error(const real *x, const real *y, size_t n);
double share_above(double limit, const real *x, const real *y, size_t n);

#endif
