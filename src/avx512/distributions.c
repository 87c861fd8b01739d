/* SPDX-License-Identifier: MIT */
/* Distributions other than uniform, AVX-512: the arithmetic of src/body/ on these lanes. */
#include "avx512/functions.h"

#include "body/distributions.h"
