/* SPDX-License-Identifier: MIT */
/* A CPU that has no kernels of its own here. */
#include "cpu/cpu.h"

struct simdrop_cpu simdrop_cpu_detect(void) { return (struct simdrop_cpu){0}; }
