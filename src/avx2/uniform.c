/* SPDX-License-Identifier: MIT */
/* Uniform distributions, AVX2: the arithmetic of src/body/ on these lanes. */
#include "avx2/lanes.h"

#include "body/uniform.h"
