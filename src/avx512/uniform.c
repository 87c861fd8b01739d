/* SPDX-License-Identifier: MIT */
/* Uniform distributions, AVX-512: the arithmetic of src/body/ on these lanes. */
#include "avx512/lanes.h"

#include "body/uniform.h"
