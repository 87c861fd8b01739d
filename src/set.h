/* SPDX-License-Identifier: MIT */
/*
 * What the sources of one instruction set share. They are compiled with SIMDROP_SET=<its set>, and
 * name their kernels by KERNEL.
 */
#ifndef SIMDROP_SET_H
#define SIMDROP_SET_H

#include "kernels.h"

#define SIMDROP_NAME_OF(kernel, set) kernel##_##set
#define SIMDROP_NAME_IN(kernel, set) SIMDROP_NAME_OF(kernel, set)
#define KERNEL(name) SIMDROP_NAME_IN(simdrop_##name, SIMDROP_SET)
#define SIMDROP_DECLARE(signature, name, place) signature KERNEL(name);
SIMDROP_KERNELS(SIMDROP_DECLARE)
SIMDROP_SLEEF_KERNELS(SIMDROP_DECLARE)
extern const struct simdrop_kernels KERNEL(kernels);
extern const struct simdrop_sleef_kernels KERNEL(sleef_kernels);

/* The set's table: its kernels, but none of `dropout`; then what the folder says. A folder that has
   few kernels of its own defines SIMDROP_BASE as the set from which it takes the others, and says
   SIMDROP_PHILOX_KERNELS(SIMDROP_OWN), say. The same file, compiled with SIMDROP_SLEEF_TABLE, makes
   the set's table in libsimdrop_sleef. */
#define SIMDROP_QUOTE(set) #set
#define SIMDROP_NAME(set) SIMDROP_QUOTE(set)
#define SIMDROP_OWN(signature, name, place) .place = KERNEL(name),
#if defined(SIMDROP_BASE)
#pragma GCC diagnostic ignored "-Woverride-init"
#define SIMDROP_DECLARE_BASE(signature, name, place)                                               \
    signature SIMDROP_NAME_IN(simdrop_##name, SIMDROP_BASE);
SIMDROP_KERNELS(SIMDROP_DECLARE_BASE)
SIMDROP_SLEEF_KERNELS(SIMDROP_DECLARE_BASE)
#define SIMDROP_ENTRY(signature, name, place)                                                      \
    .place = SIMDROP_NAME_IN(simdrop_##name, SIMDROP_BASE),
#else
#define SIMDROP_ENTRY(signature, name, place) SIMDROP_OWN(signature, name, place)
#endif
#if defined(SIMDROP_SLEEF_TABLE)
#define SIMDROP_TABLE(...)                                                                         \
    const struct simdrop_sleef_kernels KERNEL(sleef_kernels) = {                                   \
        .name = SIMDROP_NAME(SIMDROP_SET), SIMDROP_SLEEF_KERNELS(SIMDROP_ENTRY)};
#else
#define SIMDROP_TABLE(...)                                                                         \
    const struct simdrop_kernels KERNEL(kernels) = {                                               \
        .name = SIMDROP_NAME(SIMDROP_SET), SIMDROP_CORE_KERNELS(SIMDROP_ENTRY) __VA_ARGS__};
#endif

/* For its end: draws of that width are pipelined, for every type. */
#define SIMDROP_PIPELINED(width) SIMDROP_TYPES(SIMDROP_PIPELINED_TYPE, width)
#define SIMDROP_PIPELINED_TYPE(type, c_type, width)                                                \
    .dropout[SIMDROP_##type][SIMDROP_##width] = KERNEL(dropout_##type##_##width),

#endif
