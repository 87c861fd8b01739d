/* SPDX-License-Identifier: MIT */
/* Rows that are computed in f32. */
#define REAL f32
#include "rows.h"
