/* SPDX-License-Identifier: MIT */
/* Distributions other than uniform, NEON: the arithmetic of src/body/ on these lanes. */
#include "neon/functions.h"

#include "body/distributions.h"
