/* SPDX-License-Identifier: MIT */
/* Distributions other than uniform, AVX2: the arithmetic of src/body/ on these lanes. */
#include "avx2/functions.h"

#include "body/distributions.h"
