/* SPDX-License-Identifier: MIT */
/* Rows that are computed in f64. */
#define REAL f64
#include "rows.h"
