/* SPDX-License-Identifier: MIT */
/* Uniform distributions, plain C: the arithmetic of src/body/ on these lanes. */
#include "scalar/lanes.h"

#include "body/uniform.h"
