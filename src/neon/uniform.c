/* SPDX-License-Identifier: MIT */
/* Uniform distributions, NEON: the arithmetic of src/body/ on these lanes. */
#include "neon/lanes.h"

#include "body/uniform.h"
