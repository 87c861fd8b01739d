/* SPDX-License-Identifier: MIT */
/* Distributions other than uniform, plain C: the arithmetic of src/body/ on these lanes. */
#include "scalar/functions.h"

#include "body/distributions.h"
