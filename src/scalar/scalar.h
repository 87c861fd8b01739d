/* SPDX-License-Identifier: MIT */
/*
 * This folder is built twice: as "scalar", the reference, without auto-vectorisation; and as
 * "generic", with it, for CPUs that none of the other folders is for. The build defines
 * SIMDROP_SCALAR_ISA as one of the two names.
 */
#ifndef SIMDROP_SCALAR_H
#define SIMDROP_SCALAR_H

#include "kernels.h"

#include <string.h>

#define JOIN(kernel, isa) simdrop_##kernel##_##isa
#define EXPAND_AND_JOIN(kernel, isa) JOIN(kernel, isa)
#define NAME(kernel) EXPAND_AND_JOIN(kernel, SIMDROP_SCALAR_ISA)
#define QUOTE(isa) #isa
#define EXPAND_AND_QUOTE(isa) QUOTE(isa)
#define DECLARE(isa) SIMDROP_DECLARE_KERNELS(isa)

DECLARE(SIMDROP_SCALAR_ISA)

#endif
