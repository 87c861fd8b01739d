/* SPDX-License-Identifier: MIT */
/* The distribution function of the normal distribution. */
#ifndef SIMDROP_NORMAL_CDF_H
#define SIMDROP_NORMAL_CDF_H

#include "core/exact.h"

/* The probability of values below x, to 10 digits, in either tail. libm's erfc would do, but its
   last bits differ between systems, and random numbers must not. */
double simdrop_normal_cdf(double x);

#endif
